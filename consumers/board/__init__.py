"""The board: a small web app over the topic of stories, a subscriber like any other."""
