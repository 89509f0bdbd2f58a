"""From what an outlet sends to what a reader gets."""

from __future__ import annotations

from contextlib import suppress
from io import BytesIO

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from consumers.board.images.thumbnail import BOX, MAX_SCANS, UnusableImageError, thumbnail
from tests.support.pictures import opened, picture


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "GIF"])
@pytest.mark.parametrize(
    ("size", "made"), [((1_600, 900), (800, 450)), ((600, 1_200), (400, 800)), ((320, 200),) * 2]
)
def test_a_picture_becomes_a_small_jpeg_of_the_same_shape(
    kind: str, size: tuple[int, int], made: tuple[int, int]
) -> None:
    small = opened(thumbnail(picture(*size, kind)))
    assert (small.format, small.size, small.mode) == ("JPEG", made, "RGB")


@pytest.mark.parametrize(
    ("kind", "mode"), [("PNG", "RGBA"), ("PNG", "LA"), ("PNG", "L"), ("JPEG", "CMYK"), ("GIF", "L")]
)
def test_any_colours_become_those_that_every_browser_shows(kind: str, mode: str) -> None:
    assert opened(thumbnail(picture(300, 200, kind, mode))).mode == "RGB"


def test_what_is_transparent_is_white() -> None:
    glass = BytesIO()
    Image.new("RGBA", (300, 200), (0, 0, 0, 0)).save(glass, "PNG")
    assert opened(thumbnail(glass.getvalue())).getpixel((9, 9)) == (255, 255, 255)


def test_a_photograph_stands_upright_and_does_not_say_where_it_was_taken() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6  # the camera was turned
    exif.get_ifd(0x8825)[1] = "N"  # GPS
    small = opened(thumbnail(picture(900, 600, exif=exif)))
    assert small.size == (533, 800)
    assert not small.getexif()
    assert b"Exif" not in thumbnail(picture(900, 600, exif=exif))


def test_what_stands_behind_the_pixels_is_left_behind() -> None:
    assert b"<script>" not in thumbnail(picture(300, 200) + b"<script>alert(1)</script>")


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b"", "UnidentifiedImageError"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'><script/></svg>", "UnidentifiedImageError"),
        (b"<html>Not found</html>", "UnidentifiedImageError"),
        (picture(300, 200)[:400], "OSError"),
        (picture(1, 1, "GIF", "L"), "too few"),
        (picture(900, 40), "too few"),
        (picture(5_000, 5_000, "PNG", "L"), "too many"),
        (picture(300, 200, "BMP"), "UnidentifiedImageError"),
        (picture(300, 200, "TIFF"), "UnidentifiedImageError"),
        (picture(300, 200) + b"\xff\xda" * MAX_SCANS, "scans"),
    ],
)
def test_what_is_no_picture_that_is_shown_is_named(data: bytes, why: str) -> None:
    with pytest.raises(UnusableImageError, match=why):
        thumbnail(data)


def test_the_bytes_that_begin_a_scan_mean_nothing_in_other_formats() -> None:
    comment = PngInfo()
    comment.add_text("c", b"\xff\xda".decode("latin-1") * 2 * MAX_SCANS)
    data = picture(300, 200, "PNG", pnginfo=comment)
    assert data.count(b"\xff\xda") > MAX_SCANS
    assert opened(thumbnail(data)).size == (300, 200)


def test_a_bomb_is_refused_by_its_head_alone() -> None:
    bomb = bytearray(picture(300, 200, "PNG"))
    bomb[16:24] = (60_000).to_bytes(4, "big") * 2  # 14 GB of pixels, it says
    with pytest.raises(UnusableImageError):
        thumbnail(bytes(bomb))


@settings(max_examples=40, deadline=None)
@given(st.sampled_from(["JPEG", "PNG", "WEBP", "GIF"]), st.lists(st.tuples(st.floats(0, 1), st.integers(0, 255))))
def test_broken_bytes_give_a_small_picture_or_a_reason(kind: str, changes: list[tuple[float, int]]) -> None:
    data = bytearray(picture(200, 150, kind))
    for place, value in changes:
        data[int(place * (len(data) - 1))] = value
    with suppress(UnusableImageError):
        assert max(opened(thumbnail(bytes(data))).size) <= max(BOX)
