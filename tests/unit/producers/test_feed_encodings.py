"""Feeds with characters that don't exist, or with something before their beginning."""

from __future__ import annotations

import codecs
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.domain.records.article import Article
from producers.feeds.articles import feed_articles, read_feed
from producers.feeds.characters import decode_document
from producers.feeds.opml import FeedSource

URL = "https://www.example.com/feed"


def articles(body: str | bytes) -> list[Article]:
    document = body if isinstance(body, bytes) else body.encode()
    feed = read_feed(document, URL, "application/xml")
    return list(feed_articles(feed, FeedSource(URL, None), URL, datetime(2025, 8, 15, tzinfo=UTC)).articles)


def rss(*titles: str, rest: str = "", encoding: str = "utf-8") -> str:
    items = "".join(f"<item><title>{title}</title>{rest}</item>" for title in titles)
    declaration = f'<?xml version="1.0" encoding="{encoding}"?>'
    return f'{declaration}<rss version="2.0"><channel><title>Example</title>{items}</channel></rss>'


def json_feed(*titles: str, rest: str = "") -> str:
    items = ",".join(f'{{"title": "{title}"{rest}}}' for title in titles)
    return f'{{"version": "https://jsonfeed.org/version/1.1", "title": "Example", "items": [{items}]}}'


@pytest.mark.parametrize(
    "pair",
    [
        "&#xD83C;&#xDF89;",
        "&#xd83c;&#57225;",
        "&#55356;&#57225;",
        "&amp;#xD83C;&amp;#xDF89;",
        "&amp;amp;#55356;&amp;amp;#57225;",
    ],
)
def test_two_numeric_surrogates_are_one_character(pair: str) -> None:
    assert [each.title for each in articles(rss(f"Party {pair} tonight"))] == ["Party 🎉 tonight"]


BAD = [
    "&#xD83C;",
    "&#xDF89;",
    "&#55356;",
    "&#x110000;",
    "&#99999999999;",
    "&#" + "9" * 5_000 + ";",
    "&#0;",
    "&#xD83C",
]


@pytest.mark.parametrize("bad", BAD, ids=lambda bad: bad[:12])
def test_a_number_that_is_no_character_costs_nothing_else(bad: str) -> None:
    titles = [each.title for each in articles(rss("Good one", f"Bad {bad} one", "Third one"))]
    assert titles == ["Good one", "Bad \ufffd one", "Third one"]


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be"])
def test_also_in_utf_16(encoding: str) -> None:
    body = ("\ufeff" + rss("Good one", "Bad &#x110000; one", encoding="utf-16")).encode(encoding)
    assert [each.title for each in articles(body)] == ["Good one", "Bad \ufffd one"]


def test_texts_and_links_are_mended_too() -> None:
    rest = (
        "<link>https://www.example.com/a&#xD83C;</link><description>At &#xD83C;&#xDF89; ten &#xDF89;</description>"
    )
    (article,) = articles(rss("Party", rest=rest))
    assert article.text == "At 🎉 ten \ufffd"
    assert article.url is not None
    assert article.url.startswith("https://www.example.com/a")


def test_references_to_characters_stay() -> None:
    title = "A &#x41; &#38;amp; &#00066; &#x1F389; &amp;# &#x10FFFD;"
    assert [each.title for each in articles(rss(title))] == ["A A & B 🎉 &# \U0010fffd"]


@pytest.mark.parametrize("title", ["AT&T buys", "Fish & chips", "R&D", "Ways&Means; x", "&", "a?b=1&c=2&copy=3"])
def test_a_bare_ampersand_stands_for_itself(title: str) -> None:
    link = "<link>https://www.example.com/a?b=1&copy=2&c=%s</link>"
    plain, wrapped = articles(rss(title, rest=link % 1)), articles(rss(f"<![CDATA[{title}]]>", rest=link % 2))
    assert [each.title for each in plain] == [each.title for each in wrapped]
    assert (plain[0].title == title) == ("copy" not in title)  # as browsers read it in HTML
    assert plain[0].url == "https://www.example.com/a?b=1&copy=2&c=1"


def test_an_ampersand_in_a_wrapped_link_stays_alone() -> None:
    link = "<link><![CDATA[https://www.example.com/?a=1&b=2]]></link><description>Fish & chips</description>"
    (article,) = articles(rss("Q&A", rest=link))
    assert (article.title, article.url) == ("Q&A", "https://www.example.com/?a=1&b=2")


def test_sections_that_never_end_take_no_longer_than_others() -> None:
    articles(rss("<![CDATA[" * 200_000))


@pytest.mark.parametrize("before", ["\n", " \r\n\n"])
def test_a_blank_line_does_not_hide_the_declared_encoding(before: str) -> None:
    body = (before + rss("Мэр открыл мост", encoding="windows-1251")).encode("windows-1251")
    assert [each.title for each in articles(body)] == ["Мэр открыл мост"]


@pytest.mark.parametrize("before", [b"\xef\xbb\xbf\n", b"\n\xef\xbb\xbf", codecs.BOM_UTF8 * 2])
def test_byte_order_marks_and_blank_lines_may_come_first(before: bytes) -> None:
    assert [each.title for each in articles(before + rss("Café “naïve”").encode())] == ["Café “naïve”"]


@pytest.mark.parametrize("lone", [r"\ud83c", r"\uDF89", r"\ud83c\ud83c", r"\udf89\ud83c"])
def test_a_lone_surrogate_in_json_is_dropped(lone: str) -> None:
    rest = rf', "url": "https://www.example.com/{lone}a", "content_text": "Lights{lone}."'
    first, second = articles(json_feed(f"Night {lone} fair", r"Party \ud83c\udf89", rest=rest))
    assert (first.title, first.text, first.url) == ("Night fair", "Lights.", "https://www.example.com/a")
    assert second.title == "Party 🎉"


def test_an_escaped_backslash_in_json_starts_no_surrogate() -> None:
    assert [each.title for each in articles(json_feed(r"Path \\ud83c here"))] == [r"Path \ud83c here"]


HEADLINES = {
    "windows-1252": "Bürgermeister eröffnet neue Brücke über den Fluß",
    "windows-1251": "Мэр Каменска открыл новый мост",
    "koi8-r": "Мэр Каменска открыл новый мост",
    "iso-8859-5": "Мэр Каменска открыл новый мост",
    "windows-1250": "Burmistrz otworzył nowy most, mieszkańcy świętują",
    "windows-1253": "Ο δήμαρχος άνοιξε τη νέα γέφυρα",
    "windows-1255": "ראש העיר חנך את הגשר החדש",
    "windows-1256": "افتتح رئيس البلدية الجسر الجديد",
    "cp874": "นายกเทศมนตรีเปิดสะพานใหม่",
    "cp949": "시장이 새 다리를 열었다",
    "gb18030": "湖城新桥通车，市民庆祝",
    "big5": "湖城新橋通車，市民慶祝",
    "cp932": "湖畔の町で初雪を観測、第①回会議",
    "euc_jis_2004": "湖畔の町で初雪を観測、第①回会議",
}


@pytest.mark.parametrize("encoding", HEADLINES)
@pytest.mark.parametrize("declared", ["utf-8", "iso-8859-1", "no-such-encoding", "punycode"])
def test_a_lying_declaration_is_not_believed(encoding: str, declared: str) -> None:
    body = rss(HEADLINES[encoding], encoding=declared).encode(encoding)
    assert [each.title for each in articles(body)] == [HEADLINES[encoding]]


@pytest.mark.parametrize("declared", ["windows-1251", "iso-8859-1", "shift_jis", "us-ascii"])
def test_utf_8_is_known_whatever_is_declared(declared: str) -> None:
    for title in HEADLINES.values():
        assert [each.title for each in articles(rss(title, encoding=declared).encode())] == [title]


@pytest.mark.parametrize("declared", ["utf-8", "utf-16", "windows-1251"])
@pytest.mark.parametrize("mark", ["\ufeff", ""])
@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be", "utf-32-le", "utf-32-be"])
def test_wide_encodings_show_in_the_bytes(encoding: str, mark: str, declared: str) -> None:
    body = (mark + rss("Мэр открыл мост", encoding=declared)).encode(encoding)
    assert [each.title for each in articles(body)] == ["Мэр открыл мост"]


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-16-be", "utf-32-le"])
def test_a_json_feed_may_be_in_any_unicode_encoding(encoding: str) -> None:
    assert [each.title for each in articles(json_feed("Мэр открыл мост").encode(encoding))] == ["Мэр открыл мост"]


@pytest.mark.parametrize(
    ("label", "encoding", "title"),
    [
        ("shift_jis", "cp932", "第①回会議が開幕"),
        ("euc-jp", "euc_jis_2004", "第①回会議が開幕"),
        ("gb2312", "gbk", "镕基路车祸三人受伤"),
        ("x-gbk", "gbk", "镕基路车祸三人受伤"),
        ("iso-8859-8-i", "iso-8859-8", "ראש העיר חנך את הגשר"),
        ("iso-8859-1", "windows-1252", "Café “naïve” — again"),
        ("iso-2022-jp", "iso-2022-jp", "湖畔の町で初雪を観測"),
        ("cp037", "cp037", "Ferry runs aground"),
    ],
)
def test_a_label_means_what_the_web_means_by_it(label: str, encoding: str, title: str) -> None:
    assert [each.title for each in articles(rss(title, encoding=label).encode(encoding))] == [title]


@pytest.mark.parametrize("label", ["windows1251", "cp-1251", "x-cp1251", "WIN-1251"])
@pytest.mark.parametrize("way", ["declaration", "header"])
def test_a_code_page_is_known_by_its_number(label: str, way: str) -> None:
    title = "Они идут"  # too little for a guess
    body = rss(title, encoding=label if way == "declaration" else "utf-8").encode("windows-1251")
    feed = read_feed(body, URL, f"text/xml; charset={label}" if way == "header" else "text/xml")
    assert [each.title for each in feed.entries] == [title]


@pytest.mark.parametrize(
    ("encoding", "title"),
    [
        ("iso-8859-2", "Starosta otevřel nový most přes řeku"),
        ("windows-1254", "Belediye başkanı yeni köprüyü açtı"),
        ("macintosh", "Bürgermeister eröffnet Straße"),
    ],
)
def test_a_document_knows_better_than_what_servers_say_by_default(encoding: str, title: str) -> None:
    body = rss(title, encoding=encoding).encode(encoding)
    feed = read_feed(body, URL, "text/xml; charset=ISO-8859-1")
    assert [each.title for each in feed.entries] == [title]


@pytest.mark.parametrize("encoding", ["iso-2022-jp", "iso-2022-kr"])
def test_letters_in_seven_bits_are_known_by_how_they_begin(encoding: str) -> None:
    title = {"iso-2022-jp": "湖畔の町で初雪を観測", "iso-2022-kr": "시장이 새 다리를 열었다"}[encoding]
    assert [each.title for each in articles(rss(title).encode(encoding))] == [title]


def test_a_declaration_that_reads_oddly_is_better_than_a_guess_that_reads_worse() -> None:
    title = "L'été arrive: le maire déçu, sœur €5"
    assert [each.title for each in articles(rss(title, encoding="iso-8859-15").encode("iso-8859-15"))] == [title]


@pytest.mark.parametrize("title", ["Owner wins “naïve” prize — again", "Price rises to £5", "Ø ferry aground"])
def test_a_single_letter_is_no_reason_to_guess_a_rare_alphabet(title: str) -> None:
    assert [each.title for each in articles(rss(title).encode("windows-1252"))] == [title]


def test_ascii_that_is_none_declares_nothing() -> None:
    title = "Starosta otevřel nový most přes řeku, lidé slaví"
    assert [each.title for each in articles(rss(title, encoding="us-ascii").encode("windows-1250"))] == [title]


MISREAD = ["Café öffnet – “neu”", "L’été à Noël", "Příliš žluťoučký kůň", "Мэр открыл новый мост"]


@pytest.mark.parametrize("title", MISREAD)
def test_letters_that_the_outlet_misread_as_latin_1_are_what_was_meant(title: str) -> None:
    misread = title.encode().decode("iso-8859-1")
    assert [each.title for each in articles(rss(misread, title))] == [title, title]
    assert [each.title for each in articles(json_feed(misread, title))] == [title, title]


@pytest.mark.parametrize("title", [*MISREAD[:2], "Burmistrz otworzył most"])
def test_letters_that_the_outlet_misread_as_windows_1252_are_what_was_meant(title: str) -> None:
    misread = title.replace("”", '"').encode().decode("windows-1252")
    as_entities = "".join(f"&#{ord(each)};" for each in misread)
    for document in (rss(misread, as_entities), json_feed(misread.replace('"', ""))):
        assert {each.title.replace('"', "") for each in articles(document)} == {title.replace("”", "")}


@pytest.mark.parametrize("title", ["SÃO PAULO", "“É” – ÂNCORA", "naïve façade", "Ä Ö Ü €", "À Évian", "ÅÄÖ – ½ £"])
def test_rare_letters_that_were_meant_stay(title: str) -> None:
    assert [each.title for each in articles(rss(title))] == [title]


def test_a_few_broken_bytes_leave_the_rest_of_utf_8_alone() -> None:
    body = rss("Мэр открыл мост", "Café “naïve”").encode().replace("мост".encode(), "мост".encode()[:-1])
    assert [each.title for each in articles(body)] == ["Мэр открыл мос\ufffd", "Café “naïve”"]


def test_characters_that_may_not_stand_in_xml_cost_nothing_else() -> None:
    titles = [each.title for each in articles(rss("Fer\x00ry", "run\x0bs", "a\x08gro\uffffund"))]
    assert titles == ["Ferry", "runs", "aground"]


@given(st.binary(max_size=400), st.sampled_from(["", "text/xml; charset=koi8-r", "a/b; charset=punycode", ";"]))
def test_any_bytes_have_a_text_that_can_be_written(body: bytes, content_type: str) -> None:
    decode_document(body, content_type).encode("utf-8", "surrogatepass")
    decode_document(b"<?xml version='1.0' encoding='hz'?>" + body, content_type)
