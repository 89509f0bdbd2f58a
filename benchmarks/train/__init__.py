"""Trains the clustering's join model: `python -m benchmarks.train DIR`."""
