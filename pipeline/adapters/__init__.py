"""What connects: Kafka, Redis, the endpoint of a language model, and files of articles."""
