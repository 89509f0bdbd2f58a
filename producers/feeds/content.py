"""The text of an entry's HTML without what its site puts around it, in whatever language.

Menus, share buttons, related articles, captions, and the link "Continue reading" at the end.

What such parts are is told by their markup (names that trafilatura lists, roles) and by what they link to.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import cast

from lxml import etree
from lxml.html import HtmlElement, fragment_fromstring, tostring
from trafilatura.xpaths import DISCARD_IMAGE_ELEMENTS, OVERALL_DISCARD_XPATH

from pipeline.domain.text import html_to_text
from pipeline.domain.urls import canonical_url

MAX_HTML_CHARS = 1_000_000
"""Of one entry's content; what is beyond is cut off unread."""
_TELLING = re.compile(r"<(?:a|header|footer)\b|\s(?:class|id|role|style|hidden)\b", re.IGNORECASE)
_BY_MARKUP = (
    *OVERALL_DISCARD_XPATH,
    *DISCARD_IMAGE_ELEMENTS,
    etree.XPath("//*[@hidden or @role='navigation' or contains(@class, 'caption') or contains(@class, 'menu')]"),
    etree.XPath("//*[contains(@class, 'screen-reader') or contains(@class, 'more-link')]"),
    etree.XPath("//*[contains(@class, 'read-more') or contains(@class, 'feedflare')]"),
    etree.XPath("(//header|//footer)[//article or //main][not(ancestor::article or ancestor::main)]"),
)
_LISTS = etree.XPath("//ul|//ol")
_HEADINGS = ("h1", "h2", "h3", "h4", "h5", "h6")
_SENTENCE_ENDS = re.compile(r"[.!?…。！？।؟\]\)»”\"']\s*$")
_LONGEST_ENDING = 60
"""Characters of a link that leads on; longer ones say something."""


def content_text(html: str, link: str | None) -> str:
    """The readable text; `link` is the address of the article, as its feed has it."""
    html = html[:MAX_HTML_CHARS]
    whole = html_to_text(html)
    if not _TELLING.search(html):
        return whole
    try:
        root = fragment_fromstring(html, create_parent="div")
    except (etree.ParserError, ValueError):
        return whole
    if not _prune(root, link):
        return whole
    text = html_to_text(tostring(root, encoding="unicode"))
    # A site may give the text itself such a name. What is put around it is less than half of what there is.
    return text if 2 * len(text) >= len(whole) else whole


def _prune(root: HtmlElement, link: str | None) -> bool:
    """Take out what is not the article; whether there was anything."""
    found = [*_named(root), *_lists_of_links(root)]
    for element in found:
        _drop(element)
    onward = _link_onward(root, link)
    if onward is not None:
        _drop(onward)
    return bool(found) or onward is not None


def _named(root: HtmlElement) -> Iterator[HtmlElement]:
    for xpath in _BY_MARKUP:
        yield from _found(xpath, root)


def _lists_of_links(root: HtmlElement) -> Iterator[HtmlElement]:
    """Lists whose items are links and nothing else, with the heading above."""
    for each in _found(_LISTS, root):
        items = [item for item in each if item.tag == "li"]
        if len(items) > 1 and all(_is_link(item) for item in items):
            yield each
            heading = each.getprevious()
            if heading is not None and heading.tag in _HEADINGS:
                yield heading


def _found(xpath: etree.XPath, root: HtmlElement) -> list[HtmlElement]:
    """What an expression that selects elements finds."""
    return cast(list[HtmlElement], xpath(root))


def _is_link(element: HtmlElement) -> bool:
    linked = "".join(each.text_content() for each in element.iter("a"))
    return bool(linked.strip()) and _letters(linked) == _letters(element.text_content())


def _link_onward(root: HtmlElement, link: str | None) -> HtmlElement | None:
    """The last words, where they only lead to the article itself: it is the same in all languages."""
    last = next(iter(root.xpath("(.//a[@href])[last()]")), None)
    if last is None or not link or canonical_url(last.get("href").strip()) != canonical_url(link):
        return None
    words = last.text_content()
    before, named, after = root.text_content().rpartition(words) if words else ("", "", "")
    ends = bool(_SENTENCE_ENDS.search(before)) and not _letters(after)
    return last if named and ends and len(named) <= _LONGEST_ENDING else None


def _letters(text: str) -> str:
    return "".join(filter(str.isalnum, text))


def _drop(element: HtmlElement) -> None:
    if element.getparent() is not None:
        element.drop_tree()
