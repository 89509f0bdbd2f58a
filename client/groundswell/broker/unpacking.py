"""Unpacks batches of records, but no more of one than fits into memory.

A topic's limit is for what is packed: 8 MiB of it can be 30 GB of zeros, which would end any process that reads
them, again and again.
"""

from __future__ import annotations

import gzip
import io
from collections.abc import Callable, Iterator
from typing import BinaryIO, cast

import lz4.frame
import snappy
import zstandard
from kafka.errors import UnsupportedCodecError
from kafka.record.default_records import DefaultRecordBatch

UNPACKED_BYTES = 134_217_728
"""Of one batch: clients bound it before they pack it, to a few megabytes."""

_CHUNK_BYTES = 1_048_576
_XERIAL, _XERIAL_HEAD = b"\x82SNAPPY\x00", 16


class UnpackedTooLargeError(Exception):
    """A batch unpacks to more than anybody sends in good faith."""

    def __init__(self) -> None:
        super().__init__(f"unpacks to more than {UNPACKED_BYTES} bytes")


def unpack(batch: DefaultRecordBatch) -> None:
    """Do what the client does before it reads the records. Raises what the library of the codec raises."""
    codec = batch.compression_type
    if codec == DefaultRecordBatch.CODEC_NONE or batch._decompressed:
        return
    if codec not in _UNPACKERS:
        raise UnsupportedCodecError(f"no codec of Kafka has number {codec}")
    unpacked = _UNPACKERS[codec](bytes(memoryview(batch._buffer)[batch._pos :]))
    batch._buffer, batch._pos, batch._decompressed = bytearray(unpacked), 0, True


def _read(stream: BinaryIO) -> bytes:
    unpacked = bytearray()
    while chunk := stream.read(_CHUNK_BYTES):
        unpacked += chunk
        if len(unpacked) > UNPACKED_BYTES:
            raise UnpackedTooLargeError
    return bytes(unpacked)


def _gzip(packed: bytes) -> bytes:
    with gzip.GzipFile(fileobj=io.BytesIO(packed)) as stream:
        return _read(cast(BinaryIO, stream))


def _lz4(packed: bytes) -> bytes:
    with lz4.frame.open(io.BytesIO(packed)) as stream:
        return _read(stream)


def _zstd(packed: bytes) -> bytes:
    with zstandard.ZstdDecompressor().stream_reader(io.BytesIO(packed), read_across_frames=True) as stream:
        return _read(cast(BinaryIO, stream))


def _snappy(packed: bytes) -> bytes:
    unpacked = bytearray()
    for block in _snappy_blocks(packed):
        # The library makes room for the length that the block begins with: true or not.
        if len(unpacked) + _announced(block[:5]) > UNPACKED_BYTES:
            raise UnpackedTooLargeError
        unpacked += snappy.decompress(block)
    return bytes(unpacked)


def _snappy_blocks(packed: bytes) -> Iterator[bytes]:
    """One, or those of Java's framing, each behind its length."""
    if not packed.startswith(_XERIAL):
        yield packed
        return
    at = _XERIAL_HEAD
    while at < len(packed):
        length = int.from_bytes(packed[at : at + 4], "big")
        yield packed[at + 4 : at + 4 + length]
        at += 4 + length


def _announced(head: bytes) -> int:
    """A number in groups of seven bits, the lowest first."""
    number = 0
    for place, byte in enumerate(head):
        number |= (byte & 0x7F) << 7 * place
        if byte < 0x80:
            break
    return number


_UNPACKERS: dict[int, Callable[[bytes], bytes]] = {
    DefaultRecordBatch.CODEC_GZIP: _gzip,
    DefaultRecordBatch.CODEC_SNAPPY: _snappy,
    DefaultRecordBatch.CODEC_LZ4: _lz4,
    DefaultRecordBatch.CODEC_ZSTD: _zstd,
}
