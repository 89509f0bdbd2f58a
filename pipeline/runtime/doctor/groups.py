"""Who shares the work: the clusterers' group, and those of subscribers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from kafka.errors import CoordinatorNotAvailableError

from pipeline.runtime.doctor.finding import Finding, counted, ok, warning
from pipeline.runtime.doctor.reach import Reach

MOST_GROUPS = 50
"""Of others that are asked about."""
MOST_MEMBERS = 5
"""That are named."""


def check_groups(reach: Reach) -> Iterator[Finding]:
    """The group of the clusterers, and those who read the stories."""
    kafka = reach.settings.kafka
    yield _clusterers(kafka.group, _described(reach, [kafka.group]).get(kafka.group, {}), kafka.topics.articles)
    others = sorted({each["group_id"] for each in reach.admin.list_groups()} - {kafka.group})[:MOST_GROUPS]
    for name, group in _described(reach, others).items():
        readers = [each for each in group["members"] if kafka.topics.stories in _topics(each)]
        if readers:
            yield ok(f"group {name}", f"reads {kafka.topics.stories}: {_named(readers)}")


def _described(reach: Reach, names: list[str]) -> dict[str, dict[str, Any]]:
    try:
        return dict(reach.admin.describe_groups(names)) if names else {}
    except CoordinatorNotAvailableError:  # before the first group of a new cluster
        return {}


def _clusterers(name: str, group: Mapping[str, Any], articles: str) -> Finding:
    subject, members = f"group {name}", group.get("members", ())
    if not members:
        return warning(subject, "nobody is in it: no articles are read", "start `groundswell consume clusterer`")
    state = group["group_state"]
    said = f"{state}: {_named(members)}"
    if any(_topics(each) and articles not in _topics(each) for each in members):
        return warning(
            subject, f"some members read other topics than {articles}; {said}", "give each edition a kafka.group"
        )
    if state != "Stable":
        return warning(subject, said, "it settles by itself; look again in some seconds")
    idle = sum(not _assigned(each) for each in members)
    return ok(subject, f"{said}{f'; {idle} without work, there are more members than partitions' if idle else ''}")


def _named(members: Any) -> str:
    named = [
        f"{each['client_host'].strip('/')} ({counted(_assigned(each), 'partition')})"
        for each in members[:MOST_MEMBERS]
    ]
    more = len(members) - len(named)
    return f"{counted(len(members), 'member')}, {', '.join(named)}{f' and {more} more' if more else ''}"


def _topics(member: Mapping[str, Any]) -> list[str]:
    metadata = member["member_metadata"]
    return list(metadata.get("topics", ())) if isinstance(metadata, Mapping) else []


def _assigned(member: Mapping[str, Any]) -> int:
    assignment = member["member_assignment"]
    if not isinstance(assignment, Mapping):
        return 0
    return sum(len(each["partitions"]) for each in assignment.get("assigned_partitions", ()))
