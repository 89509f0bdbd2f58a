"""Made-up stories of any size, as a publisher reads them from the store; the same for the same arguments."""

from __future__ import annotations

import random
from dataclasses import dataclass
from datetime import timedelta

from groundswell.record import Reason, Side, Status
from pipeline.domain.story.snapshot import StoredArticle, StorySnapshot
from pipeline.testing.articles import START

_PLACES = ("Harrow Bay", "Lindmere", "Castle Ford", "the Orlo valley", "Port Sallow", "Dunvale")
_WHO = ("Mayor Ada Quint", "the coast guard", "Governor Leo Marsh", "the ferry line", "police chief Ines Roy")
_DID = (
    "said {n} people were killed and {m} injured",
    "ordered an inquiry into the collapse of the pier",
    "closed the harbour for {n} days",
    "promised {m} million dollars for repairs",
    "asked residents to stay away from the water",
    "defended the inspection made last spring",
    "said at least {n} people were missing",
    "blamed a storm with winds of {m} kilometres an hour",
)
_THEN = (
    "as divers went on searching",
    "while families waited in a school",
    "after a night of heavy rain",
    "although critics had warned of rust for years",
    "and thanked volunteers from three towns",
)


@dataclass(frozen=True)
class MadeOutlet:
    """An outlet with a rating that follows from its number."""

    domain: str
    name: str
    bias: str | None
    side: Side | None
    factuality: str | None
    owner: str | None
    country: str | None


class MadeOutlets:
    """Rates two outlets of three."""

    def lookup(self, source: str | None, /) -> MadeOutlet | None:
        """By the number in the domain."""
        if source is None:
            return None
        number = int("".join(filter(str.isdigit, source)) or 0)
        side = (*Side, None)[number % 4]
        owner = f"Group {number % 7}" if number % 2 else None
        return MadeOutlet(source, f"Paper {number}", side, side, "high", owner, "US")


def story(members: int, seed: int = 1) -> StorySnapshot:
    """A story with this many members, a fifth of them reprints."""
    dice = random.Random(seed)
    articles = tuple(_article(number, dice) for number in range(members))
    now = max(article.received_at for article in articles)
    return StorySnapshot(
        story_id="bench",
        revision=1,
        status=Status.ACTIVE,
        merged_into=None,
        absorbed=(),
        split_from=None,
        reasons=(Reason.COVERAGE,),
        updated_at=now,
        cohesion=0.8,
        related=(),
        topics=(),
        encoder="none",
        previous_title_article_id=None,
        articles=articles,
    )


def _article(number: int, dice: random.Random) -> StoredArticle:
    at = START + timedelta(minutes=7 * number)
    reprint_of = f"a{dice.randrange(number)}" if number > 4 and dice.random() < 0.2 else None
    return StoredArticle(
        article_id=f"a{number}",
        url=f"https://paper{number % 400}.example/{number}",
        title=_sentence(dice)[:-1],
        lead=" ".join(_sentence(dice) for _ in range(10)),
        source=f"paper{number % 400}.example",
        outlet=None,
        language="en",
        published_at=at,
        received_at=at,
        reprint_of=reprint_of,
    )


def _sentence(dice: random.Random) -> str:
    did = dice.choice(_DID).format(n=dice.randrange(2, 60), m=dice.randrange(60, 200))
    text = f"{dice.choice(_WHO)} of {dice.choice(_PLACES)} {did} on Friday {dice.choice(_THEN)}."
    return text[0].upper() + text[1:]
