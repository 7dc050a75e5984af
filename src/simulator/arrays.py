"""Array types and the one table shape used inside the simulator: equally long numpy columns."""

from dataclasses import fields
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]
BoolArray = NDArray[np.bool_]

NEVER = np.inf
"""The instant of something that does not happen."""

TableT = TypeVar("TableT", bound="Table")


class Table:
    """Base of the frozen dataclasses whose every field is a column of the same length."""

    def __len__(self) -> int:
        return len(getattr(self, fields(self)[0].name))  # type: ignore[arg-type]

    def take(self: TableT, rows: NDArray[Any]) -> TableT:
        """Return the rows selected by a mask or by positions."""
        columns = {f.name: getattr(self, f.name)[rows] for f in fields(self)}  # type: ignore[arg-type]
        return type(self)(**columns)


def concat_tables(tables: list[TableT]) -> TableT:
    """Stack tables of one kind; raises ``IndexError`` on an empty list."""
    names = [f.name for f in fields(tables[0])]  # type: ignore[arg-type]
    return type(tables[0])(**{n: np.concatenate([getattr(t, n) for t in tables]) for n in names})


def repeat_index(counts: IntArray) -> IntArray:
    """Return row numbers repeated ``counts`` times each: ``[2, 0, 1]`` gives ``[0, 0, 2]``."""
    return np.repeat(np.arange(len(counts)), counts)
