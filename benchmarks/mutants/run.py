"""`python -m benchmarks.mutants.run [--workers N] [NAME...]`: test every mutant that was not tested yet, or these.

mutmut makes the mutants, asks the type checker, and finds out which tests pass through which function; `pool.py`
runs the tests. A run that was stopped goes on where it was. A mutant that lived for no stated reason is tested
again: a test may have been written since.
"""

from __future__ import annotations

import argparse
import os
import tempfile
from pathlib import Path
from unittest import mock

from mutmut import __main__ as mutmut
from mutmut.workers.isolation import get_mutant_runner

from benchmarks.mutants.pool import Pool
from benchmarks.mutants.reasons import reason_of
from benchmarks.mutants.results import RUN, Outcome, forget, mutants


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.mutants.run", description=__doc__)
    parser.add_argument("--workers", type=int, default=os.cpu_count(), help="processes that test; one a core")
    parser.add_argument("names", nargs="*", help="as mutmut writes them, or patterns of them")
    options = parser.parse_args()
    for broker in ("KAFKA_HOME", "KAFKA_BOOTSTRAP"):  # it takes seconds to start
        os.environ.pop(broker, None)
    (RUN / "mutmut-stats.json").unlink(missing_ok=True)  # a test that was changed may pass through other functions
    lived = [each for each in mutants() if each.outcome in (Outcome.SURVIVED, Outcome.UNTESTED)]
    forget({each.key for each in lived if reason_of(each) is None})
    with tempfile.TemporaryDirectory(prefix="mutants-", ignore_cleanup_errors=True) as folder:
        os.environ["TMPDIR"] = folder  # what is stopped in its middle leaves files
        pool = Pool(get_mutant_runner(), options.workers, Path(folder))
        with mock.patch.object(mutmut, "get_mutant_runner", return_value=pool):
            mutmut._run(options.names, options.workers)


if __name__ == "__main__":
    main()
