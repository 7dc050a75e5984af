"""Which versions made a result."""

import hashlib
import platform
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

_PACKAGES = ("duckdb", "numba", "numpy", "optuna", "pandas", "scikit-learn", "xgboost", "xgboost-cpu", "hotleads")

_ROOMS = ("history", "features", "evaluation", "scoring", "checks", "training")


def list_package_versions() -> dict[str, str]:
    """Installed versions of the packages that decide a result's bits, and Python's."""
    found = {"python": platform.python_version()}
    for name in _PACKAGES:
        try:
            found[name] = version(name)
        except PackageNotFoundError:  # one of the two XGBoost distributions, or a source tree that is not installed
            continue
    return found


@cache
def hash_code() -> str:
    """Hash (hex) of the code and packages that decide a result: only under the same ones may a kept one be used."""
    told = hashlib.sha256(repr(sorted(list_package_versions().items())).encode())
    for room in _ROOMS:
        for file in sorted((Path(__file__).parents[1] / room).rglob("*.py")):
            told.update(file.read_bytes())
    return told.hexdigest()
