"""A role leaves the cores to the encoder."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

LOOK = """
import pipeline.runtime.cli.main
import numpy
from threadpoolctl import threadpool_info
print({each["num_threads"] for each in threadpool_info() if each["user_api"] == "blas"})
"""


@pytest.mark.parametrize(("chosen", "expected"), [(None, "{1}"), ("2", "{2}")])
def test_matrix_products_of_a_command_take_one_thread_unless_the_user_says_otherwise(
    chosen: str | None, expected: str
) -> None:
    env = {name: value for name, value in os.environ.items() if not name.endswith("_NUM_THREADS")}
    if chosen is not None:
        env["OPENBLAS_NUM_THREADS"] = chosen
    done = subprocess.run([sys.executable, "-c", LOOK], env=env, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == expected
