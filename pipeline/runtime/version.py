"""Which version runs."""

from __future__ import annotations

from importlib.metadata import PackageNotFoundError, version


def installed_version() -> str:
    """As the package was installed; `unknown` in a checkout that nobody installed."""
    try:
        return version("groundswell-pipeline")
    except PackageNotFoundError:
        return "unknown"
