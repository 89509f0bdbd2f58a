"""What Groundswell promises to those who read and write its topics, generated from the code that does it.

JSON Schemas of the records, an AsyncAPI document of the topics, and the check that a new version of a record
breaks nobody who reads the old one.
"""

from pipeline.contract.compatibility import Audience, breaking_changes
from pipeline.contract.documents import documents, write_documents
from pipeline.contract.schemas import CONTRACT_VERSION, article_schema, story_schema

__all__ = [
    "CONTRACT_VERSION",
    "Audience",
    "article_schema",
    "breaking_changes",
    "documents",
    "story_schema",
    "write_documents",
]
