"""What the columns of a report are: the sentences that stand below the fields of its data classes."""

from __future__ import annotations

import ast
import inspect
from dataclasses import fields, is_dataclass
from textwrap import dedent
from typing import Any, get_args, get_type_hints


def columns_of(report: type) -> dict[str, dict[str, str]]:
    """Field of the report that holds rows -> column -> what it is, where that is said; "" -> other fields."""
    hints = get_type_hints(report)
    rows = {each.name: get_args(hints[each.name])[:1] for each in fields(report)}
    tables = {name: _explained(kind[0]) for name, kind in rows.items() if kind and is_dataclass(kind[0])}
    return tables | {"": _said(report)}


def _explained(row: Any) -> dict[str, str]:
    """Of one row; what stands within a field is told as a column `recall of_exact`, as in the table."""
    said, hints = _said(row), get_type_hints(row)
    found: dict[str, str] = {}
    for each in fields(row):
        if each.name in said:
            found[each.name] = said[each.name]
        for inner in (hints[each.name], *get_args(hints[each.name])):
            if is_dataclass(inner):
                found |= {f"{each.name} {name}": text for name, text in _explained(inner).items()}
    return found


def _said(kind: Any) -> dict[str, str]:
    """Field -> the string that follows it in the source."""
    (definition,) = ast.parse(dedent(inspect.getsource(kind))).body
    assert isinstance(definition, ast.ClassDef)
    said: dict[str, str] = {}
    for line, following in zip(definition.body, definition.body[1:], strict=False):
        if (
            isinstance(line, ast.AnnAssign)
            and isinstance(line.target, ast.Name)
            and isinstance(following, ast.Expr)
        ):
            said[line.target.id] = " ".join(str(ast.literal_eval(following.value)).split())
    return said
