"""The three consumers: clusterer, publisher, board."""
