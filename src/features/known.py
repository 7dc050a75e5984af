"""What a launch's features need from the whole history, in one reading of it."""

from __future__ import annotations

from typing import NamedTuple

import pandas as pd

from features.catalog import FEATURES
from features.context import Context, ContextCounts
from features.declaration import Feature
from features.discovery import Discovery, spoken_columns
from history import History, Launch
from history.cohort import CohortCount
from history.one_pass import one_pass


class Known(NamedTuple):
    """The leads of a launch (``lead_id``, ``as_of``; ordered by lead), the declared features and the context."""

    leads: pd.DataFrame
    features: tuple[Feature, ...]
    context: Context


def known_at(history: History, launch: Launch) -> Known:
    """The leads of ``cohort``, the ``declared_features`` and the ``build_context`` of a launch, found together.

    Raises LaunchError where the launch lacks a time.
    """
    leads, columns = CohortCount(history, launch), spoken_columns(history, launch.as_of)
    declared, context = Discovery(history, launch.as_of, columns), ContextCounts(history, launch.as_of, columns)
    one_pass(history, [leads, *declared.counts, *context.counts])
    return Known(leads.leads(), FEATURES + declared.features(), context.context())
