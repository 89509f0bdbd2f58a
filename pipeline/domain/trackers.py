"""Parameters of addresses that say where a reader came from, and nothing of what the page is.

The names are detrack's, which is pinned: ids of articles hang on them. It knows advertisers, so some of its names
are those by which other sites know their articles; these are left out here. In doubt a parameter stays, for two
articles must never become one.
"""

from __future__ import annotations

import re

from detrack import DEFAULT_PATTERNS

_MAY_IDENTIFY = frozenset(
    (
        "_",
        "_t",
        "cache",
        "campaign_id",
        "cb",
        "context",
        "continue",
        "email",
        "gci",
        "janet",
        "mailid",
        "nd",
        "newsletter",
        "next",
        "nocache",
        "origin",
        "otc",
        "picid",
        "pid",
        "pin_id",
        "r",
        "rand",
        "random",
        "recipient",
        "redirect_to",
        "ref",
        "return_to",
        "session_id",
        "si",
        "sid",
        "sns",
        "social",
        "source",
        "timestamp",
        "ts",
        "ucid",
        "view_id",
        "visit_id",
        "visitor_id",
    )
)
_UNLISTED = frozenset(
    (
        "__source",
        "__twitter_impression",
        "cmpid",
        "echobox",
        "igsh",
        "intcmp",
        "ito",
        "mibextid",
        "ncid",
        "ocid",
        "pk_kwd",
        "rdt_cid",
        "ref_src",
        "ref_url",
        "smid",
        "smtyp",
        "soc_src",
        "soc_trk",
        "spm",
        "sr_share",
        "sref",
        "srsltid",
        "traffic_source",
        "xrs",
    )
)
"""Of portals and of single outlets; detrack lacks them."""
_NAMES = (frozenset(name.lower() for name in DEFAULT_PATTERNS) - _MAY_IDENTIFY) | _UNLISTED

_FAMILY = re.compile(
    r"(?:utm|mtm|hsa|itm|guce|oly|vero|mkt|trk|gad)_\w+|[a-z]{1,4}_?clid|(?:asp|php|j)sess(?:ion)?id"
    r"|at_(?:custom\d|link_\w+|bbc_team|format|variant)|fb_action_\w+|ml_subscriber\w*"
    r"|ns_(?:campaign|mchannel|source|linkname|fee)|wt[_.](?:mc|zmc|mc_id|mc_ev|nav|z_\w+)"
)
"""Names that are made up as they are needed."""

_CHANNEL_NAME = re.compile(r"ref|source|src|from|via|partner|mod|cmp|feature|share", re.IGNORECASE)
_CHANNEL = re.compile(
    r"rss(?:[_-][\w-]*)?|feed|atom|twitter|facebook|fb|email|newsletter|social|share|homepage|hp|app|google"
    r"|googlenews|applenews|flipboard|whatsapp|telegram|linkedin|reddit|youtu\.be",
    re.IGNORECASE,
)
"""`ref=rss` says where a reader came from, `ref=4711` may say what the article is."""


def is_tracker(name: str, value: str) -> bool:
    """Whether a parameter is certainly one of those."""
    lower = name.lower()
    if lower in _NAMES or _FAMILY.fullmatch(lower):
        return True
    return bool(_CHANNEL_NAME.fullmatch(name) and _CHANNEL.fullmatch(value))
