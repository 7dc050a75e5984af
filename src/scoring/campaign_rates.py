"""Conversion of each campaign's leads; the smaller a campaign, the more its rate is shrunk to the launch's mean."""

from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ..evaluation import shrink_rates
from ..history import History, Launch
from ..history.captures import read_latest_captures

#: The report has the largest ones; the shrinkage is learned from all.
_MAX_CAMPAIGNS = 20
NO_CAMPAIGN = "(no campaign)"


def compute_campaign_rates(
    history: History, launch: Launch, scored: pd.DataFrame, label: NDArray[np.int64]
) -> list[dict[str, Any]]:
    """Return an entry a campaign of the leads' latest captures, largest first; none where fewer than two have names.

    ``campaign, leads, buyers, conversion`` (as seen), ``shrunk`` (see ``hotleads.evaluation.shrink_rates``) and its 90%
    interval ``low``, ``high``.
    """
    (captures,) = read_latest_captures(history, [(launch, scored)], ["utm_campaign"])
    campaign = scored["lead_id"].map(captures["utm_campaign"]).fillna(NO_CAMPAIGN).to_numpy()
    counts = pd.DataFrame({"campaign": campaign, "label": label}).groupby("campaign")["label"].agg(["size", "sum"])
    if len(counts.index.drop(NO_CAMPAIGN, errors="ignore")) < 2:
        return []
    rates = shrink_rates(counts["sum"], counts["size"]).set_index(counts.index)
    rates = rates.rename_axis("campaign").reset_index().sort_values(["leads", "campaign"], ascending=[False, True])
    rates = rates.rename(columns={"raw_rate": "conversion", "rate": "shrunk"})
    columns = ["campaign", "leads", "buyers", "conversion", "shrunk", "low", "high"]
    return [
        {str(key): value for key, value in row.items()}
        for row in rates[columns].head(_MAX_CAMPAIGNS).to_dict("records")
    ]
