"""HTTP to the outside, where strangers say which address is asked: never to the inner network."""
