"""How a story's state is laid out in bytes, little-endian and packed.

    story      version, flags, members, dimensions
               its id, unless the first member's article opened it
               size, last sequence, last times, total float32[dims], unless they are those of the kept members
               a desk's notes, where there are any: marks, sides and placed articles, how many of each first
    member     flags, scale of the vector, sequence, how many of each of the following
               times, article id, language, forms, template
               terms (see `packed_terms`), signature uint16[HASHES], vector int8[dims]

An id is a byte that says its kind, one of its length, and its bytes.
"""

from __future__ import annotations

import struct

STATE_VERSION = 5

STORY = struct.Struct("<BBHH")
OPENED_BY_FIRST, SUMS, NOTED = 1, 2, 4
OPENED_ID_CHARS = 20
"""A story that an article opens has the first characters of its id."""
SUMS_OF = struct.Struct("<QQdd")
NOTES = struct.Struct("<BHH")
PINNED, HIDDEN = 1, 2

MEMBER = struct.Struct("<HfQBBBBBB")
TIME = struct.Struct("<d")
FLAGS = ("has_body", "gray", "reprint", "issue", "patterned")
"""Bits of a member, the first the lowest."""
PUBLISHED, ARRIVED, SIGNED, PATTERN = (1 << at for at in range(len(FLAGS), len(FLAGS) + 4))
"""Bits that follow them: which parts there are."""
HEX, TEXT = 1, 0
