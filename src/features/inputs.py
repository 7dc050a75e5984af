"""What a launch's features need from the whole history, read in one scan of it."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

import pandas as pd

from ..history import History, Launch
from ..history.cohort import CohortAccumulator
from ..history.scan import Accumulator, scan_history
from .catalog import FEATURES
from .context import Context, ContextBuilder
from .declaration import Feature
from .discovery import FeatureDiscovery, list_capture_fields


class LaunchInputs(NamedTuple):
    """The leads of a launch, its features and its context.

    Attributes
    ----------
    leads : pandas.DataFrame
        ``lead_id`` and ``as_of``, ordered by lead.
    features : tuple of Feature
        As ``list_features`` returns them.
    context : Context
        As ``build_context`` returns it.
    """

    leads: pd.DataFrame
    features: tuple[Feature, ...]
    context: Context


def read_launch_inputs(history: History, launch: Launch) -> LaunchInputs:
    """Read the leads of a launch, its features and its context in one scan.

    Parameters
    ----------
    history : History
        The history to read.
    launch : Launch
        The launch to score.

    Raises
    ------
    LaunchError
        Where the launch lacks a time.
    """
    leads = CohortAccumulator(history, launch)
    features, context = read_features_and_context(history, launch.as_of, leads)
    return LaunchInputs(leads.to_leads(), features, context)


def read_features_and_context(
    history: History, as_of: datetime, *accumulators: Accumulator
) -> tuple[tuple[Feature, ...], Context]:
    """Read the features and the context of an instant in one scan.

    Parameters
    ----------
    history : History
        The history to read.
    as_of : datetime
        The instant: rows before it count.
    *accumulators : Accumulator
        What else to feed in the same scan.

    Returns
    -------
    features : tuple of Feature
        As ``list_features`` returns them.
    context : Context
        As ``build_context`` returns it.
    """
    fields = list_capture_fields(history, as_of)
    discovery, context = FeatureDiscovery(history, as_of, fields), ContextBuilder(history, as_of, fields)
    scan_history(history, [*accumulators, *discovery.accumulators, *context.accumulators])
    return FEATURES + discovery.list_features(), context.build()


def read_cohort_and_context(history: History, launch: Launch, *, currency: str | None) -> tuple[pd.DataFrame, Context]:
    """Read the leads of a launch and its context in one scan.

    Parameters
    ----------
    history : History
        The history to read.
    launch : Launch
        The launch to score.
    currency : str or None
        The main currency of a model; None: the history's own.

    Returns
    -------
    leads : pandas.DataFrame
        As in ``LaunchInputs``.
    context : Context
        As ``build_context`` returns it.

    Raises
    ------
    LaunchError
        Where the launch lacks a time.
    """
    leads = CohortAccumulator(history, launch)
    fields = list_capture_fields(history, launch.as_of)
    context = ContextBuilder(history, launch.as_of, fields, currency=currency)
    scan_history(history, [leads, *context.accumulators])
    return leads.to_leads(), context.build()
