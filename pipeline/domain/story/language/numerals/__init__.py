"""Number words and figure patterns, one JSON file per language; see `figures` for how they are read."""
