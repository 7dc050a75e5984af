"""How final a score is, as time goes on: judged once its label is known, mature once refunds are over."""

from datetime import datetime, timedelta

from ...history import DEFAULT_MATURITY_DAYS
from ..models import CurrentScore, Launch, ScoreState
from ..models.write_turns import write_in_turn
from .launches import build_lab_launch

#: What one transaction changes: under 100 ms of SQLite's write lock.
_CHUNK_ROWS = 1_000


def advance_states(observed_until: datetime) -> dict[str, int]:
    """Move final scores to judged, and judged ones to mature, as far as purchases are known.

    Parameters
    ----------
    observed_until
        The instant up to which purchases are known.

    Returns
    -------
    dict of str to int
        How many scores became ``judged`` and ``mature``.
    """
    moved = {"judged": 0, "mature": 0}
    maturity = timedelta(days=DEFAULT_MATURITY_DAYS)
    for launch in Launch.objects.filter(archived_at=None):
        described = build_lab_launch(launch)
        if described.problem is not None:
            continue
        last_judged = observed_until - described.length
        moved["mature"] += _move(
            launch, [ScoreState.FINAL, ScoreState.JUDGED], ScoreState.MATURE, last_judged - maturity
        )
        moved["judged"] += _move(launch, [ScoreState.FINAL], ScoreState.JUDGED, last_judged)
    return moved


def _move(launch: Launch, before: list[ScoreState], after: ScoreState, last_as_of: datetime) -> int:
    """Move the launch's scores whose ``as_of`` is no later than an instant, in chunks."""
    rows = CurrentScore.objects.filter(launch=launch, state__in=before, as_of__lte=last_as_of).order_by("pk")
    moved = 0
    while ids := list(rows.values_list("pk", flat=True)[:_CHUNK_ROWS]):
        with write_in_turn():
            moved += CurrentScore.objects.filter(pk__in=ids, state__in=before).update(state=after)
    return moved
