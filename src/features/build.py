"""From a history and a launch to the table that a model sees."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from features.capture_rows import capture_rows
from features.catalog import FEATURES, declared_features
from features.context import Context, build_context
from features.declaration import Feature
from features.event_rows import event_rows
from features.kernel import aggregate, compile_plan
from features.purchase_rows import purchase_rows
from history import History, Launch, cohort

_ROWS = {"purchases": purchase_rows, "captures": capture_rows, "events": event_rows}


def build_features(
    history: History,
    launch: Launch | str,
    *,
    context: Context | None = None,
    features: Sequence[Feature] | None = None,
) -> pd.DataFrame:
    """One row a lead of the launch, one float64 column a feature; index ``lead_id``, NaN where there is no value.

    ``features`` default to all that are declared and that the history brings itself, and ``context`` to the launch's
    own. Raises HistoryError or LaunchError.
    """
    launch = history.launch(launch) if isinstance(launch, str) else launch
    leads = cohort(history, launch)
    if features is None:
        features = declared_features(history, launch.as_of)
    return features_of(history, launch, leads, context or build_context(history, launch.as_of), features)


def features_of(
    history: History, launch: Launch, leads: pd.DataFrame, context: Context, features: Sequence[Feature] = FEATURES
) -> pd.DataFrame:
    """The features of a cohort at hand (``lead_id``, ``as_of``, each lead once), in its order, whichever that is."""
    values = np.empty((len(leads), len(features)))
    for source in sorted({feature.source for feature in features}):
        columns = [place for place, feature in enumerate(features) if feature.source == source]
        plan = compile_plan([features[place] for place in columns])
        values[:, columns] = aggregate(plan.program, _ROWS[source](history, launch, leads, context, plan))
    names = [feature.name for feature in features]
    return pd.DataFrame(values, index=pd.Index(leads["lead_id"], name="lead_id"), columns=names)
