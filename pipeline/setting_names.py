"""The names of all settings, and which one was meant by a name that is none.

A setting has two names: `redis.url` in the file, GROUNDSWELL_REDIS__URL in the environment.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from typing import get_origin

from pydantic import BaseModel

PREFIX = "GROUNDSWELL_"
NEAR = 0.6
"""How alike two names must be for one to be offered for the other; difflib's own measure and default."""
VERY_NEAR = 0.85
"""The same for variables that may not be ours at all (GROUNDSWELL_REDIS_PASSWORD is nobody's misspelling)."""

_SERVICE_LINK = re.compile(r"_SERVICE_(HOST|PORT(_\w+)?)$|_PORT_\d+_(TCP|UDP|SCTP)(_\w+)?$")
_SERVICE_ADDRESS = re.compile(r"(tcp|udp|sctp)://")


@dataclass(frozen=True)
class SettingName:
    """The name of a setting, or of a section of them."""

    dotted: str
    is_section: bool = False
    is_json: bool = False
    """Its variable holds JSON: a section, a table or a list."""

    @property
    def variable(self) -> str:
        """The environment variable that sets it."""
        return variable_of(self.dotted)


def variable_of(dotted: str) -> str:
    """The environment variable of a setting."""
    return PREFIX + dotted.replace(".", "__").upper()


def setting_names(model: type[BaseModel], above: str = "") -> Iterator[SettingName]:
    """All settings and sections of a class of settings."""
    for name, field in model.model_fields.items():
        kind, dotted = field.annotation, above + name
        if isinstance(kind, type) and issubclass(kind, BaseModel):
            yield SettingName(dotted, is_section=True, is_json=True)
            yield from setting_names(kind, f"{dotted}.")
        else:
            yield SettingName(dotted, is_json=get_origin(kind) in (dict, tuple, list))


def nearest(dotted: str, names: Iterable[SettingName]) -> SettingName | None:
    """The known name that is most like this one; None where none is near."""
    known = {each.dotted: each for each in names}
    return next((known[each] for each in get_close_matches(dotted.lower(), known, 1, NEAR)), None)


def misnamed_variables(
    environment: Mapping[str, str], names: Iterable[SettingName]
) -> Iterator[tuple[str, SettingName | None]]:
    """Variables that were meant as settings and are none, each with the setting that was meant, if that is clear.

    Two underscores make a name ours. With one it may be anything (GROUNDSWELL_CONFIG, or what Kubernetes sets for
    a service of our name): such a name must be very near to that of a setting.
    """
    known = tuple(names)
    tops = {each.dotted for each in known if "." not in each.dotted}
    flat = {each.dotted.replace(".", "_"): each for each in known if not each.is_section or "." in each.dotted}
    for variable, value in environment.items():
        name = variable.upper().removeprefix(PREFIX).lower()
        section, nested, _ = name.partition("__")
        if not variable.upper().startswith(PREFIX) or section in tops or _is_service_link(variable.upper(), value):
            continue
        if nested:
            yield variable, nearest(name.replace("__", "."), known)
        else:
            for meant in get_close_matches(name, flat, 1, VERY_NEAR):
                yield variable, flat[meant]


def _is_service_link(variable: str, value: str) -> bool:
    """Whether Kubernetes or Docker has set it for a service: GROUNDSWELL_BOARD_PORT=tcp://10.0.0.7:8080."""
    return bool(_SERVICE_LINK.search(variable) or _SERVICE_ADDRESS.match(value))
