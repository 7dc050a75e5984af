"""How each campaign's leads converted, shrunk to the launch's mean by how little a small campaign tells."""

from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ..evaluation import shrink_rates
from ..history import History, Launch

#: So many are named, the largest; the intervals are learned from all.
_MOST = 20
NO_CAMPAIGN = "(no campaign)"

# The latest capture known at the lead's as_of, or the one that makes it part of the launch; at one instant the last in
# the order of the file, as features read it.
_CAMPAIGNS = """
    SELECT lead_id, arg_max(coalesce(utm_campaign, $none), leads) AS campaign
    FROM leads JOIN scored USING (lead_id)
    WHERE captured_at < as_of OR (captured_at = as_of AND (launch_id = $launch_id OR $perpetual))
    GROUP BY lead_id
"""


def compute_campaign_rates(
    history: History, launch: Launch, scored: pd.DataFrame, label: NDArray[np.int64]
) -> list[dict[str, Any]]:
    """One entry a campaign of the scored leads' latest captures, largest first; none where fewer than two are named.

    ``campaign, leads, buyers, conversion`` (as seen), ``shrunk`` (see ``hotleads.evaluation.shrink_rates``) and its 90%
    interval ``low``, ``high``.
    """
    with history.connect() as con:
        con.register("scored", scored[["lead_id", "as_of"]])
        values = {
            "none": NO_CAMPAIGN,
            "launch_id": launch.launch_id,
            "perpetual": launch.strategy == "perpetual",
        }
        known = con.sql(_CAMPAIGNS, params=values).to_arrow_table().to_pandas().set_index("lead_id")["campaign"]
    campaign = scored["lead_id"].map(known).fillna(NO_CAMPAIGN).to_numpy()
    counts = pd.DataFrame({"campaign": campaign, "label": label}).groupby("campaign")["label"].agg(["size", "sum"])
    if len(counts.index.drop(NO_CAMPAIGN, errors="ignore")) < 2:
        return []
    rates = shrink_rates(counts["sum"], counts["size"]).set_index(counts.index)
    rates = rates.rename_axis("campaign").reset_index().sort_values(["leads", "campaign"], ascending=[False, True])
    rates = rates.rename(columns={"raw_rate": "conversion", "rate": "shrunk"})
    columns = ["campaign", "leads", "buyers", "conversion", "shrunk", "low", "high"]
    return [{str(key): value for key, value in row.items()} for row in rates[columns].head(_MOST).to_dict("records")]
