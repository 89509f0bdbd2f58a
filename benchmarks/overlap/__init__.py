"""What overlapping the encoder with the commits brings: `python -m benchmarks.overlap`."""
