"""Did the shares of the campaigns that bring leads move?"""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from .control_limits import Prior, fit_control_limit
from .launch_rows import LaunchRows
from .signals import DriftSignal, build_unknown_signal

#: Campaigns are named anew for each launch; their source and medium come back.
MIX = ("utm_source", "utm_medium")
_BELIEF = Prior(0.08, 0.03)
_MEASURE = "total variation of the shares of utm_source and utm_medium"
#: Fewer leads with a known origin than this tell no shares.
_LEAST_LEADS = 30


def measure_campaign_mix(launch: LaunchRows, earlier: Sequence[LaunchRows]) -> DriftSignal:
    """Total variation distance between the launch's shares and the earlier launches' mean ones.

    Leads whose origin is unknown are left out: a lost field is tracking, not another mix. The limit comes from the same
    distance of each earlier launch to the others.
    """
    now, before = label_origins(launch), [label_origins(rows) for rows in earlier]
    before = [each for each in before if len(each) >= _LEAST_LEADS]
    if len(now) < _LEAST_LEADS or not before:
        return build_unknown_signal("campaign mix", _MEASURE, "too few leads with a known utm_source or utm_medium")
    usual = pd.concat([_shares(each) for each in before], axis=1, ignore_index=True).T.fillna(0.0)
    past = [_distance(_shares(before[i]), usual.drop(index=i).mean(), len(before[i])) for i in range(len(before))]
    limit = fit_control_limit(past if len(before) > 1 else [], _BELIEF)
    value = _distance(_shares(now), usual.mean(), len(now))
    moved = (_shares(now).sub(usual.mean(), fill_value=0.0)).sort_values(key=np.abs, ascending=False)
    told = ", ".join(f"{name} {change:+.0%}" for name, change in moved.head(3).items())
    alarm = value > limit.high
    evidence = f"{value:.2f} of the leads come from elsewhere ({told}); usual {limit.usual:.2f}, limit {limit.high:.2f}"
    shifts = {str(name): round(float(change), 4) for name, change in moved.items()}
    return DriftSignal("campaign mix", _MEASURE, value, limit.usual, limit.high, alarm, evidence, {"shifts": shifts})


def label_origins(rows: LaunchRows) -> pd.Series:
    """For each lead whose origin is known, ``source / medium`` in words."""
    said = rows.capture_fields[list(MIX)]
    known = said[said.notna().any(axis=1)].astype(object).fillna("-")
    return known["utm_source"].str.cat(known["utm_medium"], sep=" / ")


def _shares(cell: pd.Series) -> pd.Series:
    return cell.value_counts(normalize=True)


def _distance(shares: pd.Series, others: pd.Series, leads: int) -> float:
    """Half the sum of absolute differences, less what chance alone gives so few leads."""
    both = pd.DataFrame({"now": shares, "others": others}).fillna(0.0)
    chance = np.sqrt(2 / np.pi * both["others"] * (1 - both["others"]) / leads).sum() / 2
    return max(float((both["now"] - both["others"]).abs().sum() / 2 - chance), 0.0)
