"""Why scores moved: of the leads of a launch whose scores moved most, what they did, what time did, and the model."""

from collections import Counter
from collections.abc import Mapping
from datetime import datetime
from typing import NamedTuple

from ...history import History
from ...history.launch import Launch as LabLaunch
from ...scoring import TextOptions
from ...scoring.score_change import Snapshot, build_change_reasons, compute_score_change
from ...tracking.queries import find_model_uri, find_scoring_run, load_launch_profile
from ...tracking.registry import load_registered_model
from ..feed.reasons import encode_change, store_features
from ..models import CurrentScore, Launch, ScoreState
from ..models.write_turns import write_in_turn

#: A score that moved less, within its tier, needs no explanation.
_MIN_POINTS = 5.0
#: So many leads of a launch are explained at most: those that moved most.
MAX_EXPLAINED = 1_000
_MAX_REASONS = 3
_CHUNK_ROWS = 200


class ScoreSource(NamedTuple):
    """What a score was computed from."""

    model_version: str
    as_of: datetime
    context_hash: str


class EarlierScore(NamedTuple):
    """A score before it was computed anew."""

    source: ScoreSource
    score: float
    tier: str


def read_provisional_scores(launch: Launch) -> dict[int, EarlierScore]:
    """Return a launch's provisional scores by contact: to be called before they are computed anew."""
    rows = CurrentScore.objects.filter(launch=launch, state=ScoreState.PROVISIONAL)
    return {row.contact_id: EarlierScore(_get_source(row), row.score, row.tier) for row in rows.iterator()}


def explain_movements(history: History, opened: LabLaunch, launch: Launch, earlier: Mapping[int, EarlierScore]) -> int:
    """Keep with the scores that moved most why they did, and return how many are explained.

    They are those that came from one model, instant and context, as the last scoring of a launch leaves them.

    Parameters
    ----------
    history
        The hub's rows.
    opened
        The launch as it was scored just now.
    launch
        The same as the hub has it.
    earlier
        The scores before, by contact.

    Returns
    -------
    int
        How many scores have reasons of their movement now.
    """
    rows = CurrentScore.objects.filter(launch=launch).order_by("contact").iterator()
    moved = [row for row in rows if row.contact_id in earlier and _has_moved(earlier[row.contact_id], row)]
    if not moved:
        return 0
    source, _ = Counter(earlier[row.contact_id].source for row in moved).most_common(1)[0]
    chosen = [row for row in moved if earlier[row.contact_id].source == source]
    chosen.sort(key=lambda row: -abs(row.score - earlier[row.contact_id].score))
    chosen = chosen[:MAX_EXPLAINED]
    before, after = _load_snapshot(launch, source), _load_snapshot(launch, _get_source(chosen[0]))
    if before is None or after is None:
        return 0
    change = compute_score_change(history, opened, [str(row.contact_id) for row in chosen], before, after)
    options = TextOptions(currency=after.context.currency)
    features = {feature.name: feature for snapshot in (before, after) for feature in snapshot.model.features}
    feature_hash = store_features(list(features.values()))
    for row in chosen:
        reasons = build_change_reasons(change, str(row.contact_id), options, _MAX_REASONS)
        row.moved_because = encode_change(reasons, options, feature_hash)
    for start in range(0, len(chosen), _CHUNK_ROWS):
        with write_in_turn():
            CurrentScore.objects.bulk_update(chosen[start : start + _CHUNK_ROWS], ["moved_because"])
    return len(chosen)


def _get_source(row: CurrentScore) -> ScoreSource:
    return ScoreSource(row.model_version, row.as_of, row.context_hash)


def _has_moved(earlier: EarlierScore, row: CurrentScore) -> bool:
    is_far = row.tier != earlier.tier or abs(row.score - earlier.score) >= _MIN_POINTS
    return is_far and _get_source(row).as_of >= earlier.source.as_of


def _load_snapshot(launch: Launch, source: ScoreSource) -> Snapshot | None:
    """Return what scores were computed from; None: its model or scoring run is there no more."""
    model_uri = find_model_uri(source.model_version)
    run_id = find_scoring_run(launch.key, source.model_version, source.context_hash)
    profile = None if run_id is None else load_launch_profile(run_id)
    if model_uri is None or profile is None:
        return None
    return Snapshot(load_registered_model(model_uri), source.as_of, profile.context)
