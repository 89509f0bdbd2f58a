"""What the board's search finds, with each of its steps and without, and how long it takes."""
