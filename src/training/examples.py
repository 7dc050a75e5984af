"""Training rows: the features and labels of earlier windows, each as it was known at its own ``as_of``."""

import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ..features import FEATURES, Context, Feature, build_context, compute_features
from ..history import History, Launch, build_cohort
from ..history.timestamps import series_to_microseconds
from .maturity import compute_label_delay

_MOST_ROWS = 400_000
#: A window this many launches older counts half.
_HALF_LIFE_LAUNCHES = 2.0


@dataclass(frozen=True)
class Examples:
    """Rows to learn from: ``table`` (leads x features), ``label`` (0/1), ``window`` (its place in ``windows``).

    ``as_of`` is each row's instant, in microseconds UTC.
    """

    table: pd.DataFrame
    label: NDArray[np.int64]
    window: NDArray[np.int64]
    windows: tuple[str, ...]
    as_of: NDArray[np.int64]

    @property
    def weight(self) -> NDArray[np.float64]:
        """Later windows count more: half as much every two windows back."""
        age = len(self.windows) - 1 - self.window
        return np.asarray(0.5 ** (age / _HALF_LIFE_LAUNCHES))

    def take(self, mask: NDArray[np.bool_]) -> "Examples":
        """The rows of ``mask``."""
        return Examples(self.table[mask], self.label[mask], self.window[mask], self.windows, self.as_of[mask])

    def lead_folds(self, folds: int) -> NDArray[np.int64]:
        """A fold for each row, the same for all rows of a lead whatever the others are."""
        return self.lead_numbers() % folds

    def lead_numbers(self) -> NDArray[np.int64]:
        """A number below 2^32 for each row, the same for all rows of a lead whatever the others are."""
        return np.array([zlib.crc32(str(lead).encode()) for lead in self.table.index], np.int64)


def build_examples(
    history: History,
    windows: Sequence[Launch],
    as_of: datetime,
    context: Context,
    features: Sequence[Feature] = FEATURES,
    *,
    mature: bool = False,
) -> Examples:
    """The rows of ``windows`` whose label (with ``mature``, the mature label) was settled by ``as_of``.

    Each window has a context of its own, of what was known when it opened, in the currency of ``context``.
    """
    parts = [_rows(history, window, as_of, context, mature, features) for window in windows]
    kept = [(window.launch_id, *part) for window, part in zip(windows, parts, strict=True) if len(part[1])]
    if not kept:
        empty = np.empty(0, np.int64)
        return Examples(pd.DataFrame(columns=[f.name for f in features]), empty, empty, (), empty)
    names, tables, labels, instants = zip(*kept, strict=True)
    window = np.repeat(np.arange(len(names)), [len(label) for label in labels])
    rows = (pd.concat(tables), np.concatenate(labels), window, names, np.concatenate(instants))
    return _capped(Examples(*rows))


def _rows(
    history: History, window: Launch, as_of: datetime, context: Context, mature: bool, features: Sequence[Feature]
) -> tuple[pd.DataFrame, NDArray[np.int64], NDArray[np.int64]]:
    leads = build_cohort(history, window, observed_until=as_of)
    column = "label_mature" if mature else "label"
    leads = leads[leads["until"] + compute_label_delay(mature) <= as_of].reset_index(drop=True)
    label: NDArray[np.int64] = leads[column].to_numpy(np.int64)
    known = build_context(history, window.as_of, currency=context.currency)
    return compute_features(history, window, leads, known, features), label, series_to_microseconds(leads["as_of"])


def _capped(examples: Examples) -> Examples:
    """About so many rows at most, by whole leads and always the same ones."""
    parts = -(-len(examples.label) // _MOST_ROWS)
    # By the size of the lead's number, since folds go by its remainder: those kept must fill every fold.
    return examples if parts <= 1 else examples.take(examples.lead_numbers() < 2**32 // parts)
