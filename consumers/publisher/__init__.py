"""The publisher: drains the outbox and emits story records as coverage grows."""
