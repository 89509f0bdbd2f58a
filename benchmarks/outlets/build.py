"""Builds `configs/outlets.csv` from ratings and `configs/owners.csv`:

    python -m benchmarks.outlets.build outlets.jsonl.gz

**Input.** JSON Lines, gzip, one domain a line: `domain`, and under each rater's name what that rater says
(`mbfc2026`, `idiap2024` with `idiap2024_raw`, `baly_emnlp18`, `baly_acl2020`, `kite`). The scales they are
mapped to stand in `pipeline/domain/outlets.py`.

**Output.** One row per domain and rater, sorted, with the label of the rater; the same input, the same bytes. A
domain is in when somebody rates it. Also in, without a rating, are outlets that only have facts: `kite` (name and
country) and `owners` (owner) stand as rater then.

**Folding.** Raters also rate sections (`cell.com/heliyon`) and editions on hosts of their own. A section says
nothing about its whole site, so it is left out, but for those that are the news of the site: `NEWS_OF_SITE`.
Domains that serve the very same outlet share their ratings: `SAME_OUTLET`.
"""

from __future__ import annotations

import argparse
import csv
import gzip
import html
import json
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pipeline.domain.outlets import COLUMNS, Bias, Factuality, Rating, registrable_domain

CONFIGS = Path(__file__).parents[2] / "configs"

RATERS = {
    "mbfc2026": "mbfc2026",
    "idiap2024": "idiap2024",
    "baly_acl2020": "baly2020",
    "baly_emnlp18": "baly2018",
}
"""Field of the input: id of the rater in the table."""

BIASES = {
    "extreme-left": Bias.LEFT,
    "left": Bias.LEFT,
    "left-center": Bias.LEAN_LEFT,
    "center": Bias.CENTER,
    "neutral": Bias.CENTER,
    "right-center": Bias.LEAN_RIGHT,
    "right": Bias.RIGHT,
    "extreme-right": Bias.RIGHT,
}

NEWS_OF_SITE = {
    "abcnews.go.com": "go.com",
    "channel4.com/news": "channel4.com",
    "chicago.suntimes.com": "suntimes.com",
    "en.globes.co.il": "globes.co.il",
    "en.irna.ir": "irna.ir",
    "en.mehrnews.com": "mehrnews.com",
    "en.mercopress.com": "mercopress.com",
    "en.yna.co.kr": "yna.co.kr",
    "english.aawsat.com": "aawsat.com",
    "english.ahram.org.eg": "ahram.org.eg",
    "english.alarabiya.net": "alarabiya.net",
    "english.almanar.com.lb": "almanar.com.lb",
    "english.almayadeen.net": "almayadeen.net",
    "english.cctv.com": "cctv.com",
    "english.chosun.com": "chosun.com",
    "english.enabbaladi.net": "enabbaladi.net",
    "english.kyodonews.net": "kyodonews.net",
    "english.wafa.ps": "wafa.ps",
    "ici.radio-canada.ca": "radio-canada.ca",
    "lrt.lt/en/news-in-english": "lrt.lt",
    "news.abplive.com": "abplive.com",
    "news.abs-cbn.com": "abs-cbn.com",
    "news.cgtn.com": "cgtn.com",
    "news.err.ee": "err.ee",
    "news.ltn.com.tw": "ltn.com.tw",
    "news.mongabay.com": "mongabay.com",
    "news.sky.com": "sky.com",
    "news.usni.org": "usni.org",
    "news.yahoo.com": "yahoo.com",
    "noticias.r7.com": "r7.com",
    "tgcom24.mediaset.it": "mediaset.it",
    "timesofindia.indiatimes.com": "indiatimes.com",
    "today.lorientlejour.com": "lorientlejour.com",
    "us.as.com": "as.com",
    "vrt.be/vrtnws": "vrt.be",
}
"""Host or section: the site whose news it is. A rating of the site itself wins over that of the section."""

SAME_OUTLET = (
    ("abcnews.com", "go.com"),
    ("apnews.com", "ap.org"),
    ("bbc.com", "bbc.co.uk"),
    ("dailymail.co.uk", "dailymail.com"),
    ("faz.net", "frankfurterallgemeine.de"),
    ("franceinfo.fr", "francetvinfo.fr"),
    ("huffpost.com", "huffingtonpost.com"),
    ("liberation.fr", "libe.fr"),
    ("ms.now", "msnbc.com"),
    ("news.cn", "xinhuanet.com"),
    ("reuters.com", "reutersagency.com"),
    ("sky.com", "skynews.com"),
    ("sputnikglobe.com", "sputniknews.com"),
    ("theguardian.com", "guardian.co.uk"),
    ("theprovince.com", "vancouverprovince.com"),
    ("thetimes.com", "thetimes.co.uk"),
    ("ukrinform.net", "ukrinform.com"),
)
"""Two domains of one outlet: an old and a new name, or one for each market."""

NAMES = {
    "dawn.com": "Dawn",
    "elpais.com": "El País",
    "go.com": "ABC News",
    "koreaherald.com": "The Korea Herald",
    "pbs.org": "PBS",
    "tass.ru": "TASS",
}
"""In place of names with a slip in them, or of a section's name."""

COUNTRY_CORRECTIONS = {
    "abcnews.com": "US",
    "berliner-zeitung.de": "DE",
    "kommersant.ru": "RU",
    "krone.at": "AT",
    "ms.now": "US",
    "oann.com": "US",
    "simplepolitics.co.uk": "GB",
    "thestar.com": "CA",
}
"""Where the raters' country is wrong or missing, and widely known."""

MISTAKEN = {("thestar.com", "idiap2024")}
"""Domain and rater where the rating is that of another outlet: here The Star of Malaysia, not of Toronto."""

COUNTRIES = {
    "andorra": "AD",
    "argentina": "AR",
    "armenia": "AM",
    "australia": "AU",
    "austria": "AT",
    "bahrain": "BH",
    "bangladesh": "BD",
    "belarus": "BY",
    "belgium": "BE",
    "beligium": "BE",
    "bulgaria": "BG",
    "cambodia": "KH",
    "cameroon": "CM",
    "canada": "CA",
    "china": "CN",
    "columbia": "CO",
    "costa rica": "CR",
    "croatia": "HR",
    "cuba": "CU",
    "cyprus": "CY",
    "czech republic": "CZ",
    "denmark": "DK",
    "ecuador": "EC",
    "egypt": "EG",
    "estonia": "EE",
    "finland": "FI",
    "france": "FR",
    "germany": "DE",
    "greece": "GR",
    "guam": "GU",
    "hong kong": "HK",
    "hungary": "HU",
    "iceland": "IS",
    "india": "IN",
    "indonesia": "ID",
    "iran": "IR",
    "iraq": "IQ",
    "ireland": "IE",
    "israel": "IL",
    "italy": "IT",
    "italy (vatican city)": "VA",
    "japan": "JP",
    "jordan": "JO",
    "kenya": "KE",
    "kuwait": "KW",
    "latvia": "LV",
    "lebanon": "LB",
    "lithuania": "LT",
    "macedonia": "MK",
    "malaysia": "MY",
    "mexico": "MX",
    "morocco": "MA",
    "netherlands": "NL",
    "new zealand": "NZ",
    "nigeria": "NG",
    "north korea": "KP",
    "norway": "NO",
    "oman": "OM",
    "pakistan": "PK",
    "palestine": "PS",
    "philippines": "PH",
    "poland": "PL",
    "portugal": "PT",
    "qatar": "QA",
    "romania": "RO",
    "russia": "RU",
    "saint kitts and nevis": "KN",
    "saudi arabia": "SA",
    "serbia": "RS",
    "singapore": "SG",
    "slovenia": "SI",
    "south africa": "ZA",
    "south korea": "KR",
    "spain": "ES",
    "sri lanka": "LK",
    "sweden": "SE",
    "switzerland": "CH",
    "syria": "SY",
    "taiwan": "TW",
    "thailand": "TH",
    "the netherlands": "NL",
    "tunisia": "TN",
    "turkey": "TR",
    "ukraine": "UA",
    "united arab emirates": "AE",
    "united kingdom": "GB",
    "united states": "US",
    "uruguay": "UY",
    "usa": "US",
    "yemen": "YE",
    "zimbabwe": "ZW",
}
"""As the raters spell them, slips included. Anything else (`global`, `france/germany`) stays unknown."""

Record = dict[str, Any]


@dataclass
class Entry:
    """What is known of one domain, while it is put together."""

    ratings: dict[str, tuple[Bias | None, Factuality | None]] = field(default_factory=dict)
    names: list[str] = field(default_factory=list)
    countries: list[str] = field(default_factory=list)
    owner: str = ""
    in_kite: bool = False

    def merge(self, other: Entry) -> None:
        """Fill gaps from another domain's entry; what is here already wins."""
        self.ratings = {**other.ratings, **self.ratings}
        self.names += other.names
        self.countries += other.countries
        self.owner = self.owner or other.owner
        self.in_kite |= other.in_kite


def main() -> None:
    parser = argparse.ArgumentParser(description="Builds the table of outlets from ratings and owners.")
    parser.add_argument("source", type=Path, help="ratings, JSON Lines, gzip")
    parser.add_argument("--owners", type=Path, default=CONFIGS / "owners.csv")
    parser.add_argument("--out", type=Path, default=CONFIGS / "outlets.csv")
    arguments = parser.parse_args()
    rows = build(arguments.source, arguments.owners)
    write(rows, arguments.out)
    print(f"{len(rows)} rows, {len({row.domain for row in rows})} domains")


def build(source: Path, owners: Path) -> list[Rating]:
    """All rows of the table, sorted by domain and rater."""
    with gzip.open(source, "rt", encoding="utf-8") as file:
        records = [json.loads(line) for line in file]
    entries = fold(records)
    for domain, owner in read_owners(owners).items():
        entries.setdefault(domain, Entry()).owner = owner
    share(entries)
    known = sorted(domain for domain, entry in entries.items() if is_known(entry))
    return [row for domain in known for row in rows_of(domain, entries[domain])]


def read_owners(path: Path) -> dict[str, str]:
    """Owner by domain; a domain that is not registrable, or stands twice, is an error."""
    owners: dict[str, str] = {}
    with path.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            domain = row["domain"]
            if domain in owners or registrable_domain(domain) != domain or not row["owner"]:
                raise ValueError(f"{path.name}: {domain!r} stands twice, is not registrable or has no owner")
            owners[domain] = row["owner"]
    return owners


def fold(records: list[Record]) -> dict[str, Entry]:
    """One entry per registrable domain; its own record first, then that of its news section."""
    groups = Counter(record["kite"]["organization"] for record in records if "kite" in record)
    entries: dict[str, Entry] = {}
    # False sorts first: a site's own record before that of a section.
    for record in sorted(records, key=lambda record: (record["domain"] in NEWS_OF_SITE, record["domain"])):
        address = record["domain"].strip().lower()
        domain = NEWS_OF_SITE.get(address, address)
        if registrable_domain(domain) == domain:
            entries.setdefault(domain, Entry()).merge(entry_of(record, groups))
    return entries


def entry_of(record: Record, groups: Mapping[str, int]) -> Entry:
    """What the raters say in one record. `groups` counts the domains of each organization of Kite."""
    mbfc, raw, kite = (record.get(key) or {} for key in ("mbfc2026", "idiap2024_raw", "kite"))
    ratings = {
        rater: rating_of(record[key])
        for key, rater in RATERS.items()
        if key in record and (record["domain"], rater) not in MISTAKEN
    }
    names = [clean_name(mbfc.get("name") or "")]
    # An organization with several domains is a publishing house, not the name of an outlet.
    if groups.get(kite.get("organization", "")) == 1:
        names.append(clean_name(kite["organization"]))
    return Entry(
        ratings={rater: rating for rater, rating in ratings.items() if any(rating)},
        names=[name for name in names if name],
        # Kite first: Idiap's countries have slips (Die Zeit in the USA).
        countries=[code for code in map(country_code, (kite.get("country"), raw.get("country"))) if code],
        in_kite=bool(kite),
    )


def rating_of(said: Record) -> tuple[Bias | None, Factuality | None]:
    """Bias and factuality on our scales; None for what is not on them."""
    bias = BIASES.get((said.get("bias") or "").lower())
    factuality = said.get("reporting") or said.get("factual")
    return bias, Factuality(factuality.lower()) if factuality else None


def clean_name(name: str) -> str:
    """One line, without markup."""
    return " ".join(html.unescape(name).replace("\\", "/").split())


def country_code(name: str | None) -> str:
    """ISO code, or nothing; ranks of press freedom that stand in the field are cut off."""
    plain = re.sub(r"\s*\(\d+/180 press freedom\)|\s*\(scotland\)|\|", "", (name or "").lower())
    return COUNTRIES.get(plain, "")


def share(entries: dict[str, Entry]) -> None:
    """Domains of one outlet get each other's ratings and facts, where they have none of their own."""
    for pair in SAME_OUTLET:
        first, second = (entries.setdefault(domain, Entry()) for domain in pair)
        first.merge(second)
        second.merge(first)


def is_known(entry: Entry) -> bool:
    """Whether anybody says anything of the outlet that the table holds."""
    return bool(entry.ratings or entry.owner) or entry.in_kite


def rows_of(domain: str, entry: Entry) -> Iterator[Rating]:
    """A row for each rater; where nobody rates, one for whoever states the facts."""
    unrated: dict[str, tuple[Bias | None, Factuality | None]] = {
        "kite" if entry.in_kite else "owners": (None, None)
    }
    for rater, (bias, factuality) in sorted((entry.ratings or unrated).items()):
        yield Rating(
            domain=domain,
            name=NAMES.get(domain) or next(iter(entry.names), None),
            rater=rater,
            bias=bias,
            factuality=factuality,
            country=COUNTRY_CORRECTIONS.get(domain) or next(iter(entry.countries), None),
            owner=entry.owner or None,
        )


def write(rows: list[Rating], path: Path) -> None:
    """The table as CSV; empty is unknown."""
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(COLUMNS)
        writer.writerows([getattr(row, column) for column in COLUMNS] for row in rows)


if __name__ == "__main__":
    main()
