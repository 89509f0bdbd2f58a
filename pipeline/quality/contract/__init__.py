"""What Groundswell promises to those who read and write its topics, generated from the code that does it.

JSON Schemas of the records and an AsyncAPI document of the topics.
"""

from pipeline.quality.contract.documents import documents, write_documents
from pipeline.quality.contract.schemas import CONTRACT_VERSION, article_schema, story_schema

__all__ = [
    "CONTRACT_VERSION",
    "article_schema",
    "documents",
    "story_schema",
    "write_documents",
]
