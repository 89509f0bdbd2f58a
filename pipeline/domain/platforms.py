"""Hosts on which others publish: an address there says nothing about the outlet.

`configs/platforms.csv` marks two kinds. On a **platform** outlets and people have channels of their own: a feed of
one names who publishes it. An **aggregator** shows articles of others, or only leads to them, as search engines,
archives and shorteners do: its feeds name itself. Blogs with hosts of their own (`name.substack.com`) are outlets,
apart from the host that they are named under.
"""

from __future__ import annotations

import csv
from collections.abc import Mapping
from enum import StrEnum
from functools import cache

from pipeline.shipped import shipped


class Kind(StrEnum):
    """What a host is that is no outlet."""

    PLATFORM = "platform"
    AGGREGATOR = "aggregator"


def kind_of(domain: str | None) -> Kind | None:
    """What the host with this registrable domain is; None for an outlet, and where nothing is known of it."""
    return _kinds().get(domain or "")


@cache
def _kinds() -> Mapping[str, Kind]:
    with shipped("platforms.csv").open(encoding="utf-8") as file:
        return {row["domain"]: Kind(row["kind"]) for row in csv.DictReader(file)}
