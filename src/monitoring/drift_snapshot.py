"""Evidently's report of a launch's drift: what the pages show and ``evidently ui`` opens."""

import os
from typing import TYPE_CHECKING

os.environ.setdefault("DO_NOT_TRACK", "1")  # read whenever Evidently would send something

from evidently import DataDefinition, Dataset, Report
from evidently.core.report import Snapshot
from evidently.metrics import ValueDrift
from threadpoolctl import threadpool_limits

if TYPE_CHECKING:
    from .drift import DriftReport


def draw_drift(drift: "DriftReport") -> Snapshot:
    """Compare the plotted columns once more, with Evidently's distributions."""
    plotted = drift.plotted
    flags = plotted.loc[plotted["flag"], "column"].to_list()
    numbers = plotted.loc[~plotted["flag"], "column"].to_list()
    definition = DataDefinition(numerical_columns=numbers, categorical_columns=flags)
    metrics = [ValueDrift(column=row.column, method=row.method, threshold=row.limit) for row in plotted.itertuples()]
    sides = [Dataset.from_pandas(side[numbers + flags], definition) for side in (drift.now, drift.before)]
    name = f"{drift.launch.name} against {drift.reference}"
    with threadpool_limits(1):  # a second thread of BLAS spins more than it helps
        snapshot = Report(metrics).run(*sides, timestamp=drift.launch.launch.as_of, name=name)
    for widget in (widget for result in snapshot.metric_results.values() for widget in result.widget):
        widget.tabs = widget.tabs[-1:]  # the distributions; the other tab runs along rows whose order means nothing
    return snapshot
