"""From a history and a launch to the table that a model sees."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from features.catalog import FEATURES
from features.context import Context, build_context
from features.declaration import Feature
from features.kernel import aggregate, compile_program
from features.rows import capture_rows, purchase_rows
from history import History, Launch, cohort


def build_features(
    history: History,
    launch: Launch | str,
    *,
    context: Context | None = None,
    features: Sequence[Feature] = FEATURES,
) -> pd.DataFrame:
    """One row a lead of the launch, one float64 column a feature; index ``lead_id``, NaN where there is no value.

    ``context`` defaults to the launch's own. Raises HistoryError or LaunchError.
    """
    launch = history.launch(launch) if isinstance(launch, str) else launch
    leads = cohort(history, launch)
    return features_of(history, launch, leads, context or build_context(history, launch.as_of), features)


def features_of(
    history: History, launch: Launch, leads: pd.DataFrame, context: Context, features: Sequence[Feature] = FEATURES
) -> pd.DataFrame:
    """The features of a cohort at hand (``lead_id``, ``as_of``, each lead once), in its order, whichever that is."""
    values = np.empty((len(leads), len(features)))
    for source in sorted({feature.source for feature in features}):
        columns = [i for i, feature in enumerate(features) if feature.source == source]
        program = compile_program([features[i] for i in columns])
        known = (
            purchase_rows(history, leads, context) if source == "purchases" else capture_rows(history, leads, launch)
        )
        values[:, columns] = aggregate(program, known)
    names = [feature.name for feature in features]
    return pd.DataFrame(values, index=pd.Index(leads["lead_id"], name="lead_id"), columns=names)
