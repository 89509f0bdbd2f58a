"""Builds the shipped table of outlets from ratings as their raters published them."""
