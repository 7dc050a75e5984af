"""The simulated history that comes with the package."""

from pathlib import Path

_PACKAGE = Path(__file__).parents[1]


def get_sample_folder() -> Path:
    """Return the folder of the sample history: in the installed package, or ``data/sample`` of a source tree."""
    packaged = _PACKAGE / "sample"
    return packaged if packaged.is_dir() else _PACKAGE.parent / "data" / "sample"
