"""The records that travel on the topics: articles in, stories out."""
