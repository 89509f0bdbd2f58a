"""Content encodings of a response, bounded while they are unpacked."""

from __future__ import annotations

import zlib

ACCEPT_ENCODING = "gzip"
GZIP = b"\x1f\x8b"
"""How what is packed begins."""
MAX_LAYERS = 2
_ZLIB_CODINGS = frozenset({"gzip", "x-gzip", "deflate"})
_GZIP_OR_ZLIB = zlib.MAX_WBITS + 32


class EncodingError(ValueError):
    """The body is encoded in a way that we don't take, or is not what its header says."""


class TooLargeError(ValueError):
    """A layer unpacks to more than the bound."""


def layers_of(header: str) -> int:
    """How many layers a Content-Encoding header names. Raises EncodingError for any we don't take."""
    codings = [name for part in header.split(",") if (name := part.strip().lower()) not in ("", "identity")]
    unknown = [name for name in codings if name not in _ZLIB_CODINGS]
    if unknown or len(codings) > MAX_LAYERS:
        raise EncodingError(f"content encoding {header[:80]!r} is not taken")
    return len(codings)


def unpack(body: bytes, layers: int, max_bytes: int) -> bytes:
    """The body without its layers; no layer ever fills more than the bound."""
    for _ in range(layers):
        body = _unpack_layer(body, max_bytes)
    return body


def _unpack_layer(packed: bytes, max_bytes: int) -> bytes:
    decoder = zlib.decompressobj(_GZIP_OR_ZLIB)
    try:
        unpacked = decoder.decompress(packed, max_bytes + 1)
    except zlib.error as error:
        raise EncodingError(f"broken content encoding: {error}") from error
    if len(unpacked) > max_bytes:
        raise TooLargeError(f"larger than {max_bytes} bytes")
    return unpacked
