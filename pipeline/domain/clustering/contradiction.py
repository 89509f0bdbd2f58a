"""What forbids two articles to be one event, however alike their words are."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from pipeline.domain.clustering.borrowing import is_borrower
from pipeline.domain.clustering.columns import is_same_issue
from pipeline.domain.clustering.member import LiveMember
from pipeline.domain.clustering.story import LiveStory
from pipeline.domain.clustering.templates import TOLD, told


def admitted(
    member: LiveMember, stories: Sequence[LiveStory], shares_text: Sequence[bool], idf: NDArray[np.float32]
) -> Sequence[LiveStory]:
    """The stories that the article may belong to. `shares_text`: see `share_text`.

    To the others it can't: it is another issue of a column, fills a pattern with other names, or only quotes what
    the story is about.
    """
    if not (member.issue or member.patterned or any(shares_text)):
        return stories
    return [
        story
        for story, shares in zip(stories, shares_text, strict=True)
        if not (member.issue and not is_same_issue(member.published_at, story.first_at))
        and not _tells_others(member, story, idf)
        and not (shares and is_borrower(member, story, idf))
    ]


def contradict(one: LiveStory, other: LiveStory, idf: NDArray[np.float32]) -> bool:
    """Whether two stories can't be one: issues of a column, or half of either's articles tell another event."""
    if (one.is_issue or other.is_issue) and not is_same_issue(one.first_at, other.first_at):
        return True
    return any(
        2 * sum(_is_about_another(each, host, idf) for each in visitor.members) >= len(visitor.members)
        for visitor, host in ((one, other), (other, one))
    )


def _is_about_another(member: LiveMember, story: LiveStory, idf: NDArray[np.float32]) -> bool:
    return _tells_others(member, story, idf) or is_borrower(member, story, idf)


def _tells_others(member: LiveMember, story: LiveStory, idf: NDArray[np.float32]) -> bool:
    """Names are written otherwise in other languages, so that only coverage in the same one is asked."""
    if not member.patterned:
        return False
    terms = story.terms_by_language.get(member.language)
    return terms is not None and told(member.template.names, terms, idf) < TOLD
