"""What is said of an error in somebody else's code: its kind and its place, never its text, which may quote a row."""

import sysconfig
import traceback
from pathlib import Path

#: Where the modules of libraries lie.
LIBRARIES = tuple({sysconfig.get_path(name) for name in ("stdlib", "purelib", "platlib")})


def describe_failure(error: BaseException) -> str:
    """Return kind and place of an error, such as ``KeyError at my_features.py:12``; the place is not a library's."""
    places = traceback.extract_tb(error.__traceback__)
    own = [place for place in places if Path(place.filename).is_file() and not place.filename.startswith(LIBRARIES)]
    place = (own or places)[-1]
    return f"{type(error).__name__} at {Path(place.filename).name}:{place.lineno}"
