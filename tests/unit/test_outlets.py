"""Outlets: who is behind an address, whose ratings count, and a table that can't be wrong unnoticed."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from groundswell.record import Side
from pipeline.domain.outlets import (
    COLUMNS,
    DEFAULT_RATERS,
    Bias,
    Factuality,
    Outlet,
    OutletDirectory,
    OutletTableError,
    UnknownRaterError,
    read_table,
    registrable_domain,
)
from pipeline.domain.platforms import kind_of
from pipeline.shipped import shipped

HEADER = ",".join(COLUMNS)


@pytest.fixture(scope="module")
def directory() -> OutletDirectory:
    return OutletDirectory.load()


def _table(folder: Path, *rows: str, header: str = HEADER) -> Path:
    path = folder / "outlets.csv"
    path.write_text("\n".join((header, *rows)) + "\n", encoding="utf-8")
    return path


# Addresses


@pytest.mark.parametrize(
    ("source", "domain"),
    [
        ("https://www.bbc.co.uk/news/articles/c1?at_medium=RSS", "bbc.co.uk"),
        ("WWW.BBC.CO.UK.", "bbc.co.uk"),
        ("https://reader:secret@edition.cnn.com:8443/world", "cnn.com"),
        ("//amp.theguardian.com/a title with spaces", "theguardian.com"),
        ("https://abcnews.go.com/US/story", "go.com"),
        ("rodong.rep.kp", "rodong.rep.kp"),
        ("https://MÜNCHEN.de/rathaus", "xn--mnchen-3ya.de"),
        ("xn--mnchen-3ya.de", "xn--mnchen-3ya.de"),
    ],
)
def test_an_address_gives_its_registrable_domain(source: str, domain: str) -> None:
    assert registrable_domain(source) == domain


@pytest.mark.parametrize(
    "source",
    [
        "",
        " ",
        ".",
        "co.uk",
        "localhost",
        "http://127.0.0.1/a",
        "http://[::1]/",
        "http://[",
        "The Guardian",
        "Today on bbc.com",
        "a" * 70 + ".com",
    ],
)
def test_what_names_no_public_host_has_no_domain(source: str) -> None:
    assert registrable_domain(source) is None


@pytest.mark.parametrize(
    ("source", "domain"),
    [
        ("https://robertreich.substack.com/p/x", "robertreich.substack.com"),
        ("https://70news.wordpress.com", "70news.wordpress.com"),
        ("someone.blogspot.com", "someone.blogspot.com"),
        ("https://www.substack.com/home", "substack.com"),
        ("substack.com", "substack.com"),
        ("https://medium.com/@someone/title", "medium.com"),
        ("blogspot.com", "blogspot.com"),
    ],
)
def test_a_blog_is_an_outlet_of_its_own_and_its_host_another(source: str, domain: str) -> None:
    assert registrable_domain(source) == domain


def test_a_registrable_domain_stays_what_it_is(directory: OutletDirectory) -> None:
    for source in ("https://a.b.example.org.uk/x", "x.github.io", "www.blogspot.com"):
        domain = registrable_domain(source)
        assert domain is not None
        assert registrable_domain(domain) == domain


# Looking up


@pytest.mark.parametrize("source", [None, "", "no host at all", "http://[::1]/"])
def test_a_source_without_host_is_wholly_unknown(directory: OutletDirectory, source: str | None) -> None:
    assert directory.lookup(source) == Outlet(domain=None)


def test_an_unknown_domain_stays_unknown_but_for_its_domain(directory: OutletDirectory) -> None:
    outlet = directory.lookup("https://news.nobody-knows-this-outlet.com/a")
    assert outlet == Outlet(domain="nobody-knows-this-outlet.com")
    assert outlet.side is None


def test_a_blog_does_not_inherit_the_ratings_of_its_host(directory: OutletDirectory) -> None:
    assert directory.lookup("https://nobody-knows-this-blog.wordpress.com").bias is None


@pytest.mark.parametrize(
    ("bias", "side"),
    [
        (Bias.LEFT, Side.LEFT),
        (Bias.LEAN_LEFT, Side.LEFT),
        (Bias.CENTER, Side.CENTER),
        (Bias.LEAN_RIGHT, Side.RIGHT),
        (Bias.RIGHT, Side.RIGHT),
        (None, None),
    ],
)
def test_an_outlet_that_leans_counts_for_the_side_it_leans_to(bias: Bias | None, side: Side | None) -> None:
    assert Outlet("example.com", bias=bias).side is side


# Raters


@pytest.fixture
def disputed(tmp_path: Path) -> Path:
    """The latest rater knows no bias, the next two disagree."""
    return _table(
        tmp_path,
        "example.com,Example,baly2018,left,low,,House",
        "example.com,,idiap2024,right,high,DE,",
        "example.com,,mbfc2026,,mixed,,",
    )


def test_where_raters_disagree_the_first_who_states_a_thing_wins(disputed: Path) -> None:
    outlet = OutletDirectory.load(disputed).lookup("example.com")
    assert (outlet.bias, outlet.factuality) == (Bias.RIGHT, Factuality.MIXED)


@pytest.mark.parametrize(
    ("rater", "bias", "factuality"),
    [
        ("mbfc2026", None, Factuality.MIXED),
        ("baly2018", Bias.LEFT, Factuality.LOW),
        (["baly2018", "mbfc2026"], Bias.LEFT, Factuality.LOW),
        (["mbfc2026", "baly2018"], Bias.LEFT, Factuality.MIXED),
    ],
)
def test_only_the_chosen_raters_are_heard(
    disputed: Path,
    rater: str | list[str],
    bias: Bias | None,
    factuality: Factuality,
) -> None:
    outlet = OutletDirectory.load(disputed, rater).lookup("example.com")
    assert (outlet.bias, outlet.factuality) == (bias, factuality)


@pytest.mark.parametrize("rater", [None, "mbfc2026", "baly2018"])
def test_facts_hold_whichever_rater_is_chosen(disputed: Path, rater: str | None) -> None:
    outlet = OutletDirectory.load(disputed, rater).lookup("example.com")
    assert (outlet.name, outlet.country, outlet.owner) == ("Example", "DE", "House")


def test_a_rater_of_ones_own_is_heard_without_being_named(tmp_path: Path) -> None:
    table = _table(tmp_path, "example.com,,newsroom,left,,,")
    assert OutletDirectory.load(table).lookup("example.com").bias is Bias.LEFT


def test_an_unknown_rater_is_refused_with_the_known_ones(disputed: Path) -> None:
    with pytest.raises(UnknownRaterError, match=r"unknown rater allsides; .* baly2018, idiap2024, mbfc2026"):
        OutletDirectory.load(disputed, ["mbfc2026", "allsides"])


# The shipped table


def test_the_shipped_table_rates_at_least_1500_outlets_and_no_platform(directory: OutletDirectory) -> None:
    rows = {row.domain for row in read_table() if row.bias}
    rated = {domain for domain in rows if directory.lookup(domain).bias}
    assert len(rated) >= 1500
    assert rated == {domain for domain in rows if kind_of(domain) is None}


def test_the_shipped_table_is_sorted_small_and_registrable() -> None:
    """Reading refuses any domain that is not registrable."""
    keys = [(row.domain, row.rater) for row in read_table()]
    assert keys == sorted(keys)
    assert len(shipped("outlets.csv").read_bytes()) < 1_000_000


def test_every_default_rater_has_rows_in_the_shipped_table() -> None:
    assert set(DEFAULT_RATERS) <= {row.rater for row in read_table()}


def test_every_owner_in_the_list_of_owners_is_in_the_shipped_table(directory: OutletDirectory) -> None:
    with shipped("owners.csv").open(encoding="utf-8") as file:
        owners = {row["domain"]: row["owner"] for row in csv.DictReader(file)}
    assert len(owners) >= 250
    assert {domain: directory.lookup(domain).owner for domain in owners} == owners


@pytest.mark.parametrize(
    ("source", "side", "country", "owner"),
    [
        ("https://www.nytimes.com/2026/01/01/x.html", Side.LEFT, "US", "The New York Times Company"),
        ("foxnews.com", Side.RIGHT, "US", "Fox Corporation"),
        ("reuters.com", Side.CENTER, "GB", "Thomson Reuters"),
        ("https://www.welt.de/a", Side.RIGHT, "DE", "Axel Springer"),
        ("elpais.com", Side.LEFT, "ES", "Prisa"),
        ("lefigaro.fr", Side.RIGHT, "FR", "Groupe Dassault"),
        ("https://abcnews.go.com/US", Side.LEFT, "US", "The Walt Disney Company"),
    ],
)
def test_well_known_outlets_are_known(
    directory: OutletDirectory,
    source: str,
    side: Side,
    country: str,
    owner: str,
) -> None:
    outlet = directory.lookup(source)
    assert (outlet.side, outlet.country, outlet.owner) == (side, country, owner)


def test_two_domains_of_one_outlet_share_their_ratings(directory: OutletDirectory) -> None:
    first, second = directory.lookup("bbc.com"), directory.lookup("bbc.co.uk")
    assert (first.bias, first.factuality, first.owner) == (second.bias, second.factuality, second.owner)
    assert first.bias is not None
    assert first.domain != second.domain


# Bad tables


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ("example.com,,mbfc2026,far-left,,,", "line 3: bias is 'far-left'; expected one of left, lean-left,"),
        ("example.com,,mbfc2026,,great,,", "line 3: factuality is 'great'; expected one of very-high,"),
        ("example.com,,mbfc2026,,,Germany,", "line 3: country is 'Germany'; expected an ISO 3166-1 code"),
        ("example.com,,,left,,,", "line 3: rater is empty"),
        ("news.example.com,,mbfc2026,left,,,", "line 3: domain is 'news.example.com'; .*, here example.com"),
        ("Example.com,,mbfc2026,left,,,", "line 3: domain is 'Example.com'; .*, here example.com"),
        ("localhost,,mbfc2026,left,,,", "line 3: domain is 'localhost'; expected a registrable domain"),
        ("first.com,,mbfc2026,left,,,", "line 3: first.com by mbfc2026 already stands in line 2"),
        ("example.com,Left, right and center,mbfc2026,,,,", "line 3: expected as many cells as there are"),
        ("example.com,,mbfc2026", "line 3: expected as many cells as there are columns"),
        ('example.com,"Ex" ample,mbfc2026,,,,', "can't be read as a CSV file in UTF-8: "),
    ],
)
def test_a_bad_row_is_refused_with_its_line_and_what_was_expected(
    tmp_path: Path,
    row: str,
    message: str,
) -> None:
    table = _table(tmp_path, "first.com,,mbfc2026,left,high,US,", row)
    with pytest.raises(OutletTableError, match=message):
        OutletDirectory.load(table)


def test_missing_columns_are_all_named(tmp_path: Path) -> None:
    table = _table(tmp_path, header="domain,name,rater,factuality,country")
    with pytest.raises(OutletTableError, match=r"line 1: no column bias, owner; expected domain,name,rater,"):
        read_table(table)


def test_an_empty_file_lacks_every_column(tmp_path: Path) -> None:
    table = tmp_path / "empty.csv"
    table.touch()
    with pytest.raises(OutletTableError, match="line 1: no column domain, name, rater"):
        read_table(table)


def test_a_file_that_is_not_there_or_not_utf8_is_named(tmp_path: Path) -> None:
    latin = tmp_path / "latin.csv"
    latin.write_bytes(f"{HEADER}\nexample.com,Süd,mbfc2026,,,,\n".encode("latin-1"))
    for table in (latin, tmp_path / "nowhere.csv"):
        with pytest.raises(OutletTableError, match=table.name):
            read_table(table)


def test_a_table_saved_by_a_spreadsheet_is_read(tmp_path: Path) -> None:
    table = tmp_path / "outlets.csv"
    table.write_bytes(f'{HEADER},notes\r\nexample.com,"Left, right",us,left,,,,x\r\n'.encode("utf-8-sig"))
    assert OutletDirectory.load(table).lookup("example.com").name == "Left, right"
