"""The truth about stories: Redis, changed only by the atomic scripts beside this file."""
