"""One try over a real socket: what is sent, and what each answer means."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from ipaddress import ip_network
from pathlib import Path

import pytest
from standardwebhooks import Webhook, WebhookVerificationError

from consumers.webhooks.dead_letters import DeadLetters
from consumers.webhooks.event import Event
from consumers.webhooks.receiver import Answer, Fate, Receiver
from consumers.webhooks.signing import BadSecretError, Signer
from consumers.webhooks.waiting_room import Waiting
from pipeline.testing.articles import START
from tests.support.hook import Hook, running
from tests.unit.webhooks.desk import SECRET, revision, subscription

LOOPBACK = ip_network("127.0.0.0/8")


@pytest.fixture
def hook() -> Iterator[Hook]:
    with running(Hook()) as server:
        yield server


def event() -> Event:
    record = revision("st-1", 3)
    return Event.of(record, record.model_dump_json().encode())


def try_once(url: str, allowed: bool = True, timeout_s: float = 5.0) -> Answer:
    async def once() -> Answer:
        receiver = Receiver(subscription(url=url), timeout_s, [LOOPBACK] if allowed else [])
        try:
            return await receiver.send(event())
        finally:
            await receiver.close()

    return asyncio.run(once())


def test_what_is_sent_verifies_by_their_library_and_names_story_and_revision(hook: Hook) -> None:
    assert try_once(hook.url) == Answer(Fate.DELIVERED)
    headers, body = hook.got[0]
    told = Webhook(SECRET).verify(body, headers)
    assert told["type"] == "story.updated"
    assert (told["data"]["story_id"], told["data"]["revision"]) == ("st-1", 3)
    assert headers["webhook-id"] == "st-1.3"
    assert headers["Content-Type"] == "application/json"
    with pytest.raises(WebhookVerificationError):
        Webhook(SECRET).verify(body + b" ", headers)


def test_the_signature_is_that_of_the_specification() -> None:
    """Their own example: https://github.com/standard-webhooks/standard-webhooks, in the tests of each library."""
    signer = Signer(subscription(secret="whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"))
    at = START.fromtimestamp(1614265330, START.tzinfo)
    signed = signer.headers("msg_p5jXN8AQM9LWM0D4loKWxJek", at, b'{"test": 2432232314}')
    assert signed["webhook-signature"] == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


@pytest.mark.parametrize("secret", ["secret", "whsec_c2hvcnQ=", "whsec_###", "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"])
def test_a_secret_that_can_not_sign_is_told_and_not_shown(secret: str) -> None:
    with pytest.raises(BadSecretError, match="openssl rand") as told:
        Signer(subscription(secret=secret))
    assert secret not in str(told.value).replace("whsec_", "", 2) or secret == "secret"


@pytest.mark.parametrize(
    ("status", "fate"),
    [
        (204, Fate.DELIVERED),
        (302, Fate.REFUSED),
        (400, Fate.REFUSED),
        (410, Fate.REFUSED),
        (408, Fate.AWAY),
        (429, Fate.AWAY),
        (500, Fate.AWAY),
        (503, Fate.AWAY),
    ],
)
def test_an_answer_is_about_the_event_or_about_the_receiver(hook: Hook, status: int, fate: Fate) -> None:
    hook.status = status
    assert try_once(hook.url).fate is fate


def test_a_redirect_is_not_followed(hook: Hook) -> None:
    hook.status, hook.location = 307, hook.url
    assert "redirects are not followed" in try_once(hook.url).reason
    assert len(hook.got) == 1


def test_an_inner_address_is_not_connected_to_unless_it_is_allowed(hook: Hook) -> None:
    answer = try_once(hook.url, allowed=False)
    assert answer.fate is Fate.AWAY
    assert "webhooks.allow_addresses permits exceptions" in answer.reason
    assert hook.got == []


def test_nobody_who_listens_and_one_who_is_silent_are_away() -> None:
    with Hook() as silent:  # takes connections, and answers none
        assert try_once(silent.url, timeout_s=0.2).reason == "no answer within 0.2 s"
    assert try_once(silent.url).fate is Fate.AWAY


def test_a_dead_letter_says_where_the_record_is(tmp_path: Path) -> None:
    from kafka import TopicPartition

    letters = DeadLetters(tmp_path / "deep" / "dead.jsonl")
    for _ in range(2):
        letters.write("desk", Waiting(event(), TopicPartition("stories", 4), 7, 0.0, tries=9, reason="HTTP 400"))
    lines = [json.loads(line) for line in letters.path.read_text("utf-8").splitlines()]
    assert len(lines) == 2
    assert lines[0]["webhook_id"] == "st-1.3"
    assert (lines[0]["partition"], lines[0]["offset"], lines[0]["reason"]) == (4, 7, "HTTP 400")
