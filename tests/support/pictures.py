"""Pictures that are made for tests."""

from __future__ import annotations

from io import BytesIO
from typing import Any

from PIL import Image


def picture(width: int = 1_200, height: int = 800, kind: str = "JPEG", mode: str = "RGB", **options: Any) -> bytes:
    """A plain picture in a format of Pillow's."""
    made = BytesIO()
    Image.new(mode, (width, height), 120 if mode == "L" else (30, 90, 160, 128)[: len(mode)]).save(
        made, kind, **options
    )
    return made.getvalue()


def opened(data: bytes) -> Image.Image:
    """The picture of these bytes, unpacked."""
    image = Image.open(BytesIO(data))
    image.load()
    return image
