"""Trains and measures the head that tells what stories are about."""
