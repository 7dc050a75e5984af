"""What made a result: the versions of packages, the code, and the content of a history."""

import hashlib
import platform
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from ..history import History
from ..history.schema import TABLES

_PACKAGES = ("duckdb", "numba", "numpy", "optuna", "pandas", "scikit-learn", "xgboost", "xgboost-cpu", "hotleads")
#: The rooms whose code decides a result.
_ROOMS = ("history", "features", "evaluation", "scoring", "checks", "training")


def list_package_versions() -> dict[str, str]:
    """Return the installed versions of the packages that decide a result's bits, and Python's."""
    versions = {"python": platform.python_version()}
    for name in _PACKAGES:
        try:
            versions[name] = version(name)
        except PackageNotFoundError:  # one of the two XGBoost distributions, or a source tree that is not installed
            continue
    return versions


@cache
def hash_code() -> str:
    """Return a hash (hex) of the code and packages that decide a result: a cached result is valid under one alone."""
    digest = hashlib.sha256(repr(sorted(list_package_versions().items())).encode())
    for room in _ROOMS:
        for file in sorted((Path(__file__).parents[1] / room).rglob("*.py")):
            digest.update(file.read_bytes())
    return digest.hexdigest()


def hash_history(history: History) -> str:
    """Return a hash (hex) of the four tables on disk; personal data, which no model sees, does not count."""
    digest = hashlib.sha256()
    for table in TABLES:
        with (history.folder / f"{table}.parquet").open("rb") as file:
            digest.update(hashlib.file_digest(file, "sha256").digest())
    return digest.hexdigest()


def describe_history(history: History) -> dict[str, Any]:
    """Return plain values for a run: the history's hash, its first and last instant, and each table's rows."""
    rows = {f"history_{table}_rows": count for table, count in history.manifest["rows"].items()}
    began, ended = history.began_at, history.ended_at
    return {
        "history_fingerprint": hash_history(history)[:16],
        "history_began": began.isoformat() if began else None,
        "history_ended": ended.isoformat() if ended else None,
        **rows,
    }
