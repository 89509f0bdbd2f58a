"""Canonical URLs: two addresses of one article become one string, two articles never do."""

from __future__ import annotations

from base64 import urlsafe_b64encode

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from pipeline.domain.urls import canonical_url

STORY = "https://example.com/news/story-1"

HOSTS = st.sampled_from(
    [
        "example.com",
        "www.example.co.uk",
        "m.example.de",
        "amp.example.org",
        "www.m.com",
        "EXAMPLE.com:443",
        "user:secret@example.com:80",
        "example.com:8080",
        "www.google.com",
        "l.facebook.com",
        "news.google.com",
        "www-a-b.bing-amp.com",
        "münchen.example",
        "[::1]",
        "1.2.3.4",
        "www.www.com",
        "m.m.m",
    ]
)
SEGMENTS = st.sampled_from(
    [
        "amp",
        "a",
        "B",
        "story.amp",
        "x.amp.html",
        "",
        ".",
        "..",
        "c;jsessionid=1",
        "%7e",
        "новости",
        "s",
        "c",
        "index.php",
        "index.html",
        "url",
        "l.php",
        "articles",
        "CBMiAAA",
    ]
)
PARAMETERS = st.sampled_from(
    [
        "id=1",
        "id=2",
        "utm_source=x",
        "amp",
        "amp=1",
        "12345",
        "url=https%3A%2F%2Fwww.example.com%2Fa%3Fb%3D1",
        "u=http://m.example.com/a/amp",
        "ref=rss",
        "ref=5",
        "a=&amp;b=1",
        "q=a b",
        "",
        "x;y",
        "%",
    ]
)


@st.composite
def addresses(draw: st.DrawFn) -> str:
    scheme = draw(st.sampled_from(["http", "https", "HTTPS"]))
    path = "/".join(draw(st.lists(SEGMENTS, max_size=5)))
    query = "&".join(draw(st.lists(PARAMETERS, max_size=4)))
    fragment = draw(st.sampled_from(["", "#top", "#!/a/1", "#/", "#!"]))
    return f"{scheme}://{draw(HOSTS)}/{path}{'?' if query else ''}{query}{fragment}"


@pytest.mark.parametrize(
    "address",
    [
        "http://example.com/news/story-1",
        "https://www.example.com/news/story-1",
        "https://m.example.com/news/story-1",
        "https://mobile.example.com/news/story-1",
        "https://amp.example.com/news/story-1",
        "https://www.m.example.com/news/story-1",
        "https://m.www.m.example.com/news/story-1",
        "HTTPS://WWW.Example.COM/news/story-1",
        "https://example.com:443/news/story-1",
        "http://example.com:80/news/story-1",
        "https://example.com./news/story-1",
        "https://reader:secret@example.com/news/story-1",
        "https://example.com/news/story-1/",
        "https://example.com//news/./story-1",
        "https://example.com/news/%73tory-1",
        " https://example.com/news/story-1\n",
        "https://example.com/news/story-1#comments",
        "https://example.com/news/story-1?utm_source=rss&utm_medium=feed",
        "https://example.com/news/story-1?fbclid=abc&gclid=d",
        "https://example.com/news/story-1?at_medium=RSS&at_campaign=KARANGA",
        "https://example.com/news/story-1?xtor=RSS-1",
        "https://example.com/news/story-1?ref=rss",
        "https://example.com/news/story-1?mod=rss_headline",
        "https://example.com/news/story-1;jsessionid=12AB",
        "https://example.com/news/story-1/amp",
        "https://example.com/news/story-1/amp/",
        "https://example.com/amp/news/story-1",
        "https://example.com/news/story-1.amp",
        "https://example.com/news/story-1?amp",
        "https://example.com/news/story-1?amp=1",
        "https://example.com/news/story-1?outputType=amp",
        "https://mobil.example.com/news/story-1",
        "https://example.com/news/story-1/index.html",
        "https://example.com/news/story-1?dclid=1&epik=dj0&li_fat_id=7f&ref_src=twsrc%5Etfw&mibextid=xfxF2i",
        "https://example.com/news/story-1?PHPSESSID=ab12&rdt_cid=3&ScCid=4&_branch_match_id=5&elqTrackId=6",
        "https://www.google.com/amp/s/www.example.com/news/story-1",
        "https://www.google.co.uk/amp/s/www.example.com/news/story-1",
        "https://www.bing.com/amp/s/www.example.com/news/story-1",
        "https://www-example-com.bing-amp.com/c/s/www.example.com/news/story-1",
        "https://www-example-com.amp.cloudflare.com/c/s/www.example.com/news/story-1/amp",
        "https://www.google.com/url?rct=j&sa=t&url=https%3A%2F%2Fwww.example.com%2Fnews%2Fstory-1&ct=ga",
        "https://www.google.com/url?rct=j&amp;url=https://www.example.com/news/story-1&amp;ct=ga",
        "https://WWW.GOOGLE.de/url?q=https://www.example.com/news/story-1",
        "https://l.facebook.com/l.php?u=https%3A%2F%2Fexample.com%2Fnews%2Fstory-1%3Ffbclid%3DIwAR1&h=AT0x",
        "https://lm.facebook.com/l.php?u=https%3A%2F%2Fexample.com%2Fnews%2Fstory-1",
        "https://l.instagram.com/?u=https%3A%2F%2Fexample.com%2Fnews%2Fstory-1&e=1",
        "https://out.reddit.com/t3_1?url=https%3A%2F%2Fexample.com%2Fnews%2Fstory-1&token=1",
        "https://vk.com/away.php?to=https%3A%2F%2Fexample.com%2Fnews%2Fstory-1",
        "https://duckduckgo.com/l/?uddg=https%3A%2F%2Fexample.com%2Fnews%2Fstory-1",
        "https://www.google.com/url?url=https%3A%2F%2Fl.facebook.com%2Fl.php%3Fu%3D"
        "https%253A%252F%252Fexample.com%252Fnews%252Fstory-1",
        "https://news.google.com/rss/articles/CBMiIGh0dHBzOi8vZXhhbXBsZS5jb20vbmV3cy9zdG9yeS0x0gEA?oc=5",
        "https://www-example-com.cdn.ampproject.org/c/s/www.example.com/news/story-1",
        "https://www-example-com.cdn.ampproject.org/v/s/www.example.com/news/story-1/amp?amp_js_v=0.1&usqp=mq331",
    ],
)
def test_addresses_of_one_article_are_one_url(address: str) -> None:
    assert canonical_url(address) == STORY


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("https://example.com/index.php?12345", "https://example.com/index.php?12346"),
        ("https://example.com/news?cid=1", "https://example.com/news?cid=2"),
        ("https://example.com/news?uid=1", "https://example.com/news?uid=2"),
        ("https://example.com/news?eid=1", "https://example.com/news?eid=2"),
        ("https://example.com/news?ref=1001", "https://example.com/news?ref=1002"),
        ("https://example.com/news?source=a1", "https://example.com/news?source=a2"),
        ("https://example.com/news?gallery=1", "https://example.com/news?gallery=2"),
        ("https://example.com/a?id=1&id=2", "https://example.com/a?id=1"),
        ("https://example.com/a?q=x&b", "https://example.com/a?q=x"),
        ("https://example.com/Ab", "https://example.com/aB"),
        ("https://example.com/a%2Fb", "https://example.com/a/b"),
        ("https://example.com/a?q=1%262", "https://example.com/a?q=1&2"),
        ("https://example.com/#!/story/1", "https://example.com/#!/story/2"),
        ("https://example.com/#/story/1", "https://example.com/#/story/2"),
        ("https://example.com:8080/a", "https://example.com/a"),
        ("https://edition.example.com/a", "https://example.com/a"),
        ("https://m.com/a", "https://www.com/a"),
        ("https://example.com/amp", "https://example.com/"),
        ("https://example.com/amp/a", "https://example.com/a"),
        ("https://example.com/?url=https://a.example/1", "https://example.com/?url=https://a.example/2"),
        ("https://web.archive.org/web/2020/https://a.example/1", "https://a.example/1"),
        (
            "https://www.google.com/url?url=javascript:alert(1)",
            "https://www.google.com/url?url=javascript:alert(2)",
        ),
        ("https://www.google.com/url?url=https://a", "https://www.google.com/url?url=https://b"),
        ("https://www.google.com/search?q=https://a.example", "https://a.example"),
        ("https://news.google.com/rss/articles/CBMiAAA?oc=5", "https://news.google.com/rss/articles/CBMiBBB?oc=5"),
        ("https://news.google.com/topics/CAAq?hl=en", "https://news.google.com/topics/CAAr?hl=en"),
        ("https://example.com/news?sid=1", "https://example.com/news?sid=2"),
        ("https://example.com/news?pid=1", "https://example.com/news?pid=2"),
        ("https://example.com/index.php", "https://example.com/"),
        ("https://example.com/a/nonindex.html", "https://example.com/a/non"),
        ("https://example.com/a{1}", "https://example.com/a{2}"),
        ("https://example.com/a<b>c", "https://example.com/a<b>d"),
    ],
)
def test_two_articles_never_share_a_url(one: str, other: str) -> None:
    assert canonical_url(one) != canonical_url(other)


def test_a_link_of_google_news_that_tells_no_address_is_one_however_it_is_fetched() -> None:
    ways = (
        "https://news.google.com/rss/articles/CBMiAAA?oc=5",
        "https://news.google.com/articles/CBMiAAA?hl=en-US&gl=US&ceid=US:en",
        "https://news.google.com/read/CBMiAAA?hl=de",
        "https://news.google.com/__i/rss/rd/articles/CBMiAAA?oc=5",
    )
    assert {canonical_url(way) for way in ways} == {"https://news.google.com/articles/CBMiAAA"}


@given(st.binary(max_size=300))
def test_no_link_of_google_news_raises_whatever_it_holds(data: bytes) -> None:
    token = urlsafe_b64encode(b"\x08\x13\x22" + data).decode()
    once = canonical_url(f"https://news.google.com/rss/articles/{token}")
    assert canonical_url(once) == once


def test_the_order_of_parameters_does_not_matter() -> None:
    assert canonical_url("https://example.com/a?b=2&a=1") == canonical_url("https://example.com/a?a=1&b=2")


def test_a_parameter_escaped_for_html_is_the_same_parameter() -> None:
    assert canonical_url("https://example.com/a?b=2&amp;a=1") == canonical_url("https://example.com/a?a=1&b=2")


def test_letters_and_their_percent_encoding_are_the_same_path() -> None:
    assert canonical_url("https://example.com/новость") == canonical_url(
        "https://example.com/%d0%BD%D0%BE%D0%B2%D0%BE%D1%81%D1%82%D1%8C"
    )


@pytest.mark.parametrize(
    ("short", "canonical"),
    [
        ("https://m.com/a/b", "https://m.com/a/b"),
        ("https://www.m.com/a/b", "https://m.com/a/b"),
        ("https://amp.dev/a/b", "https://amp.dev/a/b"),
        ("https://www.co.uk/a", "https://www.co.uk/a"),
        ("https://www.times.example/a", "https://times.example/a"),
        ("https://www.intranet/a", "https://www.intranet/a"),
    ],
)
def test_a_domain_that_is_called_like_a_variant_keeps_its_name(short: str, canonical: str) -> None:
    assert canonical_url(short) == canonical


@pytest.mark.parametrize(
    "text",
    ["", "no url", "mailto:a@example.com", "javascript:alert(1)", "http://", "http://[bad/a", "urn:uuid:1"],
)
def test_what_is_no_web_address_comes_back_stripped(text: str) -> None:
    assert canonical_url(f" {text}\n") == text


@given(addresses())
@example("https://www-a-com.cdn.ampproject.org/c/s/www.google.com/amp/s/example.com/a/amp")
@example("http://example.com:443/a/b/amp/amp/?&amp;amp;x=1")
def test_canonical_is_idempotent(address: str) -> None:
    once = canonical_url(address)
    assert canonical_url(once) == once


@given(st.text(), st.sampled_from(["", "http://", "https://example.com/", "https://example.com/?", "http:// "]))
def test_no_text_raises_and_all_is_idempotent(text: str, prefix: str) -> None:
    once = canonical_url(prefix + text)
    assert canonical_url(once) == once


@given(st.lists(st.text("abc1", min_size=1), max_size=3), st.lists(st.text("abc1", min_size=1), max_size=3))
def test_queries_without_known_trackers_stay_apart(one: list[str], other: list[str]) -> None:
    urls = {canonical_url(f"https://example.com/a?{'&'.join(query)}") for query in (one, other)}
    assert (len(urls) == 1) == (sorted(one) == sorted(other))
