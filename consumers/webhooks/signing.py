"""Signs what is sent, as Standard Webhooks 1.0.0 has it, so that any library of theirs verifies it."""

from __future__ import annotations

import base64
import binascii
from datetime import UTC, datetime

from standardwebhooks import Webhook

from pipeline.mendable import MendableError
from pipeline.webhook_settings import Subscription

PREFIX = "whsec_"


class BadSecretError(MendableError):
    """A secret that can't sign."""


class Signer:
    """Signs with the secret of a subscription. Raises BadSecretError where that is too short, or no base64."""

    def __init__(self, subscription: Subscription) -> None:
        secret = subscription.secret
        try:
            key = base64.b64decode(secret.removeprefix(PREFIX), validate=True)
        except binascii.Error:
            key = b""
        if not secret.startswith(PREFIX) or not 24 <= len(key) <= 64:
            raise BadSecretError(
                f"webhooks: the secret of subscription {subscription.name} must be {PREFIX} and 24 to 64 random "
                f"bytes in base64; make one with: echo {PREFIX}$(openssl rand -base64 32)"
            )
        self._webhook = Webhook(key)

    def headers(self, webhook_id: str, now: datetime, body: bytes) -> dict[str, str]:
        """The three headers of a delivery."""
        now = now.astimezone(UTC)
        return {
            "webhook-id": webhook_id,
            "webhook-timestamp": str(int(now.timestamp())),
            "webhook-signature": self._webhook.sign(webhook_id, now, body.decode("utf-8")),
        }
