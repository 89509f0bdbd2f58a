"""Who may use the API, and how often."""

from __future__ import annotations

import base64
from collections.abc import Sequence

from fastapi import Depends, HTTPException, Request
from fastapi.params import Depends as Dependency
from fastapi.security import HTTPBearer

from pipeline.runtime.door.door import client_of
from pipeline.runtime.door.rate import RequestRate
from pipeline.runtime.door.tokens import bearer_of, is_same
from pipeline.settings import BoardSettings

_NEEDED = {"WWW-Authenticate": 'Bearer, Basic realm="Groundswell"'}


class Access:
    """Lets in who brings a key, and others as far as the settings say."""

    def __init__(self, settings: BoardSettings) -> None:
        self._keys = [(each.key.encode(), RequestRate(each.per_minute)) for each in settings.api_keys]
        self._needs_key = settings.api_needs_key
        self._strangers = RequestRate(settings.api_rate_per_address)

    @property
    def dependencies(self) -> Sequence[Dependency]:
        """Of the routes. The document names the key where there is no answer without one."""
        return [Depends(self), *([Depends(HTTPBearer(auto_error=False))] if self._needs_key else [])]

    async def __call__(self, request: Request) -> None:
        """Raise 401 without a key that is needed, 403 with a wrong one, 429 where the minute is used up."""
        given = _key_of(request.headers.get("authorization"))
        if given is not None:
            self._count(self._rate_of(given), given, "with this key")
        elif self._needs_key:
            raise HTTPException(401, "a key is needed: Authorization: Bearer KEY", _NEEDED)
        elif request.client is not None:
            self._count(self._strangers, client_of(request.client.host).encode(), "from this address")

    def _rate_of(self, given: bytes) -> RequestRate:
        # All are compared, so that the time does not tell which key was near.
        found = [rate for key, rate in self._keys if is_same(given, key)]
        if not found:
            raise HTTPException(403, "the key is none of this board")
        return found[0]

    def _count(self, rate: RequestRate, name: bytes, whose: str) -> None:
        if wait_s := rate.wait_s(name):
            detail = f"more than {rate.per_minute} requests a minute {whose}; come again in {wait_s} s"
            raise HTTPException(429, detail, {"Retry-After": str(wait_s)})


def _key_of(authorization: str | None) -> bytes | None:
    """The key of a request: a bearer token, or the password of a feed reader, which knows nothing else."""
    scheme, _, given = (authorization or "").partition(" ")
    if scheme.lower() != "basic":
        return bearer_of(authorization)
    try:
        return base64.b64decode(given, validate=True).partition(b":")[2] or None
    except ValueError:  # binascii.Error is one; what is no ASCII is another
        return None
