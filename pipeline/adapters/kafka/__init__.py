"""Everything that speaks to Kafka: clients, topics, envelopes, dead letters."""
