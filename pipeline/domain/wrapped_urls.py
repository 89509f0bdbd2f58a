"""Addresses that hold another one: caches of AMP pages, counters of clicks, links of Google News.

What they lead to is read out of them; nothing is asked of the network. The counters are those of the ClearURLs
rules (google.com/url, l.facebook.com, out.reddit.com, ...), as Unalix ships them. Newer links of Google News,
`t.co` and other shorteners tell nobody but their own server where they lead: those stay.
"""

from __future__ import annotations

import re
from base64 import urlsafe_b64decode
from functools import cache
from urllib.parse import SplitResult, unquote, urlsplit

_HOLDS_ANOTHER = re.compile(r"https?(?::|%3a)(?:/|%2f){2}", re.IGNORECASE)
_HTTP = re.compile(r"https?://[^\s/?#]+\.[^\s/?#]+", re.IGNORECASE)

_AMP_HOST = re.compile(
    r"[^.]+\.(?:cdn\.ampproject\.org|bing-amp\.com|amp\.cloudflare\.com)|(?:www\.)?(?:google\.[a-z.]{2,6}|bing\.com)"
)
"""The caches of Google, Bing and Cloudflare, and the viewers of the first two."""
_AMP_PATH = re.compile(r"/(?:c|v|wp|amp)/(?:s/)?([^/]+\.[a-z]{2,}(?:/.*)?)", re.IGNORECASE)

_UNLISTED = re.compile(
    r"https?://(?:"
    r"(?:www\.)?(?:linkedin\.com/(?:redir/redirect|safety/go)|facebook\.com/l\.php|medium\.com/r/|t\.me/iv)"
    r"|t\.umblr\.com/redirect|slack-redir\.net/link|exit\.sc/|l\.threads\.(?:com|net)/|cts\.businesswire\.com/ct/"
    r"|link\.(?:zhihu\.com|csdn\.net)/|go\.(?:skimresources|redirectingat)\.com/"
    r"|\w+\.safelinks\.protection\.outlook\.com/"
    r").*[?&](?:url|u|z|target)=(?P<parameter>[^&#]+)"
    r"|https?://(?:href\.li|anon\.to)/\?(?P<rest>.+)"
    r"|https?://r\.search\.yahoo\.com/.*/RU=(?P<segment>[^/]+)",
    re.IGNORECASE,
)
"""Counters that the ClearURLs rules lack."""

_NEWS_HOST = "news.google.com"
_NEWS_PATH = re.compile(r"/(?:rss/|__i/rss/rd/)?(?:articles|read)/([\w-]+)=*", re.ASCII)
_NEWS_MAGIC = b"\x08\x13\x22"
"""What a link begins with that holds an address: field 1 is 19, field 4 is text."""


def unwrapped(url: str, host: str) -> str | None:
    """The address inside of this http(s) one, whose host is given in lower case; None where there is none.

    Raises ValueError where the address is no URL.
    """
    parts = urlsplit(url)
    if _AMP_HOST.fullmatch(host) and (path := _AMP_PATH.fullmatch(parts.path)):
        return f"https://{path[1]}?{parts.query}"
    if host == _NEWS_HOST:
        return _behind_google_news(parts)
    return _behind_counter(url) if _HOLDS_ANOTHER.search(url, len("https://")) else None


def _behind_google_news(parts: SplitResult) -> str | None:
    """The outlet's address, from links that hold it; one address for all that lead to the same, from others."""
    path = _NEWS_PATH.fullmatch(parts.path)
    if path is None:
        return None
    held = _held(path[1])
    return held if _HTTP.match(held) else f"https://{_NEWS_HOST}/articles/{path[1]}"


def _held(token: str) -> str:
    """The text in the message that the token is; its length stands before it, in one byte or two."""
    try:
        data = urlsafe_b64decode(token + "=" * (-len(token) % 4))
    except ValueError:
        return ""
    if not data.startswith(_NEWS_MAGIC) or len(data) < 5:
        return ""
    is_long = data[3] >= 0x80
    start = 5 if is_long else 4
    length = data[3] - 0x80 + (data[4] << 7) if is_long else data[3]
    return data[start : start + length].decode("ascii", "replace")


def _behind_counter(url: str) -> str | None:
    listed = (redirection.match(url) for counter, redirection in _counters() if counter.match(url))
    found = _UNLISTED.match(url) or next((each for each in listed if each), None)
    inner = unquote(found[found.lastindex or 1]) if found else ""
    return inner if _HTTP.match(inner) else None


@cache
def _counters() -> tuple[tuple[re.Pattern[str], re.Pattern[str]], ...]:
    """Pairs: whose addresses, and where in them the other one is."""
    # Reads all its rules: a fifth of a second, for the few addresses that need them.
    from unalix.core.url_cleaner import rulesets

    return tuple(
        (rules.urlPattern.compiled, redirection.compiled)
        for rules in rulesets.iter()
        for redirection in rules.redirections
    )
