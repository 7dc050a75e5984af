"""What a launch's features need from the whole history, in one reading of it."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

import pandas as pd

from ..history import History, Launch
from ..history.cohort import CohortAccumulator
from ..history.scan import Accumulator, scan_history
from .catalog import FEATURES
from .context import Context, ContextCounts
from .declaration import Feature
from .discovery import FeatureDiscovery, list_capture_fields


class LaunchInputs(NamedTuple):
    """The leads of a launch (``lead_id``, ``as_of``; ordered by lead), the declared features and the context."""

    leads: pd.DataFrame
    features: tuple[Feature, ...]
    context: Context


def read_launch_inputs(history: History, launch: Launch) -> LaunchInputs:
    """The leads of ``cohort``, the ``declared_features`` and the ``build_context`` of a launch, found together.

    Raises LaunchError where the launch lacks a time.
    """
    leads = CohortAccumulator(history, launch)
    features, context = read_features_and_context(history, launch.as_of, leads)
    return LaunchInputs(leads.to_leads(), features, context)


def read_features_and_context(
    history: History, as_of: datetime, *others: Accumulator
) -> tuple[tuple[Feature, ...], Context]:
    """The ``declared_features`` and the ``build_context`` of an instant; ``others`` are counted along with them."""
    columns = list_capture_fields(history, as_of)
    declared, context = FeatureDiscovery(history, as_of, columns), ContextCounts(history, as_of, columns)
    scan_history(history, [*others, *declared.counts, *context.counts])
    return FEATURES + declared.features(), context.context()


def read_cohort_and_context(history: History, launch: Launch, *, currency: str | None) -> tuple[pd.DataFrame, Context]:
    """The leads of a launch as in ``Known``, and its ``build_context``, found together. Raises LaunchError."""
    leads = CohortAccumulator(history, launch)
    context = ContextCounts(history, launch.as_of, list_capture_fields(history, launch.as_of), currency=currency)
    scan_history(history, [leads, *context.counts])
    return leads.to_leads(), context.context()
