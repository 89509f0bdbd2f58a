"""Canonical URLs: the addresses of one article give one string, those of two articles never do.

Where the two aims collide the second wins. Only query parameters known to be trackers are dropped, so an
unknown one can make two articles of one; the near-duplicate check of the clustering catches those. What only
a request would tell (shorteners, redirects, `rel=canonical`) is not known here.
"""

from __future__ import annotations

import re
from functools import lru_cache
from urllib.parse import urlsplit, urlunsplit

from tldextract import TLDExtract
from w3lib.url import canonicalize_url

from pipeline.domain.trackers import is_tracker
from pipeline.domain.wrapped_urls import unwrapped

_MAX_ROUNDS = 8
"""Addresses inside addresses (an AMP cache of an AMP viewer of ...) end after this many."""

_HTTP = re.compile(r"https?:(?=//)", re.IGNORECASE)
_ESCAPED_AMPERSAND = re.compile(r"&(?:amp;)+")
_DEFAULT_PORT = re.compile(r":(?:80|443)?$")
_VARIANTS = ("www", "m", "mobile", "mobil", "touch", "wap", "amp")
_SESSION = re.compile(r";(?:jsessionid|phpsessid|sid)=[^/;]*", re.IGNORECASE)
_SLASHES = re.compile(r"/{2,}")
_INDEX = re.compile(r"(?<=/)index\.html?$")
"""What servers give for the folder. An `index.php` may be the whole site."""

_AMP_PARAMETER = re.compile(
    r"_?amp(?:=(?:1|true|amp)?)?|output(?:type)?=amp|amp_js_v=.*|amp_gsa=.*|usqp=mq.*", re.IGNORECASE
)
_AMP_FIRST = re.compile(r"^(?:/amp)+(?=/[^/]+/[^/])")
_AMP_LAST = re.compile(r"(?<=[^/])(?:/amp)+$")
_AMP_SUFFIX = re.compile(r"(?:\.amp)+(?=(?:\.html?)?$)")

_suffixes = TLDExtract(suffix_list_urls=(), cache_dir=None)
"""The list that ships with the library: no network, the same answer on every machine."""


def canonical_url(url: str) -> str:
    """One string for all addresses of an article.

    Alike are `http` and `https`; a host with and without `www.`, `m.`, `mobile.`, `mobil.`, `touch.`, `wap.` or
    `amp.`; upper and lower case in the host; an address with and without default port, user, fragment, slash or
    `index.html` at the end, tracking parameters, or in another order of parameters; an AMP page, also in a cache,
    and its article; an article and what only leads to it. Idempotent. A text that is no http(s) URL comes back
    stripped, so that it still identifies its article.
    """
    text = url.strip()
    for _ in range(_MAX_ROUNDS):
        before, text = text, _simplified(text)
        if text == before:
            break
    return text


def _simplified(url: str) -> str:
    if not _HTTP.match(url):
        return url
    unescaped = _ESCAPED_AMPERSAND.sub("&", url)
    try:
        parts = urlsplit(canonicalize_url(unescaped, keep_fragments=True))
        host = _DEFAULT_PORT.sub("", parts.netloc.rpartition("@")[2]).rstrip(".")
        if not host:
            return url
        if inner := unwrapped(unescaped, host):
            return inner
    except ValueError:
        return url
    query, fragment = _query(parts.query), _fragment(parts.fragment)
    return urlunsplit(("https", _main_host(host), _path(parts.path), query, fragment))


@lru_cache(maxsize=10_000)
def _main_host(host: str) -> str:
    """The host without `www.` and the like, as long as what is left is still somebody's domain."""
    first, _, rest = host.partition(".")
    return _main_host(rest) if first in _VARIANTS and _can_be_registered(rest) else host


def _can_be_registered(host: str) -> bool:
    """Of `www.m.com` the rest `m.com` can, `com` can't; of `m.co.uk` the rest can't."""
    return "." in host and _suffixes(host).suffix != host


def _path(path: str) -> str:
    path = _SLASHES.sub("/", _SESSION.sub("", path)).rstrip("/")
    path = _AMP_SUFFIX.sub("", _AMP_LAST.sub("", _AMP_FIRST.sub("", path)))
    return _INDEX.sub("", path).rstrip("/") or "/"


def _query(query: str) -> str:
    return "&".join(each for each in query.split("&") if each and not _is_noise(each))


def _is_noise(parameter: str) -> bool:
    name, _, value = parameter.partition("=")
    return is_tracker(name, value) or bool(_AMP_PARAMETER.fullmatch(parameter))


def _fragment(fragment: str) -> str:
    """Only of pages that keep their whole address in it (`#!/article/5`, `#/article/5`)."""
    return fragment if fragment[:1] in ("!", "/") and len(fragment) > 1 else ""
