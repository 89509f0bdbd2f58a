"""What building a record costs, as the story grows: `python -m benchmarks.record`."""
