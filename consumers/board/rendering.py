"""Templates and what they may call. Everything is escaped unless it is markup that we made."""

from __future__ import annotations

import hashlib
from functools import cache
from importlib.resources import files
from typing import Any
from urllib.parse import urlsplit

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from consumers.board.card import outlet_name
from consumers.board.charts import bias_segments
from consumers.board.interface.interface import Interface, interface
from consumers.board.moments import iso
from consumers.board.names import language_tag

SHOWN_CHARS = 600
"""Of a headline or sentence; more than that is not meant for readers."""
_DIRECTION_CONTROLS = dict.fromkeys([0x200E, 0x200F, 0x061C, *range(0x202A, 0x202F), *range(0x2066, 0x206A)])


@cache
def make_environment(language: str) -> Environment:
    """The Jinja environment of the board in a language of the interface."""
    env = Environment(
        loader=PackageLoader("consumers.board"),
        extensions=["jinja2.ext.i18n"],
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    ui = interface(language)
    env.install_gettext_translations(ui.translations, newstyle=True)  # type: ignore[attr-defined]
    env.policies["ext.i18n.trimmed"] = True
    env.filters.update(_filters(ui))
    env.globals.update(ui=ui, t=isolated, static=static_address, bias_segments=bias_segments)
    return env


def _filters(ui: Interface) -> dict[str, Any]:
    written = ui.format
    return {
        "href": safe_href,
        "plain": plain,
        "iso": iso,
        "outlet": outlet_name,
        "percent": written.percent,
        "count": written.number,
        "decimal": written.decimal,
        "rough": written.rough,
        "rate": written.rate,
        "duration": written.duration,
        "clock": written.time,
        "counted": ui.counted,
        "when": ui.when,
        "day": ui.day,
        "country": ui.country,
        "language": ui.language_name,
        "side": ui.side,
        "reason": ui.reason,
    }


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


@cache
def static_address(name: str) -> str:
    """Address of a static file, with a digest, so that it can be cached for ever."""
    digest = hashlib.sha256((files("consumers.board") / "static" / name).read_bytes()).hexdigest()[:12]
    return f"/static/{name}?v={digest}"


def render(language: str, template: str, **context: Any) -> str:
    """Render a page; with `fragment` only what stands in its main part."""
    context.setdefault("fragment", False)
    return make_environment(language).get_template(template).render(**context)
