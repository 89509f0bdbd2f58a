"""The bearer token."""

from __future__ import annotations

import hmac

from fastapi import HTTPException

from pipeline.mendable import MendableError
from producers.http.body import CLOSE


class MissingTokenError(MendableError):
    """No token is set: anybody could push articles."""

    def __init__(self) -> None:
        super().__init__(
            "http.token is not set, so anybody could push articles; "
            "set GROUNDSWELL_HTTP__TOKEN (or http.token in the settings file) to a long random string"
        )


class BearerToken:
    """Lets in who knows the token. Raises MissingTokenError where there is none."""

    def __init__(self, token: str | None) -> None:
        if not token or not token.strip():
            raise MissingTokenError
        self._token = token.strip().encode()

    def check(self, authorization: str | None) -> bytes:
        """The token that let in. Raises 401 where no bearer token came, 403 where it is another one."""
        scheme, _, given = (authorization or "").partition(" ")
        if scheme.lower() != "bearer" or not given.strip():
            raise HTTPException(
                401,
                "a bearer token is needed: Authorization: Bearer TOKEN",
                {"WWW-Authenticate": "Bearer", **CLOSE},
            )
        # In constant time: the time of the answer must not tell how many letters were right.
        if not hmac.compare_digest(given.strip().encode("utf-8", "surrogatepass"), self._token):
            raise HTTPException(403, "the bearer token is not the one of this server", CLOSE)
        return self._token
