"""What `groundswell bench` measures of the library itself, with the machine it ran on and what was made up for it.

What needs a broker, a Redis and the roles is in `pipeline/runtime/bench`.
"""
