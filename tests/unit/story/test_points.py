from __future__ import annotations

from pipeline.domain.story.snapshot import StoredArticle
from tests.unit.story.made import article, biases, cited, record

SINKS = "A ferry with 80 people aboard sank off Harrow Bay early on Friday, the coast guard said."
SUNK = "The ferry, with 80 people aboard, sank off Harrow Bay early Friday, said the coast guard."
INQUIRY = "Mayor Ada Quint ordered an inquiry into the inspection of the ferry last spring."
DIVERS = "Divers found the wreck at a depth of 40 metres late on Saturday."
STORY = [
    article("1", text=f"{SINKS} Read more about it in our newsletter today. He was asleep when it happened."),
    article("2", text=f"{SUNK} {INQUIRY}", source="b", minutes=60),
    article("3", text=f"{DIVERS} {INQUIRY}", source="c", minutes=1_800),
]


def texts_of(articles: list[StoredArticle]) -> list[str]:
    made = record(articles)
    return [point.text for point in ([made.summary] if made.summary else []) + made.key_points]


def test_points_do_not_repeat_each_other_or_the_summary() -> None:
    texts = texts_of(STORY)
    assert len(texts) == len(set(texts))
    assert not {SINKS, SUNK} <= set(texts)


def test_boilerplate_and_sentences_that_point_back_are_no_points() -> None:
    assert not any("newsletter" in text or text.startswith("He ") for text in texts_of(STORY))


def test_points_come_as_the_event_unfolds() -> None:
    ids = [point.article_id for point in record(STORY).key_points]
    assert ids == sorted(ids)


def test_each_point_is_a_sentence_of_the_article_that_it_cites() -> None:
    leads = {each.article_id: each.lead for each in STORY}
    for point in record(STORY).key_points:
        assert point.text in leads[point.article_id]


def test_a_text_cut_in_the_middle_gives_no_half_sentence() -> None:
    assert texts_of([article("1", text=f"{SINKS} Divers found the wreck at a depth of")]) == [SINKS]


def test_points_keep_to_the_language_of_the_title() -> None:
    text = "Vor Harrow Bay ist am Freitag eine Fähre mit 80 Menschen gesunken."
    german = article("4", "Fähre sinkt", text, "d", 90, "de")
    assert all("Fähre" not in text for text in texts_of([*STORY, german]))


def test_another_language_speaks_where_the_title_s_has_no_text() -> None:
    sentence = "Vor Harrow Bay ist am Freitag eine Fähre mit 80 Menschen an Bord gesunken."
    german = article("3", "Fähre sinkt", sentence, "c", language="de")
    assert texts_of([article("1", source="a"), article("2", source="b"), german]) == [sentence]


def test_titles_alone_give_no_points() -> None:
    made = record([article("1"), article("2", source="b")])
    assert (made.summary, made.key_points) == (None, [])


def test_reprints_say_nothing_again() -> None:
    made = record([*STORY, article("9", text=INQUIRY, source="z", minutes=90, reprint_of="2")])
    assert "9" not in cited(made)


def test_milestones_begin_with_the_opening_and_hold_what_others_took_up() -> None:
    members = [
        *STORY,
        article("4", text="Divers brought up the wreck from a depth of 40 metres.", source="d", minutes=3_000),
    ]
    found = record(members).milestones
    assert found[0].article_id == "1"
    assert DIVERS in [each.text for each in found]
    assert [each.at for each in found] == sorted(each.at for each in found if each.at)


def test_a_figure_that_changed_is_a_milestone() -> None:
    members = [
        article("1", text="The ferry disaster killed 3 people, the coast guard said on Friday."),
        article("2", text="The ferry disaster killed 9 people, the coast guard said.", source="b", minutes=900),
    ]
    assert [each.article_id for each in record(members).milestones] == ["1", "2"]


def test_names_are_merged_and_counted_by_article() -> None:
    members = [
        article("1", text="Mayor Ada Quint spoke at the harbour on Friday morning.", source="a"),
        article("2", text="Fishermen shouted at Quint as the mayor left on Friday.", source="b"),
        article("3", text="A spokesman for Ada Quint declined to comment on Friday.", source="c"),
    ]
    assert record(members).entities[0].model_dump() == {"name": "Ada Quint", "articles": 3}


def test_words_without_content_are_no_keywords_in_a_language_without_lists_of_ours() -> None:
    text = "Färjan sjönk efter en kollision med deras pir, och andra båtar kom till undsättning."
    made = record([article(each, text=text, source=each, language="sv") for each in ("a", "b")])
    assert "kollision" in made.keywords
    assert not {"efter", "deras", "andra"} & set(made.keywords)


def test_keywords_are_shared_and_no_names() -> None:
    words = record(STORY, biases()).keywords
    assert "ferry" in words
    assert "quint" not in words
