"""An article as its story keeps it."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from pipeline.domain.clustering.columns import NO_FORMS, Forms
from pipeline.domain.clustering.reprints import NO_SIGNATURE, Signature
from pipeline.domain.clustering.templates import NO_TEMPLATE, Template
from pipeline.domain.clustering.terms import Terms


@dataclass(frozen=True)
class LiveMember:
    """One article of a story, with all that later decisions need of it."""

    article_id: str
    vector: NDArray[np.float32]
    """Shape (dims,): centred, unit length, exact in its bytes (see `packed_vectors`)."""
    terms: Terms
    published_at: float | None
    sequence: int
    """How many articles the stream had seen before this one: time for undated streams."""
    has_body: bool
    arrived_at: float | None = None
    """As `EncodedArticle.arrived_at`."""
    language: str = ""
    """As `EncodedArticle.language`."""
    gray: bool = False
    """Decided near the boundary; the sweep looks at it again."""
    signature: Signature = field(default_factory=lambda: NO_SIGNATURE)
    reprint: bool = False
    forms: Forms = NO_FORMS
    """What may name the column that it belongs to."""
    issue: bool = False
    """It is an issue of a recurring column."""
    template: Template = NO_TEMPLATE
    """The pattern of its headline."""
    patterned: bool = False
    """When it came, its headline followed a pattern that others fill with other names."""
