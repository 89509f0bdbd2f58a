"""Makes web archives, and serves them in parts as Common Crawl's server does."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterable

from warcio.statusandheaders import StatusAndHeaders
from warcio.warcwriter import WARCWriter

from tests.unit.producers.feed_server import Reply, Request

TEXT = (
    "The council of {town} approved nine kilometres of cycle lanes on Tuesday, after a debate of four hours.",
    "Work starts in May, said councillor Ned Abbot, and ends before winter, if the weather is kind to builders.",
    "Shopkeepers on Mill Lane fear for their parking spaces, and want to hear from the mayor this month.",
    "The mayor said that she would listen to all of them, one by one, and that nothing was decided for ever.",
)


def news_page(
    town: str, head: str = '<meta property="article:published_time" content="2026-03-03T14:05:07+01:00">'
) -> bytes:
    paragraphs = "".join(f"<p>{each.format(town=town)}</p>" for each in TEXT)
    title = f"Cycle lanes for {town}"
    return (
        f"<html><head><title>{title}</title><meta property='og:title' content='{title}'>"
        f"<meta property='og:site_name' content='Example Times'>{head}</head>"
        f"<body><nav><a href='/'>Home</a></nav><article><h1>{title}</h1>{paragraphs}</article></body></html>"
    ).encode()


def address(town: str) -> str:
    return f"https://www.example.com/{town}"


Response = tuple[str, bytes, str, str]
"""Address, body, status and content type."""


def response(town: str, body: bytes | None = None, status: str = "200 OK", kind: str = "text/html") -> Response:
    return address(town), news_page(town) if body is None else body, status, kind


def warc(responses: Iterable[Response], packed: bool = True) -> bytes:
    file = io.BytesIO()
    writer = WARCWriter(file, gzip=packed)
    writer.write_record(writer.create_warcinfo_record("test.warc", {"software": "tests"}))
    for url, body, status, kind in responses:
        head = StatusAndHeaders(status, [("Content-Type", kind)], protocol="HTTP/1.1")
        ask = StatusAndHeaders("GET / HTTP/1.1", [("Host", "www.example.com")], is_http_request=True)
        answer = writer.create_warc_record(url, "response", payload=io.BytesIO(body), http_headers=head)
        writer.write_record(writer.create_warc_record(url, "request", http_headers=ask))
        writer.write_record(answer)
    return file.getvalue()


def in_parts(body: bytes) -> Callable[[Request], Reply]:
    """A server that sends what is asked for of the whole."""

    def reply(request: Request) -> Reply:
        if "range" not in request.headers:
            return Reply(body)
        begins = int(request.headers["range"].removeprefix("bytes=").removesuffix("-"))
        if begins >= len(body):
            return Reply(status=416)
        return Reply(body[begins:], 206, {"Content-Range": f"bytes {begins}-{len(body) - 1}/{len(body)}"})

    return reply
