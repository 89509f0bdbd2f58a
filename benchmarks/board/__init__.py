"""How fast the board answers with many stories on it."""
