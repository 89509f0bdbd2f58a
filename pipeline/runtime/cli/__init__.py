"""The command line: the one place that wires producers, consumers and library together.

It alone imports upwards, from the roles; nothing imports it. Commands import what they run when they run,
so that `groundswell --help` answers at once.
"""
