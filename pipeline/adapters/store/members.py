"""Members of a story as the store keeps them."""

from __future__ import annotations

import zlib
from datetime import datetime

from pipeline.domain.story.snapshot import StoredArticle
from pipeline.json_codec import from_json, to_json

LOGGED_MEMBERS = 256
"""From so many members on a story has a log of what each revision changed: smaller ones are read whole."""

_LEVEL = 6
_WINDOW = -15
"""Bare data: the header and the checksum of a stream are 6 bytes, and Redis keeps its own."""

_COMMON = b'"en",nullhttps://www.com/news/world/article/2025/12/31/.html the of to and in a for on that with is '
"""What members begin to repeat before they have said it themselves; changing it takes another STATE_VERSION."""


def encode_member(article: StoredArticle) -> bytes:
    """A list of the fields in order, packed. The article's id is the name of the entry, and not said twice.

    The picture stands last, and only where there is one: most members of most editions have none.
    """
    packer = zlib.compressobj(_LEVEL, zlib.DEFLATED, _WINDOW, zdict=_COMMON)
    fields = to_json(
        [
            article.url,
            article.title,
            article.lead,
            article.source,
            article.outlet,
            article.language,
            article.published_at,
            article.received_at,
            article.reprint_of,
            *([article.image_url] if article.image_url else []),
        ]
    )
    return packer.compress(fields) + packer.flush()


def decode_member(article_id: str, data: bytes) -> StoredArticle:
    """The inverse of `encode_member`."""
    fields = zlib.decompressobj(_WINDOW, zdict=_COMMON).decompress(data)
    url, title, lead, source, outlet, language, published, received, reprint_of, *image = from_json(fields)
    return StoredArticle(
        article_id=article_id,
        url=url,
        title=title,
        lead=lead,
        source=source,
        outlet=outlet,
        language=language,
        published_at=datetime.fromisoformat(published) if published else None,
        received_at=datetime.fromisoformat(received),
        reprint_of=reprint_of,
        image_url=image[0] if image else None,
    )
