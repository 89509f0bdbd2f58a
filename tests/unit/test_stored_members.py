"""Members of a story as the store keeps them."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from pipeline.adapters.store.members import decode_member, encode_member
from pipeline.domain.story.snapshot import StoredArticle

MAYBE = st.none() | st.text()
TIMES = st.datetimes(datetime(1970, 1, 2), datetime(2100, 1, 1), timezones=st.just(UTC))
ARTICLES = st.builds(
    StoredArticle, article_id=st.text(), url=MAYBE, title=st.text(), lead=st.text(), source=MAYBE, outlet=MAYBE,
    language=st.text(), published_at=st.none() | TIMES, received_at=TIMES, reprint_of=MAYBE,
    image_url=st.none() | st.text(min_size=1),
)  # fmt: skip


@given(ARTICLES)
def test_a_member_reads_back_as_it_was_stored(article: StoredArticle) -> None:
    assert decode_member(article.article_id, encode_member(article)) == article


def test_a_text_takes_no_more_than_two_thirds_of_its_characters() -> None:
    now = datetime(2025, 3, 3, tzinfo=UTC)
    short = StoredArticle("a", None, "Bridge closes", "", "a.example", None, "en", now, now, None)
    lead = (
        "The bridge across the harbour closes for repair in the night of Monday. Engineers found cracks in two "
        "of its piers in spring, and the city council voted for the work in May. Buses run to the ferry instead, "
        "every ten minutes until midnight, and the ferry takes bicycles for nothing while the work goes on."
    )
    assert len(encode_member(replace(short, lead=lead))) - len(encode_member(short)) < len(lead) * 2 / 3


def test_a_member_without_a_picture_takes_no_byte_for_it_and_one_with_little() -> None:
    now = datetime(2025, 3, 3, tzinfo=UTC)
    url = "https://www.harbour-times.example/news/world/2025/03/03/bridge-closes-for-repair-4711"
    bare = StoredArticle("a", url, "Bridge closes", "", "harbour-times.example", None, "en", now, now, None)
    image = "https://www.harbour-times.example/images/2025/03/03/bridge-closes-for-repair-4711.jpg?w=1200"
    assert len(encode_member(replace(bare, image_url=image))) - len(encode_member(bare)) < len(image) / 2
