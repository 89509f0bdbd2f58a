"""Story records with invented content, consistent in themselves: counts and shares come from the members."""

from __future__ import annotations

import hashlib
import random
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from groundswell.record import (
    Bias,
    Blindspot,
    Contradiction,
    Coverage,
    Entity,
    FigureClaim,
    FirstArticle,
    Interval,
    Member,
    Milestone,
    Momentum,
    OutletOfMember,
    PerspectivePoint,
    Perspectives,
    Point,
    Reason,
    ShareOf,
    Side,
    Statement,
    Status,
    StoryRecord,
    TimelineBin,
)

START = datetime(2025, 8, 15, 6, tzinfo=UTC)
SIDES = {"left": "left", "lean-left": "left", "center": "center", "lean-right": "right", "right": "right"}


@dataclass(frozen=True)
class Outlet:
    name: str
    bias: str | None = None
    factuality: str | None = None
    owner: str | None = None
    country: str | None = None
    language: str = "en"

    @property
    def domain(self) -> str:
        return "".join(c for c in self.name.lower() if c.isalnum()) + ".example"


OUTLETS = (
    Outlet("The Harbour Ledger", "lean-left", "high", "Tidewater Media", "US"),
    Outlet("Commons Daily", "left", "mixed", "Commons Trust", "US"),
    Outlet("Civic Lantern", "left", "high", None, "GB"),
    Outlet("Meridian Post", "lean-left", "high", "Meridian Group", "GB"),
    Outlet("National Wire", "center", "very-high", "Wire Cooperative", "US"),
    Outlet("Capital Bulletin", "center", "high", "Meridian Group", "US"),
    Outlet("Northern Dispatch", "center", "very-high", None, "CA"),
    Outlet("Rhein-Kurier", "center", "high", "Kurier Verlag", "DE", "de"),
    Outlet("Le Quotidien du Port", "lean-left", "high", "Presse Ouest", "FR", "fr"),
    Outlet("El Faro del Norte", "center", None, "Grupo Faro", "ES", "es"),
    Outlet("Liberty Standard", "right", "mixed", "Standard Holdings", "US"),
    Outlet("The Frontier Times", "lean-right", "high", "Standard Holdings", "US"),
    Outlet("Patriot Courier", "right", "low", None, "US"),
    Outlet("Market Observer", "lean-right", "high", "Observer Partners", "GB"),
    Outlet("Вестник Побережья", None, None, None, "RU", "ru"),
    Outlet("Gull Street Blog"),
)


def ident(text: str) -> str:
    """An article id for a text."""
    return hashlib.sha256(text.encode()).hexdigest()


def member(outlet: Outlet, title: str, at: datetime | None, **changes: Any) -> Member:
    """An article of an outlet."""
    rated = OutletOfMember(
        domain=outlet.domain,
        name=outlet.name,
        bias=outlet.bias,
        factuality=outlet.factuality,
        owner=outlet.owner,
        country=outlet.country,
    )
    slug = ident(title)[:10]
    values: dict[str, Any] = {
        "article_id": ident(outlet.domain + title),
        "url": f"https://{outlet.domain}/{slug}",
        "title": title,
        "outlet": rated,
        "language": outlet.language,
        "published_at": at,
        "is_reprint": False,
        "reprint_of": None,
        "snippet": "",
    }
    return Member(**{**values, **changes})


def shares(counts: Counter[str], keys: Iterable[str] | None = None) -> dict[str, ShareOf]:
    """Counts with their shares."""
    total = counts.total()
    return {k: ShareOf(count=counts[k], share=counts[k] / total if total else 0) for k in keys or counts}


def coverage(members: Sequence[Member]) -> Coverage:
    """The block of coverage, from members alone."""
    sources = {m.outlet.domain: m.outlet for m in members if m.outlet.domain}.values()
    sides = Counter(SIDES[o.bias] for o in sources if o.bias)
    known = Counter(o.factuality for o in sources if o.factuality)
    rated = sides.total()
    bias = Bias(**shares(sides, [s.value for s in Side]))
    return Coverage(
        rated_source_count=rated,
        unrated_source_count=len(sources) - rated,
        bias=bias,
        statement=_statement(sides, rated),
        blindspot=_blindspot(sides, rated),
        factuality=shares(known),
        factuality_unrated_count=len(sources) - known.total(),
        ownership=Counter(o.owner for o in sources if o.owner),
        ownership_unknown_count=sum(o.owner is None for o in sources),
        countries=Counter(o.country for o in sources if o.country),
        countries_unknown_count=sum(o.country is None for o in sources),
        languages=Counter(m.language for m in members),
    )


def _statement(sides: Counter[str], rated: int) -> Statement | None:
    best = sides.most_common(2)
    if rated < 3 or (len(best) > 1 and best[0][1] == best[1][1]):
        return None
    side, count = best[0]
    share = count / rated
    verb = {"left": "lean Left", "center": "are Center", "right": "lean Right"}[side]
    interval = Interval(low=max(share - 0.2, 0), high=min(share + 0.2, 1))
    return Statement(
        text=f"{share:.0%} of the sources {verb}",
        side=Side(side),
        share=share,
        interval=interval,
        rated_source_count=rated,
    )


def _blindspot(sides: Counter[str], rated: int) -> Blindspot | None:
    for side in (Side.LEFT, Side.RIGHT):
        if rated >= 8 and sides[side.value] / rated < 1 / 6:
            p_value = (2 / 3) ** rated
            return Blindspot(side=side, share=sides[side.value] / rated, expected_share=1 / 3, p_value=p_value)
    return None


def timeline(times: Sequence[datetime], step: timedelta) -> list[TimelineBin]:
    """Articles per step."""
    if not times:
        return []
    bins = int((max(times) - min(times)) / step) + 1
    counts = Counter(int((at - min(times)) / step) for at in times)
    return [TimelineBin(start=min(times) + i * step, articles=counts[i]) for i in range(bins)]


def story(story_id: str, members: Sequence[Member], **changes: Any) -> StoryRecord:
    """A record whose counts, shares and dates agree with its members."""
    members = sorted(members, key=lambda m: (m.published_at or START, m.article_id))
    times = [m.published_at for m in members if m.published_at]
    first = members[0]
    reprints = sum(m.is_reprint for m in members)
    sources = {m.outlet.domain for m in members if m.outlet.domain}
    owners = {m.outlet.owner or m.outlet.domain for m in members if m.outlet.domain}
    values: dict[str, Any] = {
        "story_id": story_id,
        "revision": len(members),
        "status": Status.ACTIVE,
        "revision_reasons": [Reason.COVERAGE],
        "title": first.title,
        "title_article_id": first.article_id,
        "language": first.language,
        "summary": None,
        "key_points": [],
        "perspectives": Perspectives(),
        "contradictions": [],
        "article_count": len(members),
        "original_count": len(members) - reprints,
        "reprint_count": reprints,
        "source_count": len(sources),
        "publisher_count": len(owners),
        "coverage": coverage(members),
        "first_article": FirstArticle(
            article_id=first.article_id, outlet=first.outlet.name, published_at=first.published_at
        ),
        "first_published_at": min(times, default=None),
        "last_published_at": max(times, default=None),
        "updated_at": max(times, default=START) + timedelta(minutes=2),
        "timeline": timeline(times, timedelta(hours=3)),
        "milestones": [],
        "momentum": Momentum(articles_per_hour=len(times) / 12, acceleration=0.1) if times else None,
        "entities": [],
        "keywords": [],
        "related": [],
        "cohesion": 0.82,
        "encoder": "test/encoder",
        "articles": members,
    }
    return StoryRecord(**{**values, **changes})


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
    """A story as it might be after its first `upto` articles: a blast in an invented harbour."""
    headlines = BLAST_HEADLINES[:upto]
    members = [
        member(
            OUTLETS[i], title, START + timedelta(hours=hours, minutes=7 * hours % 60), snippet=_SNIPPETS[place % 4]
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


_SNIPPETS = (
    "Rescue crews worked through the night at the fuel dock, where flames could be seen from across the bay. "
    "Officials asked residents to keep windows closed.",
    "The harbour will stay closed until divers have checked the quay walls, the port authority said.",
    "Fire chief Glenda Pike said that the fire was out by dawn and that nobody was missing any more.",
    "The operator of the terminal declined to answer questions about its maintenance records.",
)


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


_SUBJECTS = (
    "Parliament",
    "The central bank",
    "A regional court",
    "The football association",
    "The health ministry",
    "A mountain village",
    "The space agency",
    "The farmers' union",
    "A car maker",
    "The city council",
    "The weather service",
    "A port workers' union",
    "The education minister",
    "An opposition party",
)
_VERBS = (
    "approves",
    "delays",
    "rejects",
    "reviews",
    "defends",
    "reopens",
    "suspends",
    "expands",
    "questions",
    "cuts",
)
_OBJECTS = (
    "the budget for schools",
    "a plan to move the railway station",
    "new limits on fishing",
    "its forecast for growth",
    "a fine against an energy supplier",
    "the evacuation after the flood",
    "rules for electric scooters",
    "the contract for ferries",
    "a vaccine programme",
    "the appeal in the bribery trial",
    "visa rules for students",
    "the launch of a weather satellite",
    "subsidies for heat pumps",
    "a ban on single-use cups",
)


def some_story(number: int, seed: int = 1, members: int | None = None, **changes: Any) -> StoryRecord:
    """Some story; the same number and seed give the same one."""
    rng = random.Random(f"{seed}/{number}")
    subject, verb, thing = rng.choice(_SUBJECTS), rng.choice(_VERBS), rng.choice(_OBJECTS)
    size = members or min(1 + int(rng.expovariate(1 / 5)), len(OUTLETS))
    pool = list(OUTLETS)
    if number % 6 == 3 and members is None:
        pool = [o for o in OUTLETS if SIDES.get(o.bias or "") != rng.choice(["left", "right"])]
        size = min(len(pool), 11)
    chosen = rng.sample(pool, min(size, len(pool)))
    start = START + timedelta(minutes=rng.randrange(0, 3_000))
    plain = f"{subject.lower()} {verb}"
    titles = (
        f"{subject} {verb} {thing}",
        f"{thing[0].upper()}{thing[1:]}: {plain}",
        f"{subject} {verb} {thing} after long debate",
        f"What it means that {plain} {thing}",
    )
    articles = [
        member(
            outlet,
            titles[place % 4],
            start + timedelta(minutes=rng.randrange(0, 600)),
            snippet=_SNIPPETS[place % 4],
        )
        for place, outlet in enumerate(chosen)
    ]
    summary = Point(
        text=f"{subject} {verb} {thing}, a step that was expected since spring and that critics call too late.",
        article_id=articles[0].article_id,
        outlet=articles[0].outlet.name,
    )
    values = {"summary": summary, "keywords": thing.split(), **changes}
    return story(f"st-{seed}-{number:06d}", articles, **values)
