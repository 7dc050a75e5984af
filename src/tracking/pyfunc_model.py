"""The model for programs that know MLflow alone: a feature table in, probabilities out.

MLflow stores this file with the model and runs it when it loads the model ("model from code"): the import stays
absolute.
"""

from pathlib import Path
from typing import Any

import mlflow
import pandas as pd

from hotleads.scoring import compute_probabilities, load


class HotleadsModel(mlflow.pyfunc.PythonModel):  # type: ignore[misc]
    """Predict the probability of a purchase in the launch's window from the columns that the artefact declares."""

    def load_context(self, context: Any) -> None:
        """Load the artefact that is stored with the model."""
        self.model = load(Path(context.artifacts["artefact"]))

    def predict(self, context: Any, model_input: pd.DataFrame, params: dict[str, Any] | None = None) -> pd.Series:
        """Return one probability a row."""
        return pd.Series(
            compute_probabilities(self.model.predict_logits(model_input)), model_input.index, name="probability"
        )


mlflow.models.set_model(HotleadsModel())
