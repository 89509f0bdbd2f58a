"""Text out of HTML: readable, and in linear time whatever the markup."""

from __future__ import annotations

import time

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from pipeline.domain.text import html_to_line, html_to_text, plain_to_line


@pytest.mark.parametrize(
    ("html", "text"),
    [
        ("<p>One</p><p>Two &amp; three<br>four</p>", "One\n\nTwo & three\nfour"),
        ("plain\n\ntext", "plain\n\ntext"),
        ("a < b and c > d", "a < b and c > d"),
        ("I <3 you", "I <3 you"),
        ("1 &lt; 2", "1 < 2"),
        ('<img alt="a > b" src=x>Text', "Text"),
        ("<img alt='a < b'>Text", "Text"),
        ('Cut off <a href="https://exam', "Cut off"),
        ("Cut off <!-- comm", "Cut off"),
        ("x <!-- hidden --> y", "x y"),
        ("<script>a < b</script>A<style>b</style>B", "AB"),
        ("A<script>never closed", "A"),
        ("A<svg/>B", "AB"),
        ("<b>bold</b>face", "boldface"),
        ("x&nbsp;&nbsp; y", "x y"),
        ("&#0;&#55296;x&#99999999999;", "\ufffd\ufffdx"),
        ("x\x00\u202ey", "xy"),
        ("What does &lt;br&gt; mean?", "What does <br> mean?"),
        ("<p>Write &lt;b&gt;bold&lt;/b&gt;.</p>", "Write <b>bold</b>."),
        ("&lt;b&gt;Ferry&lt;/b&gt; runs aground", "Ferry runs aground"),
        ("&amp;amp;lt;b", "<b"),
        ("AT&T &amp; R&D; &c.", "AT&T & R&D; &c."),
        ("One <![CDATA[two]]> three", "One two three"),
        ("One<nav>Home</nav>two", "One\n\ntwo"),
        ("One <nav>two, never closed", "One two, never closed"),
        ("<nav/>One", "One"),
    ],
)
def test_html_becomes_the_text_that_a_reader_sees(html: str, text: str) -> None:
    assert html_to_text(html) == text


def test_a_title_is_one_line() -> None:
    assert html_to_line("<p>One</p>\n<p>Two</p>") == "One Two"
    assert plain_to_line("<b> &amp;\n so on") == "<b> & so on"


@given(
    st.text()
    | st.lists(st.sampled_from(["<", ">", "a", "&#", "<!--", "<p ", '"', "script", ";", "9" * 5_000])).map("".join)
)
@example("&#" + "9" * 10_000 + ";")
def test_no_markup_raises(html: str) -> None:
    html_to_text(html).encode()


@pytest.mark.parametrize(
    "piece",
    [
        "<", "<a ", '<a "', "<a '\"", "<script", "<script>", "<style>x", "<nav>", "<nav></nav>", "<!--", "<p",
        "<![CDATA[", "&lt;b&gt;", "&amp;", "&#", "&", "\u00a0 \n",
    ],
)  # fmt: skip
def test_hostile_markup_takes_no_longer_than_any_other(piece: str) -> None:
    started = time.perf_counter()
    html_to_text(piece * (300_000 // len(piece)))
    assert time.perf_counter() - started < 3  # quadratic patterns take minutes


def test_a_place_where_a_word_may_be_parted_does_not_part_it() -> None:
    assert html_to_line("Bürger&shy;meister&shy;amt") == "Bürgermeisteramt"
