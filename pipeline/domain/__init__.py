"""What decides: which story an article belongs to, and what its record says. Knows no service."""
