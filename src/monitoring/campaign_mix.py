"""The campaign mix signal: did the shares of the campaigns that bring leads change?"""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from ..language import Phrase
from .launch_rows import LaunchRows
from .signals import NO_LIMIT, DriftSignal, Prior, build_unknown_signal, fit_control_limit

#: Campaigns are named anew for each launch; their source and medium come back.
_ORIGIN = ("utm_source", "utm_medium")
_PRIOR = Prior(0.08, 0.03)
_MEASURE = "total variation of the shares of utm_source and utm_medium"
#: Shares of fewer leads with a known origin are not compared.
_MIN_LEADS = 30
_TOO_FEW = Phrase("too few leads with a known utm_source or utm_medium")


def measure_campaign_mix(launch: LaunchRows, earlier: Sequence[LaunchRows]) -> DriftSignal:
    """Measure the total variation distance between the launch's shares and the earlier launches' mean shares.

    Leads whose origin is unknown are left out: a lost field is lost attribution, not another mix. The limit comes from
    the same distance of each earlier launch to the others.
    """
    now = label_origins(launch)
    before = [origins for rows in earlier if len(origins := label_origins(rows)) >= _MIN_LEADS]
    if len(now) < _MIN_LEADS or not before:
        return build_unknown_signal("campaign mix", _MEASURE, _TOO_FEW)
    usual = pd.concat([_count_shares(origins) for origins in before], axis=1, ignore_index=True).T.fillna(0.0)
    past = [
        _measure_distance(_count_shares(before[i]), usual.drop(index=i).mean(), len(before[i]))
        for i in range(len(before))
    ]
    limit = fit_control_limit(past if len(before) > 1 else [], _PRIOR)
    value = _measure_distance(_count_shares(now), usual.mean(), len(now))
    moved = (_count_shares(now).sub(usual.mean(), fill_value=0.0)).sort_values(key=np.abs, ascending=False)
    if limit.high >= 1:  # no distance is larger
        evidence = Phrase(
            "{value:.0%} of the leads come from other sources than usual; {why}", value=value, why=NO_LIMIT
        )
        return build_unknown_signal("campaign mix", _MEASURE, evidence)
    alarm = value > limit.high
    evidence = Phrase(
        "{value:.0%} of the leads come from other sources than usual ({largest}); {usual:.0%} is common, up to "
        "{limit:.0%} usual",
        value=value,
        largest=tuple(
            Phrase("{name} {change:+.0%}", name=name, change=change) for name, change in moved.head(3).items()
        ),
        usual=limit.usual,
        limit=limit.high,
    )
    shifts = {str(name): round(float(change), 4) for name, change in moved.items()}
    return DriftSignal("campaign mix", _MEASURE, value, limit.usual, limit.high, alarm, evidence, {"shifts": shifts})


def label_origins(rows: LaunchRows) -> pd.Series:
    """Return ``source / medium`` for each lead whose origin is known."""
    fields = rows.capture_fields[list(_ORIGIN)]
    filled = fields[fields.notna().any(axis=1)].astype(object).fillna("-")
    return filled["utm_source"].str.cat(filled["utm_medium"], sep=" / ")


def _count_shares(origins: pd.Series) -> pd.Series:
    return origins.value_counts(normalize=True)


def _measure_distance(shares: pd.Series, others: pd.Series, leads: int) -> float:
    """Return half the sum of absolute differences, less what chance alone gives so few leads."""
    both = pd.DataFrame({"now": shares, "others": others}).fillna(0.0)
    chance = np.sqrt(2 / np.pi * both["others"] * (1 - both["others"]) / leads).sum() / 2
    return max(float((both["now"] - both["others"]).abs().sum() / 2 - chance), 0.0)
