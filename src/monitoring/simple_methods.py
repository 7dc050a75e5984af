"""The ladder of simple methods on a launch whose labels are known."""

from datetime import datetime
from typing import Any

from history import History, LaunchError
from monitoring.launch_rows import LaunchRows
from monitoring.matured import settled_label
from scoring import Model
from training.ladder import ladder
from training.training_set import training_set

_MOST_LEADS = 20_000


def simple_methods(history: History, launch: LaunchRows, model: Model) -> list[dict[str, Any]] | None:
    """The ladder's entries (see ``training.ladder``), each rung learned from what the model learned from.

    A large launch is compared on every so manieth lead. None where the history no longer teaches what it taught then.
    """
    label = settled_label(launch)[1]
    scored = launch.leads[["lead_id", "as_of"]].assign(probability=launch.probability, label=label)[label.notna()]
    as_of, mature = datetime.fromisoformat(model.card["as_of"]), model.card["label"] == "mature"
    try:
        learned = training_set(history, launch.launch, as_of, mature=mature)
    except LaunchError:
        return None
    step = -(-len(scored) // _MOST_LEADS)
    return ladder(history, launch.launch, learned, scored.iloc[::step].reset_index(drop=True))
