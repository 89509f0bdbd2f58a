"""Which edition a record is handed to."""

from __future__ import annotations

from typing import Any

import pytest

from consumers.router.choice import Choice, NoEditionsError
from pipeline.json_codec import to_json
from pipeline.router_settings import RouterSettings

EDITIONS = {"articles.de": ("de",), "articles.west": ("en", "fra")}
GERMAN = "Der Bürgermeister hat am Freitag eine Untersuchung des eingestürzten Stegs angeordnet."


def choice(**changes: Any) -> Choice:
    settings = RouterSettings(**{"editions": EDITIONS, "default": "articles.west", **changes})
    return Choice(settings, "articles", 1_000)


def article(**fields: Any) -> bytes:
    return to_json({"url": "https://example.org/1", "title": "Pier falls", **fields})


@pytest.mark.parametrize(
    ("record", "topic"),
    [
        (article(language="de-AT"), "articles.de"),
        (article(language="fr"), "articles.west"),
        (article(title=GERMAN), "articles.de"),
        (article(language="ja"), "articles.west"),
        (article(title="Covid-19: live"), "articles.west"),
        (article(title=GERMAN, text="x" * 2_000), "articles.west"),
        (b"no JSON", "articles.west"),
        (None, "articles.west"),
    ],
    ids=["declared", "other code", "detected", "of no edition", "unknown", "invalid", "not JSON", "null"],
)
def test_a_record_goes_to_the_edition_of_its_language_and_all_else_to_the_default(
    record: bytes | None, topic: str
) -> None:
    assert choice().topics_of(record) == (topic,)


def test_a_withdrawal_goes_to_every_edition_since_only_one_of_them_knows_the_article() -> None:
    assert set(choice().topics_of(article(withdrawn=True))) == set(EDITIONS)


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"default": None}, "router.default"),
        ({"default": "articles.fr"}, "router.default"),
        ({"editions": {"articles.west": ("en",), "b": ("eng",)}}, "en belongs to"),
        ({"editions": {"articles.west": ("english",)}}, "no language code"),
        ({"editions": {"articles.west": ("en",), "articles": ("de",)}}, "which the router reads"),
    ],
)
def test_settings_that_leave_open_where_an_article_goes_are_refused(changes: dict[str, Any], told: str) -> None:
    with pytest.raises(NoEditionsError, match=told):
        choice(**changes)
