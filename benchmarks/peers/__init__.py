"""Other methods on the same articles and the same embeddings: `python -m benchmarks.peers DIR`."""
