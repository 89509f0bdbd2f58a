"""Speed and exactness of the encoder's backends."""
