"""The HTTP producer: what it lets in, what it answers, and that 202 means Kafka has it."""

from __future__ import annotations

import json
import socket
import threading
import time
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from fastapi.testclient import TestClient

from pipeline.domain.records.parse import parse_article
from pipeline.runtime.listening import CanNotListenError
from pipeline.settings import HttpSettings, Settings
from producers.http import MissingTokenError, create_app, run_http
from tests.unit.producers.fakes import FakeSink

TOKEN = "correct horse battery staple"
AUTH = {"Authorization": f"Bearer {TOKEN}"}
ONE = {"title": "One", "url": "https://a.example/1"}
TWO = {"title": "Two", "url": "https://a.example/2"}
NDJSON = {"Content-Type": "application/x-ndjson"}
ID_OF_ONE = parse_article(json.dumps(ONE).encode()).article_id


@pytest.fixture
def sink() -> FakeSink:
    return FakeSink()


@pytest.fixture
def client(sink: FakeSink) -> Iterator[TestClient]:
    settings = HttpSettings(token=TOKEN, max_items=3, max_bytes=2_000)
    with TestClient(create_app(settings, sink, max_text_chars=100), headers=AUTH) as client:
        yield client


def statuses(response: Any) -> list[str]:
    return [each["status"] for each in response.json()["results"]]


def test_one_article_is_accepted_and_sent(client: TestClient, sink: FakeSink) -> None:
    response = client.post("/articles", json=ONE)
    assert response.status_code == 202
    assert response.json() == {
        "accepted": 1,
        "rejected": 0,
        "failed": 0,
        "results": [{"index": 0, "status": "accepted", "article_id": ID_OF_ONE}],
    }
    assert [article.url for article in sink.articles] == [ONE["url"]]


def test_an_array_gets_a_result_for_each_item_in_order(client: TestClient, sink: FakeSink) -> None:
    response = client.post("/articles", json=[ONE, {"text": "no title"}, TWO])
    assert response.status_code == 202
    assert statuses(response) == ["accepted", "rejected", "accepted"]
    assert response.json()["results"][1] == {"index": 1, "status": "rejected", "error": "title: missing"}
    assert [article.title for article in sink.articles] == ["One", "Two"]


def test_lines_are_items_and_a_broken_line_spoils_no_other(client: TestClient, sink: FakeSink) -> None:
    body = b"\n".join([json.dumps(ONE).encode(), b"", b"{broken", json.dumps(TWO).encode()])
    response = client.post("/articles", content=body, headers=NDJSON)
    assert response.status_code == 202
    assert statuses(response) == ["accepted", "rejected", "accepted"]
    assert response.json()["results"][1]["error"].startswith("not JSON")


def test_where_no_item_is_an_article_the_answer_is_422(client: TestClient, sink: FakeSink) -> None:
    response = client.post("/articles", json=[{"title": 1}, "text", None])
    assert response.status_code == 422
    assert [each["error"] for each in response.json()["results"]] == [
        "title: must be a string, not a number",
        "an article is a JSON object, not a string",
        "an article is a JSON object, not null",
    ]
    assert sink.records == []


def test_a_text_that_the_clusterer_would_refuse_is_rejected_here(client: TestClient) -> None:
    response = client.post("/articles", json={"title": "One", "text": "x" * 101})
    assert response.status_code == 422
    assert "longer than the 100 characters" in response.json()["results"][0]["error"]


def test_the_same_article_twice_in_a_request_is_sent_once(client: TestClient, sink: FakeSink) -> None:
    same = {**ONE, "url": "http://www.a.example/1?utm_source=x"}
    response = client.post("/articles", json=[ONE, same])
    assert statuses(response) == ["accepted", "accepted"]
    assert len({each["article_id"] for each in response.json()["results"]}) == 1
    assert len(sink.records) == 1


def test_each_version_of_an_article_in_a_request_is_sent(client: TestClient, sink: FakeSink) -> None:
    newer = {**ONE, "title": "One, corrected", "updated_at": "2025-08-15T12:00:00Z"}
    response = client.post("/articles", json=[newer, ONE, {**ONE, "withdrawn": True}])
    assert statuses(response) == ["accepted"] * 3
    assert [(each.title, each.withdrawn) for each in sink.articles] == [
        ("One, corrected", False),
        ("One", False),
        ("One", True),
    ]


def test_what_kafka_does_not_acknowledge_failed_and_is_to_be_sent_again(sink: FakeSink) -> None:
    sink.loses = lambda value: b"Two" in value
    with TestClient(create_app(HttpSettings(token=TOKEN), sink), headers=AUTH) as client:
        response = client.post("/articles", json=[ONE, TWO, {}])
        assert response.status_code == 503
        assert int(response.headers["Retry-After"]) > 0
        assert statuses(response) == ["accepted", "failed", "rejected"]
        assert "not acknowledged" in response.json()["results"][1]["error"]


def test_a_failed_delivery_shows_in_readyz_until_one_succeeds(sink: FakeSink) -> None:
    with TestClient(create_app(HttpSettings(token=TOKEN), sink), headers=AUTH) as client:
        assert client.get("/readyz").status_code == 200
        sink.refuses = lambda _value: True
        client.post("/articles", json=ONE)
        assert client.get("/readyz").status_code == 503
        assert "too large" in client.get("/readyz").json()["reason"]
        sink.refuses = lambda _value: False
        client.post("/articles", json=ONE)
        assert client.get("/readyz").status_code == 200


@pytest.mark.parametrize("token", [None, "", "  "])
def test_without_a_token_it_does_not_start(token: str | None) -> None:
    with pytest.raises(MissingTokenError, match="GROUNDSWELL_HTTP__TOKEN"):
        create_app(HttpSettings(token=token), FakeSink())


@pytest.mark.parametrize(
    ("authorization", "status"),
    [
        (None, 401),
        ("", 401),
        ("Bearer", 401),
        ("Bearer  ", 401),
        (f"Basic {TOKEN}", 401),
        ("Bearer wrong", 403),
        (f"Bearer {TOKEN}x", 403),
        (f"Bearer {TOKEN[:-1]}", 403),
        ("Bearer ÄÖÜ".encode("latin-1"), 403),
        (f"bearer {TOKEN}", 202),
    ],
)
def test_only_who_knows_the_token_gets_in(sink: FakeSink, authorization: str | bytes | None, status: int) -> None:
    with TestClient(create_app(HttpSettings(token=TOKEN), sink)) as client:
        headers: dict[str, Any] = {} if authorization is None else {"Authorization": authorization}
        response = client.post("/articles", json=ONE, headers=headers)
    assert response.status_code == status
    assert (response.headers.get("WWW-Authenticate") == "Bearer") == (status == 401)
    assert bool(sink.records) == (status == 202)


@pytest.mark.parametrize(
    "content_type", ["application/json", "application/json; charset=utf-8", "Application/JSON"]
)
def test_parameters_and_case_of_the_content_type_do_not_matter(client: TestClient, content_type: str) -> None:
    response = client.post("/articles", content=json.dumps(ONE), headers={"Content-Type": content_type})
    assert response.status_code == 202


@pytest.mark.parametrize(
    "headers",
    [
        {"Content-Type": "text/plain"},
        {"Content-Type": "application/x-www-form-urlencoded"},
        {"Content-Type": ""},
        {"Content-Type": "application/json", "Content-Encoding": "gzip"},
    ],
)
def test_other_content_types_and_encodings_are_refused(client: TestClient, headers: dict[str, str]) -> None:
    response = client.post("/articles", content=json.dumps(ONE), headers=headers)
    assert response.status_code == 415
    assert "content" in response.json()["detail"]


@pytest.mark.parametrize("body", [b"", b"{", b"NaN", b"[" * 100_000, b"\xff", b"[]", b'{"title":"\\ud800"}'])
def test_a_body_that_is_no_json_or_empty_is_a_bad_request(client: TestClient, body: bytes) -> None:
    response = client.post("/articles", content=body[:2_000], headers={"Content-Type": "application/json"})
    assert response.status_code == 400


def test_lines_without_an_item_are_a_bad_request(client: TestClient) -> None:
    assert client.post("/articles", content=b"\n \n", headers=NDJSON).status_code == 400


@pytest.mark.parametrize("kind", ["array", "lines"])
def test_too_many_items_are_refused_as_a_whole(client: TestClient, sink: FakeSink, kind: str) -> None:
    if kind == "array":
        response = client.post("/articles", json=[ONE] * 4)
    else:
        response = client.post("/articles", content=b'{"title":"x"}\n' * 4, headers=NDJSON)
    assert response.status_code == 413
    assert response.json()["detail"] == "4 articles in one request, at most 3 are taken"
    assert sink.records == []


def test_a_body_that_says_it_is_too_large_is_refused(client: TestClient) -> None:
    response = client.post("/articles", json={"title": "One", "text": "x" * 3_000})
    assert response.status_code == 413
    assert "larger than 2000 bytes" in response.json()["detail"]


def test_health_and_metrics_need_no_token(sink: FakeSink) -> None:
    with TestClient(create_app(HttpSettings(token=TOKEN), sink)) as client:
        assert client.get("/healthz").json()["status"] == "ok"
        assert client.get("/readyz").json() == {"status": "ready"}
        assert client.get("/metrics").status_code == 200


@pytest.mark.parametrize(
    ("path", "status"), [("/docs", 404), ("/redoc", 404), ("/docs/oauth2-redirect", 404), ("/openapi.json", 401)]
)
def test_a_stranger_is_told_nothing_of_the_interface(sink: FakeSink, path: str, status: int) -> None:
    with TestClient(create_app(HttpSettings(token=TOKEN), sink)) as client:
        assert client.get(path).status_code == status
        assert client.get("/openapi.json", headers={"Authorization": "Bearer wrong"}).status_code == 403


def test_a_token_that_used_up_its_minute_waits_and_is_told_how_long(sink: FakeSink) -> None:
    with TestClient(create_app(HttpSettings(token=TOKEN, rate_per_token=2), sink)) as client:
        for _ in range(5):  # strangers use up nobody's minute
            assert client.post("/articles", json=ONE).status_code == 401
        assert [client.post("/articles", json=ONE, headers=AUTH).status_code for _ in range(3)] == [202, 202, 429]
        refused = client.post("/articles", json=TWO, headers=AUTH)
        assert 1 <= int(refused.headers["Retry-After"]) <= 60
        assert "2 requests a minute" in refused.json()["detail"]
        assert 'groundswell_push_requests_total{status="429"} 2.0' in client.get("/metrics").text
    assert [article.title for article in sink.articles] == ["One", "One"]


def test_a_rate_of_0_bounds_nothing(sink: FakeSink) -> None:
    with TestClient(create_app(HttpSettings(token=TOKEN, rate_per_token=0), sink), headers=AUTH) as client:
        assert {client.post("/articles", json=ONE).status_code for _ in range(20)} == {202}


def test_metrics_count_items_by_outcome_and_requests_by_status(client: TestClient) -> None:
    client.post("/articles", json=[ONE, ONE, {}])
    client.post("/articles", content=b"{", headers={"Content-Type": "application/json"})
    lines = client.get("/metrics").text.splitlines()
    assert "groundswell_producer_items_in_total 3.0" in lines
    assert 'groundswell_producer_items_total{outcome="sent"} 1.0' in lines
    assert 'groundswell_producer_items_total{outcome="duplicate"} 1.0' in lines
    assert 'groundswell_producer_items_total{outcome="invalid"} 1.0' in lines
    assert 'groundswell_push_requests_total{status="202"} 1.0' in lines
    assert 'groundswell_push_requests_total{status="400"} 1.0' in lines
    assert "groundswell_push_requests_in_progress 0.0" in lines


def test_the_openapi_document_shows_bodies_answers_and_the_token(client: TestClient) -> None:
    document = client.get("/openapi.json").json()
    post = document["paths"]["/articles"]["post"]
    assert set(post["requestBody"]["content"]) == {"application/json", "application/x-ndjson"}
    assert set(post["responses"]) >= {"202", "400", "401", "403", "408", "413", "415", "422", "429", "503"}
    assert post["security"] == [{"bearer": []}]
    assert document["components"]["securitySchemes"]["bearer"]["scheme"] == "bearer"


def test_the_examples_of_the_openapi_document_are_accepted(sink: FakeSink) -> None:
    with TestClient(create_app(HttpSettings(token=TOKEN), sink), headers=AUTH) as client:
        content = client.get("/openapi.json").json()["paths"]["/articles"]["post"]["requestBody"]["content"]
        for example in content["application/json"]["examples"].values():
            assert client.post("/articles", json=example["value"]).status_code == 202
        lines = content["application/x-ndjson"]["example"]
        assert client.post("/articles", content=lines, headers=NDJSON).json()["accepted"] == 2


# On a real socket.


@pytest.fixture
def served(sink: FakeSink) -> Iterator[str]:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    settings = Settings(http=HttpSettings(port=port, token=TOKEN, max_bytes=1_000_000, body_timeout_s=0.5))
    stop = threading.Event()
    thread = threading.Thread(target=run_http, args=(settings, sink, stop))
    thread.start()
    _wait_for(port)
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        stop.set()
        thread.join(10)
    assert not thread.is_alive()


def _wait_for(port: int) -> None:
    for _ in range(100):
        try:
            if httpx.get(f"http://127.0.0.1:{port}/healthz").status_code == 200:
                return
        except httpx.HTTPError:
            pass
        time.sleep(0.05)
    raise AssertionError("the server did not come up")


def test_an_endless_body_is_refused_while_it_streams(served: str, sink: FakeSink) -> None:
    sent = 0

    def endless() -> Iterator[bytes]:
        nonlocal sent
        while sent < 200_000_000:
            sent += 65_536
            yield b"x" * 65_536

    try:
        response = httpx.post(
            f"{served}/articles", content=endless(), headers={**AUTH, "Content-Type": "application/json"}
        )
        assert response.status_code == 413
    except (httpx.WriteError, httpx.ReadError):
        pass  # the server hung up before we read its answer
    assert sent < 20_000_000
    assert sink.records == []


def test_a_wrong_token_is_refused_before_the_body_is_read(served: str) -> None:
    port = int(served.rpartition(":")[2])
    with socket.create_connection(("127.0.0.1", port), timeout=5) as connection:
        connection.sendall(
            b"POST /articles HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer no\r\n"
            b"Content-Type: application/json\r\nContent-Length: 500000\r\n\r\n"
        )
        assert connection.recv(100).startswith(b"HTTP/1.1 403")


def test_a_client_that_drips_is_told_when_its_time_is_over(served: str) -> None:
    port = int(served.rpartition(":")[2])
    with socket.create_connection(("127.0.0.1", port), timeout=5) as connection:
        connection.sendall(
            f"POST /articles HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {TOKEN}\r\n"
            "Content-Type: application/json\r\nContent-Length: 500\r\n\r\n{".encode()
        )
        assert connection.recv(100).startswith(b"HTTP/1.1 408")


def test_pushes_at_the_same_time_do_not_wait_for_each_other(served: str, sink: FakeSink) -> None:
    barrier = threading.Barrier(4, timeout=5)

    def all_together(_value: bytes) -> bool:
        barrier.wait()  # breaks, and so fails the delivery, unless four are inside at once
        return False

    sink.refuses = all_together
    answers: list[int] = []

    def post(number: int) -> None:
        article = {"title": str(number)}
        answers.append(httpx.post(f"{served}/articles", json=article, headers=AUTH).status_code)

    threads = [threading.Thread(target=post, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert answers == [202] * 4


def test_a_taken_port_is_an_error_and_not_the_end_of_the_process() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        settings = Settings(http=HttpSettings(port=taken.getsockname()[1], token=TOKEN))
        with pytest.raises(CanNotListenError, match="is taken"):
            run_http(settings, FakeSink(), threading.Event())
