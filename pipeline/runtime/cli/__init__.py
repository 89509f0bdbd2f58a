"""The command line: the one place that wires producers, consumers and library together.

It alone imports upwards, from the roles; nothing imports it. Commands import what they run when they run,
so that `groundswell --help` answers at once.
"""

import os

# numpy's OpenBLAS keeps a thread for each core, which waits in a loop after each product. Products
# as small as ours gain nothing by it: a decision took twice the processor time, and the encoder needs the cores.
# Read once, when numpy is first imported; a value that the user set stays.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
