"""What a model has learned from, by its card: a score of a lead whose outcome it knew is no forecast."""

from datetime import datetime

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ..history import Launch
from .model import Model

#: The finding of a scored row whose launch the model has learned from.
TRAINED_ON_LAUNCH = "model-trained-on-launch"


def list_training_windows(model: Model) -> set[str]:
    """Return the names of the launches and cut-offs that the model was trained on."""
    return {window["name"] for window in model.card.get("windows", ())}


def find_calibration_launch(model: Model) -> str | None:
    """Return the id of the launch that the model was recalibrated on, or None."""
    return (model.card.get("recalibrated") or {}).get("on")


def has_learned_from(model: Model, launch: Launch) -> bool:
    """Return whether the model was trained or recalibrated on the launch."""
    return launch.launch_id in list_training_windows(model) | {find_calibration_launch(model)}


def mark_learned_leads(model: Model, launch: Launch, as_of: pd.Series) -> NDArray[np.bool_]:
    """Mark the leads of a launch, scored at ``as_of``, whose outcomes the model may know.

    They are all leads of a launch that it has learned from. Of a perpetual one, those who came after the model was made
    are not.
    """
    learned = np.full(len(as_of), has_learned_from(model, launch))
    if launch.strategy == "perpetual" and "as_of" in model.card:
        learned &= (as_of < datetime.fromisoformat(model.card["as_of"])).to_numpy(np.bool_)
    return learned
