"""Reads articles anew that a large story no longer keeps: the command itself loads the encoder, if it must."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace

from pipeline.domain.clustering.desk import OrderRefusedError
from pipeline.domain.clustering.member import LiveMember
from pipeline.domain.clustering.model import load_model
from pipeline.domain.clustering.prepared import PreparedArticle, prepare, unplaced
from pipeline.domain.clustering.story import LiveStory
from pipeline.domain.clustering.stream import StreamState
from pipeline.domain.clustering.types import EncodedArticle
from pipeline.domain.edition import ClustererIdentity
from pipeline.domain.encoder.lead import text_to_encode
from pipeline.domain.encoder.protocol import Encoder
from pipeline.domain.encoder.usable import encoded, usable
from pipeline.domain.records.article import published_seconds
from pipeline.domain.story.snapshot import StoredArticle


class DeskMemory:
    """Articles that were read anew, from the first characters that the store holds of their texts."""

    def __init__(self, edition: ClustererIdentity, open_encoder: Callable[[], Encoder]) -> None:
        self._edition = edition
        self._open_encoder = open_encoder
        self._prepared: dict[str, tuple[PreparedArticle, StoredArticle]] = {}

    def lacks(self, article_ids: Iterable[str]) -> list[str]:
        """Those that were not read yet."""
        return [each for each in article_ids if each not in self._prepared]

    def read(self, articles: Sequence[StoredArticle]) -> None:
        """Read these. Raises OrderRefusedError where this machine has another encoder than the edition."""
        encoder = self._open_encoder()
        ours = (encoder.name, encoder.digest)
        if ours != (self._edition.encoder, self._edition.encoder_digest or encoder.digest):
            raise OrderRefusedError(
                "the story no longer keeps the vectors of these articles, and they can't be made here: the "
                f"edition has encoder {self._edition.encoder}, this machine has {encoder.name}; set encoder.model "
                "as the clusterers have it"
            )
        vectors = encoded(encoder, [text_to_encode(each.title, each.lead) for each in articles])
        for each, can in zip(articles, usable(vectors), strict=True):
            if not can:
                raise OrderRefusedError(
                    f"the encoder makes no usable vector of article {each.article_id}: leave it out"
                )
        made = [
            EncodedArticle(
                article_id=each.article_id,
                title=each.title,
                text=each.lead,
                language=each.language,
                source=each.source,
                published_at=published_seconds(each.published_at),
                vector=vector,
                arrived_at=each.received_at.timestamp(),
            )
            for each, vector in zip(articles, vectors, strict=True)
        ]
        for prepared, each in zip(prepare(made), articles, strict=True):
            self._prepared[each.article_id] = prepared, each

    def members(self, article_ids: Iterable[str], story: LiveStory, stream: StreamState) -> dict[str, LiveMember]:
        """These as members; when they came is only known to be before the story's last article."""
        wanted = list(article_ids)
        prior = load_model(self._edition.encoder).means if wanted else {}
        found = {}
        for article_id in wanted:
            prepared, held = self._prepared[article_id]
            member = unplaced(prepared, stream, prior)
            found[article_id] = replace(member, sequence=story.last_sequence, reprint=held.reprint_of is not None)
        return found
