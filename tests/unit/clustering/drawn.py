"""Members and stories of any values, drawn."""

from __future__ import annotations

import numpy as np
from hypothesis import strategies as st

from pipeline.domain.clustering.member import LiveMember
from pipeline.domain.clustering.notes import NO_NOTES, DeskNotes
from pipeline.domain.clustering.packed_vectors import rounded
from pipeline.domain.clustering.reprints import HASHES, NO_SIGNATURE
from pipeline.domain.clustering.story import LiveStory
from pipeline.domain.clustering.templates import Template
from pipeline.domain.clustering.terms import WEIGHTS
from pipeline.domain.clustering.types import TERM_BUCKETS
from tests.unit.clustering.made import terms

DIMS = 3
TIMES = st.none() | st.floats(0, 4e9, allow_nan=False)
COUNTS = st.integers(0, 2**53)
VALUES = st.lists(st.floats(-1, 1, width=32), min_size=DIMS, max_size=DIMS)
ROUGH = VALUES.map(lambda each: np.array(each, dtype=np.float32))
VECTORS = ROUGH.map(rounded)
NUMBERS = st.integers(0, 2**32 - 1)
IDS = st.text(max_size=4) | st.sampled_from(["00", "ab" * 32, "AB", "abc"])
BUCKETS = st.lists(st.integers(0, TERM_BUCKETS - 1), unique=True, max_size=4)


@st.composite
def members(draw: st.DrawFn) -> LiveMember:
    buckets = draw(BUCKETS)
    chosen = [draw(st.sets(st.sampled_from(buckets))) if buckets else set() for _ in range(3)]
    marks = dict(zip(("names", "numbers", "title"), map(sorted, chosen), strict=True))
    weights = {each: draw(st.sampled_from(WEIGHTS.tolist())) for each in buckets}
    signed = draw(st.booleans())
    rows = st.lists(st.integers(0, 2**16 - 1), min_size=HASHES, max_size=HASHES)
    flags = {each: draw(st.booleans()) for each in ("has_body", "gray", "reprint", "issue", "patterned")}
    return LiveMember(
        article_id=draw(IDS),
        vector=draw(VECTORS),
        terms=terms(weights, **marks),
        published_at=draw(TIMES),
        sequence=draw(COUNTS),
        language=draw(st.sampled_from(["", "en", "zh"])),
        signature=np.array(draw(rows), dtype=np.uint32) if signed else NO_SIGNATURE,
        forms=tuple(draw(st.lists(NUMBERS, max_size=3))),
        template=Template(draw(NUMBERS), tuple(draw(BUCKETS))),
        arrived_at=draw(TIMES),
        **flags,
    )


SIDES = st.integers(0, 2**40 - 1).map("{:010x}".format)
NOTES = st.builds(DeskNotes, st.booleans(), st.booleans(), st.frozensets(SIDES, max_size=3), st.frozensets(IDS))


@st.composite
def stories(draw: st.DrawFn) -> LiveStory:
    kept = draw(st.lists(members(), min_size=1, max_size=3))
    return LiveStory(
        story_id=draw(IDS),
        members=tuple(kept),
        total=draw(VECTORS) * np.float32(1.1),
        size=draw(COUNTS),
        last_at=draw(TIMES),
        last_sequence=draw(COUNTS),
        last_arrival=draw(TIMES),
        notes=draw(st.just(NO_NOTES) | NOTES),
    )
