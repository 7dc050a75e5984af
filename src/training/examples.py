"""Rows to learn from: the features and labels of earlier windows, each as it was known at its own ``as_of``."""

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
from .windows import compute_label_delay

_MAX_ROWS = 400_000
#: A window this many launches older counts half.
_HALF_LIFE_LAUNCHES = 2.0


@dataclass(frozen=True)
class Examples:
    """Rows to learn from, each a lead at the ``as_of`` of its window.

    Attributes
    ----------
    table : pandas.DataFrame
        Features (columns) of leads (index); a lead has a row in each window that it is part of.
    label : numpy.ndarray of int64
        0 or 1, one a row.
    window : numpy.ndarray of int64
        The row's place in ``windows``.
    windows : tuple of str
        Names of the windows, oldest first.
    as_of : numpy.ndarray of int64
        The row's instant, in microseconds UTC.
    """

    table: pd.DataFrame
    label: NDArray[np.int64]
    window: NDArray[np.int64]
    windows: tuple[str, ...]
    as_of: NDArray[np.int64]

    @property
    def weight(self) -> NDArray[np.float64]:
        """Each row's weight: half as much every two windows back."""
        age = len(self.windows) - 1 - self.window
        return np.asarray(0.5 ** (age / _HALF_LIFE_LAUNCHES))

    def take(self, mask: NDArray[np.bool_]) -> "Examples":
        """Return the rows of ``mask``."""
        return Examples(self.table[mask], self.label[mask], self.window[mask], self.windows, self.as_of[mask])

    def assign_folds(self, folds: int) -> NDArray[np.int64]:
        """Return a fold for each row, the same for all rows of a lead whatever the other leads are."""
        return self.hash_leads() % folds

    def hash_leads(self) -> NDArray[np.int64]:
        """Return a number below 2^32 for each row, the same for all rows of a lead whatever the other leads are."""
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
    """Return the rows of ``windows`` whose label (with ``mature``, the mature label) was final by ``as_of``.

    Each window has a context of its own, of what was known when it opened, in the currency of ``context``.
    """
    parts = [_build_window(history, window, as_of, context, mature, features) for window in windows]
    filled = [(window.launch_id, *part) for window, part in zip(windows, parts, strict=True) if len(part[1])]
    if not filled:
        empty = np.empty(0, np.int64)
        return Examples(pd.DataFrame(columns=[feature.name for feature in features]), empty, empty, (), empty)
    names, tables, labels, instants = zip(*filled, strict=True)
    window = np.repeat(np.arange(len(names)), [len(label) for label in labels])
    return _cap_rows(Examples(pd.concat(tables), np.concatenate(labels), window, names, np.concatenate(instants)))


def _build_window(
    history: History, window: Launch, as_of: datetime, context: Context, mature: bool, features: Sequence[Feature]
) -> tuple[pd.DataFrame, NDArray[np.int64], NDArray[np.int64]]:
    """Return a window's features, labels and instants."""
    leads = build_cohort(history, window, observed_until=as_of)
    column = "label_mature" if mature else "label"
    leads = leads[leads["until"] + compute_label_delay(mature) <= as_of].reset_index(drop=True)
    label: NDArray[np.int64] = leads[column].to_numpy(np.int64)
    window_context = build_context(history, window.as_of, currency=context.currency)
    table = compute_features(history, window, leads, window_context, features)
    return table, label, series_to_microseconds(leads["as_of"])


def _cap_rows(examples: Examples) -> Examples:
    """Keep about ``_MAX_ROWS`` rows at most, by whole leads and always the same ones."""
    parts = -(-len(examples.label) // _MAX_ROWS)
    # By the size of the lead's number, since folds go by its remainder: those kept must fill every fold.
    return examples if parts <= 1 else examples.take(examples.hash_leads() < 2**32 // parts)
