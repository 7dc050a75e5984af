"""Fit AutoGluon to a folder's rows and predict: run by `learner_autogluon.py` in an environment without hotleads.

    python learner_autogluon_fit.py FOLDER SECONDS

Reads `train.parquet`, `valid.parquet` (`label` and the features as numbers) and `test.parquet` (the features); writes
`predictions.parquet` and `models.json`: each model that ran and its log loss on the validation rows.
"""

import json
import sys
from pathlib import Path

import pandas as pd
from autogluon.tabular import TabularPredictor


def main() -> None:
    """Fit within the time, with networks, and predict."""
    folder, seconds = Path(sys.argv[1]), float(sys.argv[2])
    train, valid, test = (pd.read_parquet(folder / f"{name}.parquet") for name in ("train", "valid", "test"))
    predictor = TabularPredictor(
        label="label", problem_type="binary", eval_metric="log_loss", path=str(folder / "models"), verbosity=1
    )
    predictor.fit(train, tuning_data=valid, time_limit=seconds, num_gpus=0)
    ran = predictor.leaderboard().set_index("model")["score_val"]
    (folder / "models.json").write_text(json.dumps({name: -float(score) for name, score in ran.items()}))
    pd.DataFrame({"probability": predictor.predict_proba(test)[1].to_numpy()}).to_parquet(
        folder / "predictions.parquet"
    )


if __name__ == "__main__":
    main()
