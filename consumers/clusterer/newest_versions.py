"""The newest version of an article counts, whatever order they come in.

Versions are ordered by `updated_at`; one that does not say is the oldest. Where two are equal the first one
stands, but a withdrawal wins. A withdrawal that does not say when it was made takes back all that came before it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime

from consumers.clusterer.intake import Received
from pipeline.adapters.store.articles import Standing


@dataclass(frozen=True)
class Version:
    """An article in one version."""

    received: Received
    number: int
    """See `pipeline/adapters/store/articles.py`."""

    @property
    def withdrawn(self) -> bool:
        """Whether it takes the article back."""
        return self.received.article.withdrawn

    def replaces(self, number: int, *, withdrawn: bool) -> bool:
        """Whether it is newer than the version with this number."""
        return (self.number, self.withdrawn) > (number, withdrawn)


@dataclass(frozen=True)
class Plan:
    """What is to be done with the articles of a batch. The rest are duplicates."""

    new: list[Version] = field(default_factory=list)
    """In no story yet; or again, for they had been withdrawn."""
    back: set[str] = field(default_factory=set)
    """Ids of those of `new` that had been withdrawn."""
    corrected: list[Version] = field(default_factory=list)
    withdrawn: list[Version] = field(default_factory=list)


def newest(received: Iterable[Received]) -> dict[str, Version]:
    """The newest version of each article by id, in order of first arrival; it counts as arrived then."""
    found: dict[str, Version] = {}
    for each in received:
        before = found.get(each.article_id)
        version = version_of(each, before.number if before else 0)
        if before is None:
            found[each.article_id] = version
        elif version.replaces(before.number, withdrawn=before.withdrawn):
            arrived = replace(each, received_at=before.received.received_at)
            found[each.article_id] = Version(arrived, version.number)
    return found


def plan(versions: Mapping[str, Version], standings: Mapping[str, Standing]) -> Plan:
    """Compare the versions that came in with those that stand."""
    made = Plan()
    for article_id, version in versions.items():
        standing = standings.get(article_id)
        version = version_of(version.received, standing.version if standing else 0, version.number)
        gone = standing is not None and standing.story_id is None
        if standing is not None and not version.replaces(standing.version, withdrawn=gone):
            continue
        if version.withdrawn:
            made.withdrawn.append(version)
        elif standing is None or gone:
            made.new.append(version)
            made.back.update([article_id] if gone else [])
        else:
            made.corrected.append(version)
    return made


def version_of(received: Received, held: int, known: int = 0) -> Version:
    """`held` is the number of the version that stands, `known` one that was given to this version before."""
    updated_at = received.article.updated_at
    if updated_at is not None:
        return Version(received, _milliseconds(updated_at))
    if received.article.withdrawn:
        return Version(received, max(_milliseconds(received.received_at), held, known))
    return Version(received, 0)


def _milliseconds(moment: datetime) -> int:
    return max(0, int(moment.timestamp() * 1000))
