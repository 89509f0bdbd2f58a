"""Whether the Redis user may do what the writing roles do."""

from __future__ import annotations

from collections.abc import Iterator

from redis.exceptions import NoPermissionError

from pipeline.adapters.store.rights import Writer, refused
from pipeline.runtime.doctor.finding import Finding, ok, warning, wrong
from pipeline.runtime.doctor.reach import Reach

_SUBJECT = "redis rights"
_TODO = "see configs/redis/users.acl"


def check_rights(reach: Reach) -> Iterator[Finding]:
    """Whose work this user may do."""
    try:
        lacking = refused(reach.redis, reach.settings.redis)
    except NoPermissionError as error:
        yield warning(
            _SUBJECT, f"this user may only read: {error}", f"run this as the user of the clusterer too, {_TODO}"
        )
        return
    able = [writer.value for writer in Writer if not lacking[writer]]
    if able:
        yield ok(_SUBJECT, f"this user may run scripts, and do the work of {' and '.join(able)}")
    else:
        what = "; ".join(f"{writer}: {', '.join(commands)}" for writer, commands in lacking.items())
        yield wrong(_SUBJECT, f"this user may do no writer's work, it may not use: {what}", _TODO)


def check_rights_of(reach: Reach, writer: Writer) -> Iterator[Finding]:
    """What a role that writes tells when it starts."""
    try:
        lacking = refused(reach.redis, reach.settings.redis)[writer]
    except NoPermissionError as error:
        yield wrong(_SUBJECT, f"this user may run no scripts: {error}", _TODO)
        return
    if lacking:
        yield wrong(_SUBJECT, f"the {writer}'s user may not use {', '.join(lacking)}", _TODO)
