"""The forms of settings that are more than a number: what is expected is said in plain words."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field
from pydantic_core import PydanticCustomError


class Section(BaseModel):
    """Base of every section: unknown names are an error, so that typos show."""

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)


Seconds = Annotated[float, Field(gt=0)]
Positive = Annotated[int, Field(gt=0)]
Port = Annotated[int, Field(ge=0, le=65535)]


def _expecting(expected: str, fits: Callable[[str], object]) -> AfterValidator:
    """Refuses a text that does not fit, with these words."""

    def check(text: str) -> str:
        if not fits(text):
            raise PydanticCustomError("form", "must be {expected}", {"expected": expected})
        return text

    return AfterValidator(check)


def _pattern(pattern: str) -> Callable[[str], object]:
    return re.compile(pattern, re.IGNORECASE).fullmatch


_HOST_PORT = _pattern(r"(\w+://)?(\[[0-9a-f:.]+\](:\d+)?|[^\s:/,\[\]]+(:\d+)?|[0-9a-f]*:[0-9a-f:.]*:[0-9a-f.]*)")
"""As kafka-python takes it: the last is an IPv6 address without a port, and PLAINTEXT:// before it is dropped."""


def _are_brokers(text: str) -> bool:
    return all(_HOST_PORT(each.strip()) for each in text.split(","))


Brokers = Annotated[str, _expecting("host:port, or several of them separated by commas", _are_brokers)]
_SHORT_NAME = _expecting("1 to 40 small letters, digits or hyphens", re.compile("[a-z0-9-]{1,40}").fullmatch)
Edition = Annotated[str, _SHORT_NAME]
SubscriptionName = Annotated[str, _SHORT_NAME]
Language = Annotated[
    str, _expecting("a code of two or three small letters, as in `en`", re.compile("[a-z]{2,3}").fullmatch)
]
RedisUrl = Annotated[
    str,
    _expecting(
        "redis://HOST:PORT/0, rediss:// for TLS or unix:// for a socket, as in redis://127.0.0.1:6379/0; "
        "what is special in a password is escaped (%2F for /, %40 for @, %3A for :)",
        _pattern(r"rediss?://([^/?#\s]*@)?(\[[0-9a-f:.]+\]|[^/?#@:\s\[\]]*)(:\d{1,5})?([/?]\S*)?|unix://\S+"),
    ),
]
HttpUrl = Annotated[
    str, _expecting("an address that begins with http:// or https://", _pattern(r"https?://[^/\s]+\S*"))
]
