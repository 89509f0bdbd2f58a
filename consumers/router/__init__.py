"""The router: hands each article to the edition of its language."""
