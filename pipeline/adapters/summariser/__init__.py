"""Optional summaries by a language model, checked against the articles that they cite."""
