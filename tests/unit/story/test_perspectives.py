from __future__ import annotations

from tests.unit.story.made import article, biases, record

RATED = biases(l1="left", l2="lean-left", c="center", r1="right", r2="lean-right", w="center")
FACT = "The council of Harrow Bay voted 6-5 on Friday to raise the ferry toll to 20 dollars."
MEMBERS = [
    article(
        "l1", text=f"{FACT} Commuters with low pay will lose a day of wages a month to the new toll.", source="l1"
    ),
    article(
        "l2",
        text=f"{FACT} Unions say the new toll takes a day of wages a month from low-paid commuters.",
        source="l2",
        minutes=10,
    ),
    article(
        "r1",
        text=f"{FACT} Small shops on the pier fear that the toll drives customers to the mainland.",
        source="r1",
        minutes=20,
    ),
    article(
        "r2",
        text=f"{FACT} Shop owners on the pier fear a loss of customers, said trader Leo Marsh.",
        source="r2",
        minutes=30,
    ),
    article("c", text=FACT, source="c", minutes=40),
]


def test_each_side_stresses_what_only_its_outlets_say() -> None:
    sides = record(MEMBERS, RATED).perspectives
    assert sides.left is not None
    assert sides.right is not None
    assert all("wages" in point.text for point in sides.left)
    assert all("customers" in point.text for point in sides.right)
    assert sides.left
    assert sides.right


def test_what_all_say_is_nobodys_perspective() -> None:
    sides = record(MEMBERS, RATED).perspectives
    assert FACT not in [point.text for side in (sides.left, sides.center, sides.right) for point in side or []]


def test_a_side_without_coverage_is_none_and_one_without_words_of_its_own_is_empty() -> None:
    sides = record([m for m in MEMBERS if m.article_id != "c"], RATED).perspectives
    assert sides.center is None
    assert record(MEMBERS, RATED).perspectives.center == []


def test_wire_copy_that_the_other_side_reprints_is_no_perspective() -> None:
    wire = "Harbour master Ines Roy said the toll would pay for a new pier within nine years."
    members = [
        *MEMBERS,
        article("w", text=wire, source="w", minutes=50),
        article("w2", text=wire, source="r1", minutes=60, reprint_of="w"),
    ]
    sides = record(members, RATED).perspectives
    assert wire not in [point.text for side in (sides.left, sides.center, sides.right) for point in side or []]


def test_a_side_that_only_reprints_has_coverage_but_no_perspective() -> None:
    members = [*MEMBERS[:4], article("c", text=MEMBERS[0].lead, source="c", minutes=50, reprint_of="l1")]
    made = record(members, RATED)
    assert made.coverage.bias.center.count == 1
    assert made.perspectives.center == []


def test_a_name_that_no_other_side_has_is_only_there() -> None:
    sides = record(MEMBERS, RATED).perspectives
    alone = [point for point in sides.right or [] if "Leo Marsh" in point.text]
    assert [point.only_here for point in alone] == [True]
