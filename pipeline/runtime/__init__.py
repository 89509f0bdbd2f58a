"""What runs: the command line, the embedded services, metrics, logs and probes."""
