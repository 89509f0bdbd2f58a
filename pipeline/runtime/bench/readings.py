"""What a role tells of itself at /metrics, as figures that can be subtracted."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field

import httpx
from prometheus_client.parser import text_string_to_metric_families

BATCH_SECONDS = "groundswell_batch_seconds"
REFUSED = "groundswell_commit_refused_total"
PROCESSOR = "process_cpu_seconds_total"


Series = tuple[str, tuple[tuple[str, str], ...]]
"""Name and labels."""


@dataclass(frozen=True)
class Readings:
    """One look at a role, the difference of two, or the sum over several roles."""

    values: Mapping[Series, float] = field(default_factory=dict)

    def __sub__(self, earlier: Readings) -> Readings:
        return Readings({series: value - earlier.values.get(series, 0.0) for series, value in self.values.items()})

    def __add__(self, other: Readings) -> Readings:
        every = {**self.values, **other.values}
        return Readings({each: self.values.get(each, 0.0) + other.values.get(each, 0.0) for each in every})

    def by(self, name: str, label: str) -> dict[str, float]:
        """Value of the label -> value of the series of this name; more labels are summed over."""
        found: dict[str, float] = defaultdict(float)
        for (series, labels), value in self.values.items():
            if series == name and label in dict(labels):
                found[dict(labels)[label]] += value
        return dict(found)

    def total(self, name: str) -> float:
        """Over all labels; 0 where there is no such series."""
        return sum(value for (series, _), value in self.values.items() if series == name)


def read_metrics(url: str) -> Readings:
    """Those of the role at this address, now."""
    return parsed(httpx.get(f"{url}/metrics", timeout=10).raise_for_status().text)


def parsed(text: str) -> Readings:
    """Of the text that is served."""
    families = text_string_to_metric_families(text)
    samples = (each for family in families for each in family.samples)
    return Readings({(each.name, tuple(sorted(each.labels.items()))): each.value for each in samples})


def stage_shares(readings: Readings, seconds: float) -> dict[str, float]:
    """Share of the time that each stage of a batch took; stages that run at a time, or within another, add to more
    than 1."""
    spent = readings.by(f"{BATCH_SECONDS}_sum", "stage")
    return {stage: round(each / seconds, 4) for stage, each in sorted(spent.items())}


def stale_share(readings: Readings) -> float:
    """Share of the decision rounds whose commit came too late, so that they were decided again."""
    rounds = readings.by(f"{BATCH_SECONDS}_count", "stage").get("commit", 0.0)
    return round(readings.by(REFUSED, "reason").get("stale", 0.0) / max(1.0, rounds), 4)
