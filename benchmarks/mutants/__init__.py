"""What became of each mutant, folder by folder."""
