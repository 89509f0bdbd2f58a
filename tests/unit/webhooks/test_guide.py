"""The check of a signature that the guide shows is the right one."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from consumers.webhooks.signing import Signer
from tests.unit.webhooks.desk import SECRET, subscription

GUIDE = Path(__file__).parents[3] / "docs" / "webhooks.md"
BODY = '{"type":"story.updated","data":"ü"}'.encode()


@pytest.fixture
def is_genuine() -> Any:
    (code,) = re.findall(r"(?ms)^```python\n(.*?)^```", GUIDE.read_text("utf-8"))
    namespace: dict[str, Any] = {}
    exec(code, namespace)
    return namespace["is_genuine"]


def signed(at: datetime) -> dict[str, str]:
    return Signer(subscription()).headers("st-1.3", at, BODY)


def test_the_check_of_the_guide_takes_what_we_send(is_genuine: Any) -> None:
    assert is_genuine(SECRET, signed(datetime.now(UTC)), BODY)


def test_it_refuses_what_was_changed_is_old_or_comes_from_somebody_else(is_genuine: Any) -> None:
    now = datetime.now(UTC)
    assert not is_genuine(SECRET, signed(now), BODY + b" ")
    assert not is_genuine(SECRET, signed(now) | {"webhook-id": "st-1.4"}, BODY)
    assert not is_genuine(SECRET, signed(now - timedelta(minutes=6)), BODY)
    assert not is_genuine("whsec_" + "A" * 32, signed(now), BODY)
