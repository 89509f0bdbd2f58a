"""A story written by hand, as it might be at any time of its life: a blast in an invented harbour."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from groundswell.record import (
    Contradiction,
    Entity,
    FigureClaim,
    Member,
    Milestone,
    PerspectivePoint,
    Perspectives,
    Point,
    StoryRecord,
)
from pipeline.testing.articles import START
from pipeline.testing.outlets import OUTLETS, Outlet
from pipeline.testing.records import SNIPPETS, member, story

BLAST_HEADLINES = (
    (14, "Взрыв в гавани Порт-Кестрел: трое погибших, десятки раненых", 4),
    (4, "Blast at Port Kestrel fuel dock kills three, injures dozens", 2),
    (0, "Three dead after explosion at Port Kestrel dock; neighbors had warned of leaks", 3),
    (15, "Loud bang over the harbour, windows shaking on Gull Street", 1),
    (5, "Port Kestrel explosion: what we know so far", 6),
    (11, "Fuel dock blast shuts Port Kestrel harbor, ferries halted", 5),
    (10, "Union strike delayed repairs before Port Kestrel blast, operator says", 11),
    (1, "Operator skipped safety inspections for two years before deadly dock blast", 9),
    (7, "Explosion im Hafen von Port Kestrel: Mindestens vier Tote", 10),
    (8, "Explosion à Port Kestrel : quatre morts, le port fermé", 12),
    (9, "Cuatro muertos en la explosión del muelle de Port Kestrel", 13),
    (3, "Death toll rises to four as divers search Port Kestrel harbour", 14),
    (13, "Fuel prices edge up as Port Kestrel terminal stays shut", 20),
    (12, "Who pays? Port Kestrel taxpayers face bill for dock disaster", 26),
    (2, "“We smelled it for weeks”: residents of Gull Street on the leak nobody fixed", 28),
    (6, "Investigators find corroded valve at Port Kestrel fuel dock", 31),
    (4, "Corroded valve caused Port Kestrel blast, preliminary report says", 33),
)


def blast(upto: int | None = None, story_id: str = "st-harbour-blast", **changes: Any) -> StoryRecord:
    """After its first `upto` articles; at the end without a number."""
    headlines = BLAST_HEADLINES[:upto]
    members = [
        member(
            OUTLETS[i], title, START + timedelta(hours=hours, minutes=7 * hours % 60), snippet=SNIPPETS[place % 4]
        )
        for place, (i, title, hours) in enumerate(headlines)
    ]
    if upto is None:
        wire = members[1]
        members.append(
            member(
                Outlet("Bayview Herald", "lean-left", "high", "Tidewater Media", "US"),
                wire.title,
                START + timedelta(hours=4),
                is_reprint=True,
                reprint_of=wire.article_id,
                snippet=wire.snippet,
            )
        )
    by_title = {m.title: m for m in members}
    best = by_title.get(BLAST_HEADLINES[16][1]) or members[min(1, len(members) - 1)]
    values = {
        "title": best.title,
        "title_article_id": best.article_id,
        "language": best.language,
        "summary": Point(
            text=(
                "A corroded valve let fuel escape for weeks before the explosion that killed four people at the "
                "Port Kestrel fuel dock, investigators said on Saturday."
            ),
            article_id=best.article_id,
            outlet=best.outlet.name,
        ),
        **_blast_content(members),
    }
    return story(story_id, members, **{**values, **changes})


def _blast_content(members: Sequence[Member]) -> dict[str, Any]:
    def point(place: int, text: str) -> Point:
        source = members[min(place, len(members) - 1)]
        return Point(text=text, article_id=source.article_id, outlet=source.outlet.name)

    def view(place: int, text: str, only: bool = False) -> PerspectivePoint:
        return PerspectivePoint(**point(place, text).model_dump(), only_here=only)

    def claim(place: int, value: str, text: str) -> FigureClaim:
        source = members[min(place, len(members) - 1)]
        return FigureClaim(
            value=value,
            sentence=text,
            published_at=source.published_at,
            article_id=source.article_id,
            outlet=source.outlet.name,
        )

    return {
        "key_points": [
            point(
                1,
                "An explosion at the Port Kestrel fuel dock shortly after 2 a.m. on Friday killed people at "
                "work on a barge and injured more than thirty.",
            ),
            point(5, "The harbor was closed and all ferries to the islands were halted until further notice."),
            point(11, "Divers found a fourth victim under the collapsed pier on Friday evening."),
            point(15, "Investigators found a corroded valve that had let fuel escape into the pump house."),
        ],
        "perspectives": Perspectives(
            left=[
                view(7, "The operator had not let inspectors onto the dock for two years.", True),
                view(14, "Residents of Gull Street had reported the smell of fuel to the town five times."),
            ],
            center=[view(15, "The preliminary report names a corroded valve and asks for the pump records.")],
            right=[
                view(
                    6,
                    "Repairs that were planned for June were put off because of a strike, the operator says.",
                    True,
                )
            ],
        ),
        "contradictions": [
            Contradiction(
                about="dead",
                claims=[
                    claim(11, "4", "The death toll rose to four as divers searched the harbour."),
                    claim(8, "4", "Mindestens vier Menschen kamen ums Leben."),
                    claim(2, "3", "Three people were killed, the fire department said."),
                ],
            )
        ],
        "milestones": [
            Milestone(
                at=members[0].published_at,
                text="An explosion shakes the harbour of Port Kestrel.",
                article_id=members[0].article_id,
            ),
            Milestone(
                at=members[min(11, len(members) - 1)].published_at,
                text="A fourth victim is found.",
                article_id=members[min(11, len(members) - 1)].article_id,
            ),
            Milestone(
                at=members[-1].published_at,
                text="A corroded valve is named as the cause.",
                article_id=members[-1].article_id,
            ),
        ],
        "entities": [
            Entity(name="Port Kestrel", articles=len(members)),
            Entity(name="Glenda Pike", articles=4),
            Entity(name="Tidewater Terminals", articles=3),
        ],
        "keywords": ["explosion", "fuel dock", "valve", "harbour", "divers", "ferries"],
    }
