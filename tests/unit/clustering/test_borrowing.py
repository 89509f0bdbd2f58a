"""Text that is shared without being about the same."""

from __future__ import annotations

from dataclasses import replace

from pipeline.domain.clustering.types import EncodedArticle
from tests.unit.clustering.helpers import article, clustering, committed

AGENCY = " ".join(f"Inspector {n} found crack {n} in pier {n} of the old bridge." for n in range(8))
OWN = " ".join(f"Baker {n} of Lindow asks {n} coins for loaf {n} from today." for n in range(6))


def report(number: int, title: str, text: str) -> EncodedArticle:
    """An article whose vector is that of all others here."""
    return replace(article(0, number, text=text), title=title)


def test_an_article_that_quotes_a_report_at_length_is_not_about_what_it_quotes() -> None:
    agency = report(0, "Cracks found in old bridge", AGENCY)
    quoting = report(1, "Bakers raise prices of loaves", f"{OWN} {AGENCY}")
    live = clustering()
    stories = committed(live, [agency, quoting])
    assert stories[agency.article_id] != stories[quoting.article_id]
    assert live.sweep().merges == []


def test_a_report_that_shares_text_and_subject_joins() -> None:
    agency = report(0, "Cracks found in old bridge", AGENCY)
    longer = report(1, "Old bridge closed after inspector finds cracks", f"{OWN} {AGENCY}")
    stories = committed(clustering(), [agency, longer])
    assert stories[agency.article_id] == stories[longer.article_id]


def test_a_story_that_owes_little_to_the_shared_text_takes_the_article() -> None:
    others = [report(number, "Bakers raise prices", "") for number in range(4)]
    quoting = report(9, "Loaves cost more in Lindow", f"{OWN} {AGENCY}")
    stories = committed(clustering(), [*others, quoting])
    assert stories[quoting.article_id] == stories[others[0].article_id]
