"""Does a new version of a published schema break those who use it; only tests ask."""
