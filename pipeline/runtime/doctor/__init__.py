"""Looks whether what Groundswell stands on is there and as it must be: Kafka, Redis, and what lies in them.

`checks.py` lists the checks; each is a function that takes what can be asked (`reach.py`) and gives findings.
`starting.py` is the part that a role runs when it starts.
"""
