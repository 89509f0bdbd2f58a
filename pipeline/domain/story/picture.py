"""Which of its members' pictures a story has."""

from __future__ import annotations

from pipeline.domain.story.roll import Roll
from pipeline.domain.story.snapshot import StoredArticle


def illustrated(roll: Roll, title_article_id: str | None) -> StoredArticle | None:
    """The member whose picture is the story's; None where none has one.

    That which gives the title, because picture and headline were chosen for each other; else the earliest. Both
    stay what they are while others join, so a reader does not see the picture change with each revision.
    """
    titled = roll.get(title_article_id)
    if titled is not None and titled.image_url:
        return titled
    return next((member for member in roll if member.image_url), None)
