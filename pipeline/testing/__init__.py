"""What tests and benchmarks share, for those who write a subscriber or a producer too.

`articles` is a stream of made-up news. `records` has stories as subscribers get them, of the outlets in `outlets`,
and `snapshots` has stories as publishers read them. `clock` is a clock to inject, `faults` has crashes as data.
What is made up is the same for the same arguments:

    from itertools import islice

    from pipeline.testing.articles import made_up_articles

    for article in islice(made_up_articles(per_day=100), 700):  # a week
        producer.send(article)
"""
