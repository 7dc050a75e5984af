"""What a launch's features need from the whole history, in one reading of it."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

import pandas as pd

from ..history import History, Launch
from ..history.cohort import CohortCount
from ..history.one_pass import Count, one_pass
from .catalog import FEATURES
from .context import Context, ContextCounts
from .declaration import Feature
from .discovery import Discovery, spoken_columns


class Known(NamedTuple):
    """The leads of a launch (``lead_id``, ``as_of``; ordered by lead), the declared features and the context."""

    leads: pd.DataFrame
    features: tuple[Feature, ...]
    context: Context


def known_at(history: History, launch: Launch) -> Known:
    """The leads of ``cohort``, the ``declared_features`` and the ``build_context`` of a launch, found together.

    Raises LaunchError where the launch lacks a time.
    """
    leads = CohortCount(history, launch)
    features, context = known_of_all(history, launch.as_of, leads)
    return Known(leads.leads(), features, context)


def known_of_all(history: History, as_of: datetime, *others: Count) -> tuple[tuple[Feature, ...], Context]:
    """The ``declared_features`` and the ``build_context`` of an instant; ``others`` are counted along with them."""
    columns = spoken_columns(history, as_of)
    declared, context = Discovery(history, as_of, columns), ContextCounts(history, as_of, columns)
    one_pass(history, [*others, *declared.counts, *context.counts])
    return FEATURES + declared.features(), context.context()


def cohort_and_context(history: History, launch: Launch, *, currency: str | None) -> tuple[pd.DataFrame, Context]:
    """The leads of a launch as in ``Known``, and its ``build_context``, found together. Raises LaunchError."""
    leads = CohortCount(history, launch)
    context = ContextCounts(history, launch.as_of, spoken_columns(history, launch.as_of), currency=currency)
    one_pass(history, [leads, *context.counts])
    return leads.leads(), context.context()
