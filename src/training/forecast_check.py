"""What was forecast of each launch of a backtest, what came, and in which launches that is beyond chance."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from ..evaluation import compute_wilson_interval


class ForecastCheck(NamedTuple):
    """One launch: how many buyers were expected, how many came, and what else could have come by chance.

    Attributes
    ----------
    launch_id : str
        The launch.
    expected : float
        The sum of its leads' probabilities.
    bought : int
        The leads who bought.
    low, high : float
        The 90% interval (Wilson's) of the number of buyers.
    """

    launch_id: str
    expected: float
    bought: int
    low: float
    high: float

    @property
    def holds(self) -> bool:
        """Whether the forecast lies in the interval."""
        return self.low <= self.expected <= self.high


def check_forecasts(launches: Sequence[Mapping[str, Any]]) -> list[ForecastCheck]:
    """Compare each launch's expected buyers with those who bought.

    Parameters
    ----------
    launches : sequence of mapping
        A report's entries: `launch_id`, `rows`, `buyers` and `metrics` with `mean_probability`.

    Returns
    -------
    list of ForecastCheck
        In the order of the launches.
    """
    checks = []
    for launch in launches:
        rows, buyers = launch["rows"], launch["buyers"]
        low, high = compute_wilson_interval(buyers, rows)
        expected = rows * (launch["metrics"]["mean_probability"] or 0.0)
        checks.append(ForecastCheck(launch["launch_id"], expected, buyers, float(rows * low), float(rows * high)))
    return checks


def describe_forecasts(launches: Sequence[Mapping[str, Any]]) -> str:
    """Say where as many bought as was predicted, and name the launches where not; empty without launches."""
    checks = check_forecasts(launches)
    missed = [check for check in checks if not check.holds]
    if not checks:
        return ""
    if not missed:
        where = "In each launch" if len(checks) > 1 else "In the one launch"
        return f"{where} as many bought as was predicted, within the 90% interval."
    named = "; ".join(
        f"{check.launch_id} ({check.expected:,.0f} expected, {check.bought:,} bought)" for check in missed
    )
    return f"Not as many bought as was predicted, beyond the 90% interval, in {len(missed)} of {len(checks)}: {named}."
