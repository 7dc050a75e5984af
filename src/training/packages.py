"""Which versions made a result."""

import platform
from importlib.metadata import PackageNotFoundError, version

_PACKAGES = ("duckdb", "numba", "numpy", "optuna", "pandas", "scikit-learn", "xgboost", "xgboost-cpu", "hotleads")


def package_versions() -> dict[str, str]:
    """Installed versions of the packages that decide a result's bits, and Python's."""
    found = {"python": platform.python_version()}
    for name in _PACKAGES:
        try:
            found[name] = version(name)
        except PackageNotFoundError:  # one of the two XGBoost distributions, or a source tree that is not installed
            continue
    return found
