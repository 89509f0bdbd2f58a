"""Benchmarks and training: run by hand, never imported by the product."""
