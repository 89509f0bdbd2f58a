"""From the bytes of a stranger to a small JPEG of ours.

No byte of the original reaches a browser: no markup in disguise, no place where the photograph was taken.
"""

from __future__ import annotations

from io import BytesIO

from PIL import Image, ImageOps

FORMATS = ("JPEG", "PNG", "WEBP", "GIF")
"""What is read; of what moves the first picture. SVG is a document with scripts in it."""
BOX = (800, 800)
"""Pixels, at most; the page shows half of them, which is sharp on a phone."""
LEAST_SIDE = 100
"""Pixels; smaller ones count readers, or are buttons."""
MAX_PIXELS = 24_000_000
"""Of what is read: some 100 MB while it is unpacked, twice that where it is transparent, 330 MB of a WebP."""
MAX_SCANS = 100
"""Of a progressive JPEG, which has ten: each costs as much as a whole picture, and takes a few bytes."""
QUALITY = 80
_JPEG, _SCAN = b"\xff\xd8", b"\xff\xda"
"""How a JPEG begins, and each of its scans. In other formats these bytes mean nothing, and stand anywhere."""
_PAPER = "white"


class UnusableImageError(Exception):
    """It is no picture that is shown; the message says why."""


def thumbnail(data: bytes) -> bytes:
    """The picture as a JPEG within `BOX`, upright, and nothing but its pixels. Raises UnusableImageError."""
    if data.startswith(_JPEG) and data.count(_SCAN) > MAX_SCANS:
        raise UnusableImageError(f"more than {MAX_SCANS} scans")
    try:
        return _made_small(data)
    except UnusableImageError:
        raise
    except Exception as error:  # whatever a library finds wrong with hostile bytes concerns one picture
        raise UnusableImageError(f"{type(error).__name__}: {error}"[:200]) from None


def _made_small(data: bytes) -> bytes:
    with Image.open(BytesIO(data), formats=FORMATS) as image:
        # Only the head was read so far.
        if min(image.size) < LEAST_SIDE:
            raise UnusableImageError(f"{image.width} x {image.height} pixels are too few")
        if image.width * image.height > MAX_PIXELS:
            raise UnusableImageError(f"{image.width} x {image.height} pixels are too many")
        image.thumbnail(BOX)
        flat = _on_paper(ImageOps.exif_transpose(image))
    made = BytesIO()
    flat.save(made, "JPEG", quality=QUALITY, optimize=True, progressive=True)
    return made.getvalue()


def _on_paper(image: Image.Image) -> Image.Image:
    """Without transparency, which JPEG does not have."""
    if not image.has_transparency_data:
        return image.convert("RGB")
    paper = Image.new("RGBA", image.size, _PAPER)
    return Image.alpha_composite(paper, image.convert("RGBA")).convert("RGB")
