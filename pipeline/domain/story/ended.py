"""What is kept of the texts of a story that ended: corrections of its articles may still change its record."""

from __future__ import annotations

from dataclasses import replace

from groundswell.record import Status, StoryRecord
from pipeline.domain.story.build import cited_ids
from pipeline.domain.story.members import SNIPPET_CHARS, snippet
from pipeline.domain.story.snapshot import StoredArticle, StorySnapshot

MOST_MEMBERS = 1_000
"""A larger story keeps its texts: all are written anew at once."""

_MORE_CHARS = 60
"""Tried at a time, until the snippet is whole: a headline that the text repeats does not count for it."""


def shortened(snapshot: StorySnapshot, record: StoryRecord) -> list[StoredArticle]:
    """Those articles of an ended story of which less text will do, once `record` stands on the topic.

    An article that it cites keeps its text, of others what their snippet shows is left. None of a live story.
    """
    if snapshot.status is not Status.CLOSED or len(snapshot.articles) > MOST_MEMBERS:
        return []
    cited = cited_ids(dict(record))
    shorter = (_shortened(each) for each in snapshot.articles if each.article_id not in cited)
    return [each for each in shorter if each is not None]


def _shortened(article: StoredArticle) -> StoredArticle | None:
    """None where nothing can go."""
    told = snippet(article.title, article.lead)
    for chars in range(SNIPPET_CHARS + _MORE_CHARS, len(article.lead), _MORE_CHARS):
        lead = article.lead[:chars].rsplit(None, 1)[0]
        if snippet(article.title, lead) == told:
            return replace(article, lead=lead)
    return None
