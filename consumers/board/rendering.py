"""Templates and what they may call. Everything is escaped unless it is markup that we made."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime, timedelta
from functools import cache
from importlib.resources import files
from typing import Any
from urllib.parse import urlsplit

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup, escape

from consumers.board.charts import bias_segments
from consumers.board.names import country_name, language_name, language_tag
from consumers.board.story_page import outlet_name
from groundswell.record import Reason

SHOWN_CHARS = 600
"""Of a headline or sentence; more than that is not meant for readers."""
REASONS = {
    Reason.OPENED: "story opened",
    Reason.COVERAGE: "new coverage",
    Reason.REPRINT: "reprint",
    Reason.ABSORBED: "merged with another story",
    Reason.MERGED: "merged away",
    Reason.SPLIT: "split",
    Reason.CORRECTED: "article corrected",
    Reason.WITHDRAWN: "article withdrawn",
    Reason.RESTORED: "restored",
    Reason.CLOSED: "closed, no new coverage",
}
_DIRECTION_CONTROLS = dict.fromkeys([0x200E, 0x200F, 0x061C, *range(0x202A, 0x202F), *range(0x2066, 0x206A)])


def make_environment() -> Environment:
    """The Jinja environment of the board."""
    env = Environment(
        loader=PackageLoader("consumers.board"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    env.filters.update(
        href=safe_href,
        percent=percent,
        count=thousands,
        plural=plural,
        when=when,
        day=day,
        iso=iso,
        plain=plain,
        duration=duration,
        rate=rate,
        outlet=outlet_name,
        country=country_name,
        reason=REASONS.__getitem__,
        language=language_name,
    )
    env.globals.update(t=isolated, static=static_address, bias_segments=bias_segments)
    return env


def safe_href(url: str | None) -> str | None:
    """The address if a browser may follow it, else None: no javascript:, data: or other schemes."""
    if not url or any(ord(c) < 0x21 or ord(c) == 0x7F for c in url):
        return None
    try:
        parts = urlsplit(url)
        return url if parts.scheme in ("http", "https") and parts.hostname else None
    except ValueError:
        return None


def isolated(text: str, language: str | None = None) -> Markup:
    """Foreign text: its language said, its direction its own and without effect on what is around it."""
    tag = language_tag(language)
    lang = Markup(' lang="{}"').format(tag) if tag else ""
    return Markup("<bdi{}>{}</bdi>").format(lang, _cut(text))


def plain(text: str) -> str:
    """For places that can't isolate, such as the title of the window: without direction controls."""
    return _cut(text).translate(_DIRECTION_CONTROLS)


def _cut(text: str) -> str:
    return text if len(text) <= SHOWN_CHARS else text[: SHOWN_CHARS - 1].rstrip() + "…"


def percent(share: float) -> str:
    """A share as a whole percentage; never 0% for something, never 100% for not all."""
    if 0 < share < 0.005:
        return "<1%"
    if 0.995 <= share < 1:
        return ">99%"
    return f"{100 * share:.0f}%"


def thousands(number: int) -> str:
    """1,234."""
    return f"{number:,}"


def plural(number: int, one: str, many: str | None = None) -> str:
    """`1 article`, `1,234 articles`."""
    return f"{number:,} {one if number == 1 else many or one + 's'}"


def rate(per_hour: float) -> str:
    """Articles per hour with as many digits as say something."""
    digits = 0 if per_hour >= 10 else 1 if per_hour >= 0.1 else 2
    return f"{per_hour:.{digits}f}"


def when(moment: datetime | None, empty: str = "date unknown") -> Markup:
    """A `<time>`: `16 Aug 2025, 08:20 UTC`."""
    return _time(moment, ", %H:%M UTC", empty)


def day(moment: datetime | None, empty: str = "date unknown") -> Markup:
    """A `<time>` without the hour."""
    return _time(moment, "", empty)


def _time(moment: datetime | None, clock: str, empty: str) -> Markup:
    if moment is None:
        return escape(empty)
    utc = moment.astimezone(UTC)
    text = f"{utc.day} {utc.strftime('%b %Y' + clock)}"
    return Markup('<time datetime="{}">{}</time>').format(iso(utc), text)


def iso(moment: datetime) -> str:
    """For machines."""
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")


def duration(span: timedelta) -> str:
    """`6 hours`, `2 days`."""
    seconds = int(span.total_seconds())
    for name, length in (("day", 86_400), ("hour", 3_600), ("minute", 60)):
        if seconds >= length and seconds % length == 0:
            return plural(seconds // length, name)
    return plural(max(round(seconds / 60), 1), "minute")


@cache
def static_address(name: str) -> str:
    """Address of a static file, with a digest, so that it can be cached for ever."""
    digest = hashlib.sha256((files("consumers.board") / "static" / name).read_bytes()).hexdigest()[:12]
    return f"/static/{name}?v={digest}"


def render(env: Environment, template: str, **context: Any) -> str:
    """Render a page; with `fragment` only what stands in its main part."""
    context.setdefault("fragment", False)
    return env.get_template(template).render(**context)
