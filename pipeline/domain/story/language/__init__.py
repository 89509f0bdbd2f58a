"""Languages as news writes them: words, sentences, figures."""
