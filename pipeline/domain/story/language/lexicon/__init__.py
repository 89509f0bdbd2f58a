"""Word lists, one JSON file per language; see `Lexicon` for what each list is for."""
