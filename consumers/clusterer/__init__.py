"""The clusterer: puts each article into a story, and commits that to Redis."""
