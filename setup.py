"""What pyproject.toml cannot say: `configs/` is data and goes into the wheel inside `pipeline`."""

from setuptools import find_namespace_packages, setup

setup(
    packages=[*find_namespace_packages(include=["pipeline*", "consumers*", "producers*"]), "pipeline.configs"],
    package_dir={"pipeline.configs": "configs"},
)
