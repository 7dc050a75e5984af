"""What models of repeat buying read of a feature table."""

import numpy as np
import pandas as pd
import pytest

from hotleads.training.baselines.bg_nbd import fit_bg_nbd
from hotleads.training.baselines.pareto_nbd import fit_pareto_nbd
from hotleads.training.baselines.rfm_summary import RfmSummary, build_rfm_summary


def test_counts_days_after_the_first_and_the_time_to_the_last() -> None:
    table = pd.DataFrame(
        {
            "purchase_days": [0.0, 1.0, 4.0],
            "days_from_first_to_last_purchase": [np.nan, 0.4, 30.0],
            "days_since_first_purchase": [np.nan, 12.0, 45.0],
        }
    )
    summary = build_rfm_summary(table)
    np.testing.assert_array_equal(summary.frequency, [np.nan, 0, 3])
    np.testing.assert_array_equal(summary.recency, [np.nan, 0, 30])  # twice on one day is no repeat
    np.testing.assert_array_equal(summary.T, [np.nan, 12, 45])


@pytest.mark.parametrize("fit", [fit_bg_nbd, fit_pareto_nbd])
def test_nobody_who_bought_is_an_error(fit: object) -> None:
    nothing = np.full(3, np.nan)
    with pytest.raises(ValueError, match="nobody has bought"):
        fit(RfmSummary(nothing, nothing, nothing))  # type: ignore[operator]
