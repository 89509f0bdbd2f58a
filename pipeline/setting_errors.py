"""What is wrong with settings, in plain words: one line for each, with its place, what was seen and expected."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from pydantic import ValidationError

from pipeline.mendable import MendableError
from pipeline.setting_names import SettingName, misnamed_variables, nearest, variable_of

_SECRETS = frozenset({"token", "api_key", "key", "secret", "url", "client"})
"""Settings whose value may hold a password: never shown in an error."""

_KINDS: dict[type, str] = {str: "text", dict: "a table", list: "a list"}

_WORDS = {
    "int_parsing": "must be a whole number",
    "int_type": "must be a whole number",
    "int_from_float": "must be a whole number",
    "float_parsing": "must be a number",
    "float_type": "must be a number",
    "bool_parsing": "must be true or false",
    "bool_type": "must be true or false",
    "string_type": "must be text",
    "path_type": "must be a path",
    "greater_than": "must be more than {gt:g}",
    "greater_than_equal": "must be at least {ge:g}",
    "less_than_equal": "must be at most {le:g}",
    "literal_error": "must be {expected}",
    "enum": "must be {expected}",
    "model_type": "must be a section of settings",
    "model_attributes_type": "must be a section of settings",
    "dict_type": "must be a table",
    "tuple_type": "must be a list",
    "ip_any_network": "must be a network, as in 10.20.0.0/16",
}
"""pydantic's kinds of errors; others are told in its own words."""


class SettingsError(MendableError):
    """The settings can't be used; the message lists every bad value and where it stands."""

    @classmethod
    def of(cls, lines: Iterable[str]) -> SettingsError:
        """One line for each thing that is wrong."""
        return cls("\n".join(["settings can't be used:", *(f"  {line}" for line in lines)]))


def explain(error: ValidationError, names: Sequence[SettingName], environment: Mapping[str, str]) -> SettingsError:
    """The errors of a validation."""
    return SettingsError.of(_line(each, names, environment) for each in error.errors())


def explain_variables(names: Sequence[SettingName], environment: Mapping[str, str]) -> list[str]:
    """Variables that were meant as settings and are none."""
    return [
        f"{variable}: there is no such setting" + (f"; did you mean {meant.variable}?" if meant else _LISTED)
        for variable, meant in misnamed_variables(environment, names)
    ]


def explain_json(names: Sequence[SettingName], environment: Mapping[str, str]) -> list[str]:
    """Variables that should hold JSON and do not; their values may be secrets."""
    lines = []
    for variable, value in environment.items():
        if any(each.variable == variable.upper() and each.is_json for each in names):
            try:
                json.loads(value)
            except ValueError as error:
                lines.append(f"{variable}: must be JSON: {error}")
    return lines


_LISTED = "; configs/groundswell.yaml has all that there are"


def _line(error: Any, names: Sequence[SettingName], environment: Mapping[str, str]) -> str:
    """One of pydantic's errors."""
    dotted = ".".join(str(part) for part in error["loc"])
    variables = {name.upper() for name in environment}
    from_variable = variable_of(dotted) in variables
    # What is in an unknown section came by variables whose names begin with that of the section.
    inside = next((each for each in sorted(variables) if each.startswith(f"{variable_of(dotted)}__")), None)
    variable = variable_of(dotted) if from_variable else inside if error["type"] == "extra_forbidden" else None
    place = f"{dotted} ({variable})" if variable else dotted
    return f"{place}: {_told(error, dotted, names, from_variable)} (got {_seen(error)})"


def _seen(error: Any) -> str:
    """What was given, unless it may be a secret: so may any text under a name that we don't know."""
    given = error["input"]
    if _SECRETS & set(error["loc"]):
        return "a secret"
    if error["type"] == "extra_forbidden" and given and not isinstance(given, bool | int | float):
        return _KINDS.get(type(given), f"a {type(given).__name__}")
    return repr(given)


def _told(error: Any, dotted: str, names: Sequence[SettingName], from_variable: bool) -> str:
    if error["type"] != "extra_forbidden":
        words = _WORDS.get(error["type"])
        return words.format(**error.get("ctx", {})) if words else str(error["msg"])
    meant = nearest(dotted, names)
    if meant is None:
        return f"there is no such setting{_LISTED}"
    return f"there is no such setting; did you mean {meant.variable if from_variable else meant.dotted}?"
