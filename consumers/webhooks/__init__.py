"""Tells receivers of story revisions over HTTP: signed, in order, until they take them or a day is over."""
