"""The table of how saved feeds are read."""

from __future__ import annotations

import io
import tarfile
from pathlib import Path

from benchmarks.feeds import reasons, table, tallies

FEED = b"""<!--
Content-type: text/xml; charset=koi8-r
--><rss version="2.0"><channel><title>x</title><item><title>\xed\xdc\xd2 \xcf\xd4\xcb\xd2\xd9\xcc</title>
<link>https://example.com/1</link></item><item><link>https://example.com/2</link></item></channel></rss>"""


def test_files_and_archives_are_counted_by_what_became_of_them(tmp_path: Path) -> None:
    good = tmp_path / "good"
    good.mkdir()
    (good / "a.xml").write_bytes(FEED)
    (good / "notes.txt").write_bytes(b"no feed, not looked at")
    with tarfile.open(tmp_path / "packed.tar.gz", "w:gz") as archive:
        for name, body in (("x/a.xml", FEED), ("x/b.xml", b"<html></html>"), ("c.json", b"{}")):
            member = tarfile.TarInfo(name)
            member.size = len(body)
            archive.addfile(member, io.BytesIO(body))
    found = tallies([tmp_path])
    rows = [line.split(" | ")[:6] for line in table(found)][2:]
    assert [[cell.strip("| ") for cell in row] for row in rows] == [
        ["good", "1", "1", "0", "0", "2"],
        ["packed.tar.gz", "3", "1", "2", "0", "2"],
        ["all", "4", "2", "2", "0", "4"],
    ]
    assert len(list(reasons(found))) == 2
