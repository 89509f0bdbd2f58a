"""What each member of an enumeration means: the sentence below it in the source."""

from __future__ import annotations

import ast
import inspect
import textwrap
from enum import StrEnum
from itertools import pairwise


def member_sentences(enumeration: type[StrEnum]) -> dict[str, str]:
    """Value -> sentence, for the members that have one.

    Python keeps no docstring of a member, so the source is read, as pydantic does for attributes.
    """
    (definition,) = ast.parse(textwrap.dedent(inspect.getsource(enumeration))).body
    assert isinstance(definition, ast.ClassDef)
    return {
        enumeration[name].value: sentence
        for before, after in pairwise(definition.body)
        if (name := _assigned(before)) and (sentence := _sentence(after))
    }


def _assigned(statement: ast.stmt) -> str | None:
    """`NAME` of `NAME = value`."""
    match statement:
        case ast.Assign(targets=[ast.Name(id=name)]):
            return name
    return None


def _sentence(statement: ast.stmt) -> str | None:
    match statement:
        case ast.Expr(value=ast.Constant(value=str(text))):
            return inspect.cleandoc(text)
    return None
