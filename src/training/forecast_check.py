"""What was forecast of each launch of a backtest, with its interval, what came, and which intervals held it."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple


class ForecastCheck(NamedTuple):
    """One launch: how many buyers were expected, between which numbers, and how many came.

    Attributes
    ----------
    launch_id : str
        The launch.
    expected : float
        The sum of its leads' probabilities.
    bought : int
        The leads who bought.
    low, high : float
        The 90% interval of the forecast: of the leads' luck and of how far launches stray.
    """

    launch_id: str
    expected: float
    bought: int
    low: int
    high: int

    @property
    def holds(self) -> bool:
        """Whether as many bought as the interval says."""
        return self.low <= self.bought <= self.high


def check_forecasts(launches: Sequence[Mapping[str, Any]]) -> list[ForecastCheck]:
    """Compare each launch's expected buyers with those who bought.

    Parameters
    ----------
    launches : sequence of mapping
        A report's entries: `launch_id`, `buyers` and `forecast`.

    Returns
    -------
    list of ForecastCheck
        In the order of the launches.
    """
    return [
        ForecastCheck(
            launch["launch_id"],
            launch["forecast"]["buyers"],
            launch["buyers"],
            launch["forecast"]["low"],
            launch["forecast"]["high"],
        )
        for launch in launches
    ]


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
        f"{check.launch_id} ({check.expected:,.0f} expected, {check.low:,} to {check.high:,}; {check.bought:,} bought)"
        for check in missed
    )
    return f"Not as many bought as was predicted, beyond the 90% interval, in {len(missed)} of {len(checks)}: {named}."
