"""The producers: feeds, HTTP push, file replay."""
