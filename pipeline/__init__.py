"""Groundswell's library: everything that the consumers and producers share."""
