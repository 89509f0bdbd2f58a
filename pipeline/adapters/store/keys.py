"""Names of the keys. All keys of one edition share a hash tag, so that they live in one slot of a cluster."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass


@dataclass(frozen=True)
class Keys:
    """The keys of one edition; docs/architecture.md says what each holds."""

    edition: str

    @property
    def prefix(self) -> str:
        """Everything of this edition starts with it; the scripts build names of stories from it."""
        return f"gs:{{{self.edition}}}:"

    @property
    def positions(self) -> str:
        """Hash `topic:partition` -> next offset to apply."""
        return self.prefix + "positions"

    @property
    def topics(self) -> str:
        """Hash topic -> id of the topic that the positions belong to; empty where the broker tells none."""
        return self.prefix + "topics"

    @property
    def counters(self) -> str:
        """Hash in, joined, opened, duplicate, dead_lettered: `in` is always the sum of the rest."""
        return self.prefix + "counters"

    @property
    def sequence(self) -> str:
        """Number of the last commit that changed stories: milliseconds, raised by one where needed."""
        return self.prefix + "sequence"

    @property
    def server(self) -> str:
        """`RUN:TIME`: the run id of the Redis whose append-only file is known to be whole, and since when."""
        return self.prefix + "server"

    @property
    def settled(self) -> str:
        """Hash shard -> what `server` said when its stories were last compared with the topic, that topic's id,
        `publisher.min_sources` then, and the stage."""
        return self.prefix + "settled"

    @property
    def identity(self) -> str:
        """Hash: what all processes of the edition have in common, by field, and the digest of it all."""
        return self.prefix + "identity"

    @property
    def turn(self) -> str:
        """Token of the clusterer whose turn it is to decide."""
        return self.prefix + "turn"

    @property
    def unfinished(self) -> str:
        """There while a commit runs; afterwards only where one was torn."""
        return self.prefix + "unfinished"

    @property
    def changes(self) -> str:
        """Stream: one entry per commit, id `sequence-0`, naming the stories that changed."""
        return self.prefix + "changes"

    @property
    def live(self) -> str:
        """Hash story id -> clustering state of each live story."""
        return self.prefix + "live"

    @property
    def hidden_again(self) -> str:
        """Hash of the stories that the topic hides and of which the clustering may not know it."""
        return self.prefix + "hidden_again"

    @property
    def terms(self) -> str:
        """Document frequencies: TERM_BUCKETS big-endian uint32."""
        return self.prefix + "terms"

    @property
    def means(self) -> str:
        """Running mean vector of each language."""
        return self.prefix + "means"

    def story(self, story_id: str) -> str:
        """Hash: what is known of a story besides its members."""
        return f"{self.prefix}story:{story_id}"

    def members(self, story_id: str) -> str:
        """Hash article id -> member, packed."""
        return f"{self.prefix}story:{story_id}:articles"

    def log(self, story_id: str) -> str:
        """Stream: per revision of a large story, with id `REVISION-0`, the members that it changed."""
        return f"{self.prefix}story:{story_id}:log"

    def history(self, story_id: str) -> str:
        """List of summaries of the published revisions, oldest first, capped."""
        return f"{self.prefix}story:{story_id}:history"

    def corrections_of(self, story_id: str) -> str:
        """Stream: what desks corrected of the story, as in `corrections`; capped."""
        return f"{self.prefix}story:{story_id}:corrections"

    @property
    def corrections(self) -> str:
        """Stream: one entry per correction by a desk, under the number of its commit; capped."""
        return self.prefix + "corrections"

    def article(self, article_id: str) -> str:
        """String: the story that the article was put into (an absorbed one resolves further), and its version."""
        return f"{self.prefix}article:{article_id}"

    def outbox(self, shard: int) -> str:
        """Sorted set story id -> time (ms) of its oldest unpublished change."""
        return f"{self.prefix}outbox:{shard}"

    @property
    def publishers(self) -> str:
        """Sorted set name of a publisher -> time (ms) until which it counts as there."""
        return self.prefix + "publishers"

    def lease(self, shard: int) -> str:
        """String: token of the publisher that holds the shard."""
        return f"{self.prefix}lease:{shard}"


def position_field(topic: str, partition: int) -> str:
    """The partition's name in the hash of positions."""
    return f"{topic}:{partition}"


def shard_of(story_id: str, shards: int) -> int:
    """The part of the outbox that a story belongs to; `commit.lua` computes the same."""
    return int(hashlib.sha1(story_id.encode(), usedforsecurity=False).hexdigest()[:8], 16) % shards
