"""Made-up story records, consistent in themselves: counts and shares come from the members."""

from __future__ import annotations

import hashlib
import random
from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any

from groundswell.record import (
    Bias,
    Blindspot,
    Coverage,
    FirstArticle,
    Interval,
    Member,
    Momentum,
    OutletOfMember,
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
from pipeline.testing.articles import START
from pipeline.testing.outlets import OUTLETS, Outlet

SIDES = {"left": "left", "lean-left": "left", "center": "center", "lean-right": "right", "right": "right"}


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
    first, bins = min(times), int((max(times) - min(times)) / step) + 1
    counts = Counter(int((at - first) / step) for at in times)
    return [
        TimelineBin.model_validate({"from": first + number * step, "articles": counts[number]})
        for number in range(bins)
    ]


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


SNIPPETS = (
    "Rescue crews worked through the night at the fuel dock, where flames could be seen from across the bay. "
    "Officials asked residents to keep windows closed.",
    "The harbour will stay closed until divers have checked the quay walls, the port authority said.",
    "Fire chief Glenda Pike said that the fire was out by dawn and that nobody was missing any more.",
    "The operator of the terminal declined to answer questions about its maintenance records.",
)


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
            snippet=SNIPPETS[place % 4],
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
