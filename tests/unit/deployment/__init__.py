"""What an operator runs: the probe, the Compose file, the image, the alerts and the dashboard."""
