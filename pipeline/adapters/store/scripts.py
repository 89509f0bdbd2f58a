"""Loads the Lua scripts that stand beside this file."""

from __future__ import annotations

from importlib.resources import files

from redis import Redis
from redis.commands.core import Script


def load_script(redis: Redis, name: str) -> Script:
    """The script `name`.lua, sent by hash once the server knows it."""
    return redis.register_script((files(__package__) / f"{name}.lua").read_text("utf-8"))
