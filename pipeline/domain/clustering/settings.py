"""Settings of the clustering that an operator may change; what the model learned is in the artifact."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class ClusteringSettings:
    """Bounds and times."""

    quiet_time_s: float = 5 * 86_400.0
    """A story without coverage for this long, by the event clock, is closed."""
    quiet_articles: int = 200_000
    """A story is also closed after this many later articles: the bound where articles are undated."""
    max_members: int = 12
    """Members whose vectors and terms a story keeps, however large it grows."""
    max_candidates: int = 12
    """Stories looked at in full for one article."""
    decay_articles: int = 400_000
    """Document frequencies are halved when they count this many articles, so that old news fades."""
    max_merged_share: float = 0.06
    """At most this share of all articles may change their story id after their first hour because stories merge;
    large parts of one event are merged all the same."""
    max_parted_share: float = 0.005
    """At most this share of all articles may be moved to a new story after their first hour by splits."""
    max_related: int = 5
    """Related stories named in the hints."""
