"""Prints what the project needs, and what the extras named as arguments need besides: for images, a line each.

Read from pyproject.toml alone, so that an image can install it before it has the code.
"""

from __future__ import annotations

import sys
import tomllib
from pathlib import Path

project = tomllib.loads(Path("pyproject.toml").read_text("utf-8"))["project"]
extras = [each for extra in sys.argv[1:] for each in project["optional-dependencies"][extra]]
print(*project["dependencies"], *extras, sep="\n")
