"""The truth that a simulation wrote; for evaluation alone."""

from pathlib import Path

import pandas as pd


def read_truth(history: Path) -> pd.DataFrame:
    """Return the truth of a simulated history.

    Parameters
    ----------
    history
        Folder that the simulator wrote.

    Returns
    -------
    pandas.DataFrame
        One row a (launch, lead): ``launch_id``, ``lead_id``, ``as_of``, ``until``, ``probability`` (of the label, given
        the latent state at ``as_of``), ``label``, ``probability_mature``, ``label_mature``, ``campaign`` (through which
        the lead truly came), ``campaign_effect`` (what that adds to ``probability``), ``treated`` (missing outside the
        hold-out), ``treatment_effect`` (what the coupon adds).

    Raises
    ------
    FileNotFoundError
        The folder was not written by the simulator.
    """
    if (history / "truth.parquet").exists():
        return _cast_columns(pd.read_parquet(history / "truth.parquet"))
    if (history / "truth.csv.gz").exists():
        return _cast_columns(pd.read_csv(history / "truth.csv.gz", parse_dates=["as_of", "until"]))
    raise FileNotFoundError(
        f"{history}: no truth.parquet or truth.csv.gz here; only a history written by `simulate` has a truth"
    )


def _cast_columns(truth: pd.DataFrame) -> pd.DataFrame:
    """Cast columns to equal types: both formats lose some where a column is empty or has gaps."""
    return truth.astype(
        dict.fromkeys(("launch_id", "lead_id", "campaign"), "str")
        | dict.fromkeys(("as_of", "until"), "datetime64[us, UTC]")
        | dict.fromkeys(("probability", "probability_mature", "campaign_effect", "treatment_effect"), "float64")
        | {"label": "int8", "label_mature": "int8", "treated": "Int8"}
    )
