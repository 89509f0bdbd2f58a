"""An edition made again from the topic of articles beside the one that publishes, and the switch to it."""
