"""The bearer token."""

from __future__ import annotations

from fastapi import HTTPException

from pipeline.mendable import MendableError
from pipeline.runtime.door.tokens import bearer_of, is_same
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
        given = bearer_of(authorization)
        if given is None:
            raise HTTPException(
                401,
                "a bearer token is needed: Authorization: Bearer TOKEN",
                {"WWW-Authenticate": "Bearer", **CLOSE},
            )
        if not is_same(given, self._token):
            raise HTTPException(403, "the bearer token is not the one of this server", CLOSE)
        return self._token
