"""Outlets: who published an article, and what raters of outlets say about them.

**Identity.** An outlet is a registrable domain: public suffix and one label. The list of public suffixes is
the snapshot bundled with tldextract, so nothing is fetched. Hosts of independent blogs count as suffixes
(`example.substack.com` is an outlet of its own, `substack.com` is the company's): those of the list's
private section, `BLOG_HOSTS`, which the list lacks, and Blogger's in every country. Two domains are two
outlets, also `bbc.com` and `bbc.co.uk`; that they are one publisher shows in the owner. On a platform
(`pipeline/domain/platforms.py`) others publish: an address there names no outlet.

**Scales.** `benchmarks/outlets/build.py` maps every rater to five levels of bias and six of factuality:

| here | MBFC, Idiap | Baly 2018 | Baly 2020 (three levels) |
|---|---|---|---|
| left | left | left, extreme-left | left |
| lean-left | left-center | left-center | |
| center | center, neutral | center | center |
| lean-right | right-center | right-center | |
| right | right | right, extreme-right | right |

MBFC's other classes (fake-news, conspiracy-pseudoscience, pro-science, satire) say nothing about a side and
stay without a bias. Factuality keeps MBFC's names; the others know high, mixed and low only.

**Raters disagree**, so the table has a row for each of them. With several raters in order, bias and
factuality each come from the first who states one, possibly not the same. Name, country and owner are facts,
not ratings: they hold whichever rater is chosen. What nobody states stays None; nothing is guessed.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import lru_cache
from importlib.resources.abc import Traversable
from io import TextIOWrapper
from pathlib import Path
from typing import TextIO, TypeVar

from tldextract import TLDExtract

from groundswell.record import Side
from pipeline.domain.platforms import kind_of
from pipeline.domain.records.article import Article
from pipeline.domain.urls import canonical_url
from pipeline.mendable import MendableError
from pipeline.shipped import shipped

COLUMNS = ("domain", "name", "rater", "bias", "factuality", "country", "owner")
"""Columns of the table, one row per domain and rater; others may follow."""

DEFAULT_RATERS = ("mbfc2026", "idiap2024", "baly2020", "baly2018")
"""The most recent first, who also rates the most outlets. Raters not named here come last, by name."""

BLOG_HOSTS = (
    "substack.com",
    "wordpress.com",
    "medium.com",
    "tumblr.com",
    "typepad.com",
    "livejournal.com",
    "ghost.io",
    "beehiiv.com",
    "over-blog.com",
    "weebly.com",
)
"""Hosts whose subdomains are written by independent people, and which the public suffix list lacks."""

_BLOGGER = "blogspot"
"""The list had its domain of every country once, and addresses of then are still about."""

_BLOGS_APART = TLDExtract(
    cache_dir=None, suffix_list_urls=(), include_psl_private_domains=True, extra_suffixes=BLOG_HOSTS
)
_BLOGS_TOGETHER = TLDExtract(cache_dir=None, suffix_list_urls=())

CACHED_ADDRESSES = 16_384
"""Outlets are named again and again."""

_COUNTRY = re.compile(r"[A-Z]{2}")

_Fact = TypeVar("_Fact")
_Level = TypeVar("_Level", bound=StrEnum)


class Bias(StrEnum):
    """Where an outlet leans, on one scale for all raters."""

    LEFT = "left"
    """Strongly to the left."""
    LEAN_LEFT = "lean-left"
    """Slightly to moderately to the left."""
    CENTER = "center"
    """Little or no lean."""
    LEAN_RIGHT = "lean-right"
    """Slightly to moderately to the right."""
    RIGHT = "right"
    """Strongly to the right."""


class Factuality(StrEnum):
    """How often an outlet's reporting is right, best first."""

    VERY_HIGH = "very-high"
    """Never failed a fact check; sources always given."""
    HIGH = "high"
    """Few failures, promptly corrected."""
    MOSTLY_FACTUAL = "mostly-factual"
    """Mostly right, with failures or missing sources."""
    MIXED = "mixed"
    """Several failures, or often without sources."""
    LOW = "low"
    """Often unreliable."""
    VERY_LOW = "very-low"
    """Rarely credible."""


_SIDES: Mapping[Bias, Side] = {
    Bias.LEFT: Side.LEFT,
    Bias.LEAN_LEFT: Side.LEFT,
    Bias.CENTER: Side.CENTER,
    Bias.LEAN_RIGHT: Side.RIGHT,
    Bias.RIGHT: Side.RIGHT,
}


@dataclass(frozen=True, slots=True)
class Outlet:
    """An outlet and what is known about it; None is unknown."""

    domain: str | None
    """Registrable domain; None where the source of an article names no host."""
    name: str | None = None
    bias: Bias | None = None
    factuality: Factuality | None = None
    country: str | None = None
    """ISO 3166-1 alpha-2."""
    owner: str | None = None

    @property
    def side(self) -> Side | None:
        """The side that the bias falls on; leaning counts."""
        return None if self.bias is None else _SIDES[self.bias]


class OutletTableError(MendableError):
    """The table of outlets can't be used; the message says where, what was seen and what was expected."""


class UnknownRaterError(MendableError):
    """A rater was asked for who has no row in the table."""


@dataclass(frozen=True, slots=True)
class Rating:
    """One row of the table: one rater's word on one domain, and the facts beside it."""

    domain: str
    name: str | None
    rater: str
    bias: Bias | None
    factuality: Factuality | None
    country: str | None
    owner: str | None


@lru_cache(maxsize=CACHED_ADDRESSES)
def registrable_domain(url_or_host: str) -> str | None:
    """The domain that identifies an outlet, in lower case and ASCII; None where there is no public host."""
    text = url_or_host.strip().lower()
    try:
        domain = _apart_or_together(text)
        # A title such as `Today on example.com` is no host, although it ends like one.
        if not domain or any(character.isspace() for character in _BLOGS_TOGETHER(text).fqdn):
            return None
        return domain.encode("idna").decode("ascii")
    except ValueError:
        # An address that is no URL (`http://[`), or a name that can't be a host name.
        return None


def _apart_or_together(text: str) -> str:
    """A blog's own domain; for a blog host itself, with or without `www.`, that of the company."""
    apart = _BLOGS_APART(text)
    blog = apart.subdomain.rpartition(".")[2]
    if apart.domain == _BLOGGER and blog not in ("", "www"):
        return f"{blog}.{apart.top_domain_under_public_suffix}"
    if apart.domain in ("", "www"):
        apart = _BLOGS_TOGETHER(text)
    if apart.suffix or apart.ipv4 or apart.ipv6 or not apart.subdomain:
        return apart.top_domain_under_public_suffix
    # A suffix that the list lacks counts as public, as the list's algorithm says (its prevailing rule is `*`).
    return f"{apart.subdomain.rpartition('.')[2]}.{apart.domain}"


def outlet_at(address: str | None) -> str | None:
    """The domain of the outlet at an address, also where that only leads to it; None where it names none."""
    domain = registrable_domain(canonical_url(address)) if address else None
    return None if kind_of(domain) else domain


def outlet_domain(article: Article) -> str | None:
    """Domain of an article's outlet: the source that the producer named, else that of the URL."""
    return outlet_at(article.source) or outlet_at(article.url)


class OutletDirectory:
    """Looks outlets up by URL, host or domain."""

    def __init__(self, ratings: Iterable[Rating], rater: str | Sequence[str] | None = None) -> None:
        """`rater`: one rater, several in order of preference, or None for `DEFAULT_RATERS`."""
        by_domain = _grouped(ratings)
        raters = _chosen(rater, {row.rater for rows in by_domain.values() for row in rows})
        self._outlets = {domain: _outlet(domain, rows, raters) for domain, rows in by_domain.items()}

    @classmethod
    def load(cls, table: Path | None = None, rater: str | Sequence[str] | None = None) -> OutletDirectory:
        """From a CSV file; the shipped `configs/outlets.csv` when None."""
        return cls(read_table(table), rater)

    def __len__(self) -> int:
        return len(self._outlets)

    def lookup(self, source: str | None) -> Outlet:
        """The outlet behind a URL, host or domain; only its domain is known where the table lacks it.

        A platform is never rated: raters rate some, but what is there is not the platform's.
        """
        domain = registrable_domain(source) if source else None
        found = self._outlets.get(domain or "") or Outlet(domain)
        return replace(found, bias=None, factuality=None) if kind_of(domain) else found


def _grouped(ratings: Iterable[Rating]) -> dict[str, list[Rating]]:
    by_domain: dict[str, list[Rating]] = {}
    for rating in ratings:
        by_domain.setdefault(rating.domain, []).append(rating)
    return by_domain


def _chosen(rater: str | Sequence[str] | None, known: set[str]) -> Sequence[str]:
    if rater is None:
        return (*DEFAULT_RATERS, *sorted(known.difference(DEFAULT_RATERS)))
    asked = (rater,) if isinstance(rater, str) else tuple(rater)
    if strangers := sorted(set(asked) - known):
        raise UnknownRaterError(
            f"unknown rater {', '.join(strangers)}; the table of outlets has {', '.join(sorted(known))}"
        )
    return asked


def _first(values: Iterable[_Fact | None]) -> _Fact | None:
    return next((value for value in values if value is not None), None)


def _outlet(domain: str, rows: Sequence[Rating], raters: Sequence[str]) -> Outlet:
    """Ratings from the chosen raters in their order, facts from any row."""
    by_rater = {row.rater: row for row in rows}
    chosen = [by_rater[rater] for rater in raters if rater in by_rater]
    return Outlet(
        domain=domain,
        name=_first(row.name for row in rows),
        bias=_first(row.bias for row in chosen),
        factuality=_first(row.factuality for row in chosen),
        country=_first(row.country for row in rows),
        owner=_first(row.owner for row in rows),
    )


def read_table(table: Path | Traversable | None = None) -> list[Rating]:
    """All rows of a CSV file; the shipped one when None. Raises OutletTableError."""
    source = table or shipped("outlets.csv")
    try:
        with source.open("rb") as raw, TextIOWrapper(raw, encoding="utf-8-sig", newline="") as file:
            return _read(file, str(table or "configs/outlets.csv"))
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise OutletTableError(f"{source}: can't be read as a CSV file in UTF-8: {error}") from error


def _read(file: TextIO, name: str) -> list[Rating]:
    reader = csv.DictReader(file, strict=True)
    missing = [column for column in COLUMNS if column not in (reader.fieldnames or ())]
    if missing:
        raise OutletTableError(f"{name}, line 1: no column {', '.join(missing)}; expected {','.join(COLUMNS)}")
    lines: dict[tuple[str, str], int] = {}
    ratings = []
    for cells in reader:
        where = f"{name}, line {reader.line_num}"
        rating = _rating(cells, where)
        first = lines.setdefault((rating.domain, rating.rater), reader.line_num)
        if first != reader.line_num:
            raise OutletTableError(f"{where}: {rating.domain} by {rating.rater} already stands in line {first}")
        ratings.append(rating)
    return ratings


def _rating(cells: Mapping[str | None, str | None], where: str) -> Rating:
    if None in cells or None in cells.values():
        raise OutletTableError(
            f"{where}: expected as many cells as there are columns; quote those that hold a comma"
        )
    text = {column: (cells[column] or "").strip() for column in COLUMNS}
    return Rating(
        domain=_domain(text["domain"], where),
        name=text["name"] or None,
        rater=_required(text["rater"], where),
        bias=_member(Bias, text["bias"], where),
        factuality=_member(Factuality, text["factuality"], where),
        country=_country(text["country"], where),
        owner=text["owner"] or None,
    )


def _domain(text: str, where: str) -> str:
    domain = registrable_domain(text)
    if domain != text:
        hint = f", here {domain}" if domain else ""
        raise OutletTableError(f"{where}: domain is {text!r}; expected a registrable domain in lower case{hint}")
    return text


def _required(text: str, where: str) -> str:
    if not text:
        raise OutletTableError(f"{where}: rater is empty; expected the id of one, for example mbfc2026")
    return text


def _member(kind: type[_Level], text: str, where: str) -> _Level | None:
    try:
        return kind(text) if text else None
    except ValueError:
        levels = ", ".join(kind)
        raise OutletTableError(
            f"{where}: {kind.__name__.lower()} is {text!r}; expected one of {levels}, or nothing"
        ) from None


def _country(text: str, where: str) -> str | None:
    if text and not _COUNTRY.fullmatch(text):
        raise OutletTableError(f"{where}: country is {text!r}; expected an ISO 3166-1 code such as GB, or nothing")
    return text or None
