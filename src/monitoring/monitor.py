"""Monitor a launch: what drifted, what it costs, what to do."""

from collections.abc import Sequence

from threadpoolctl import threadpool_limits

from ..history import History, Launch, LaunchError
from ..scoring import TIERS, Model, TierPolicy, compute_probabilities, tier_by_rate
from .advice import advise
from .baselines import compare_to_simple_methods
from .cost import DriftCost, compute_buyer_value, compute_drift_cost, compute_revenues
from .data_quality import find_data_problems
from .diagnosis import diagnose, measure_signals
from .drift import measure_drift
from .expected import ExpectedQuality, compute_min_roc_auc, estimate_quality
from .launch_rows import LaunchRows, read_compared_rows
from .provenance import find_calibration_launch, list_training_windows
from .realised import RealisedQuality, measure_realised_quality
from .references import find_earlier_launches, select_references
from .result import MonitoringResult


def monitor_launch(
    history: History,
    launch: Launch | str,
    model: Model,
    *,
    against: str | None = None,
    policy: TierPolicy | None = None,
    reports: bool = True,
) -> MonitoringResult:
    """Compare a launch with those of its strategy that were over when it opened.

    ``against`` names the reference of the drift reports: ``training`` (the launches that the model learned from), a
    launch's id, or None for training and the last launch of the same strategy. ``reports`` False leaves them out.
    ``policy`` are the tiers by which the launch was scored, ``by_rate`` unless given.
    ``model`` must not have been trained or calibrated on the launch. Raises LaunchError, or HistoryError for an unknown
    launch.
    """
    launch = history.get_launch(launch) if isinstance(launch, str) else launch
    launch.check()
    _check_unseen(launch, model)
    with threadpool_limits(1):  # a second thread of BLAS spins more than it helps
        return _monitored(history, launch, model, against, policy or tier_by_rate(model.context), reports)


def _monitored(
    history: History, launch: Launch, model: Model, against: str | None, policy: TierPolicy, reports: bool
) -> MonitoringResult:
    rows, earlier = read_compared_rows(history, launch, find_earlier_launches(history, launch, model), model)
    paid = compute_revenues(history, [*earlier, rows], model.context.currency)
    tier = policy.assign_tiers(rows.probability)
    signals = measure_signals(history, rows, earlier, model)
    diagnosis = diagnose(signals)
    expected = estimate_quality(rows.probability, tier, model.card)
    judged = measure_realised_quality(rows, tier, paid[-1])
    value = compute_buyer_value([*earlier, rows], paid) if judged else compute_buyer_value(earlier, paid[:-1])
    references = select_references(history, rows, earlier, model, against) if reports else {}
    untrained = [each.name for each in earlier if each.name not in list_training_windows(model)]
    return MonitoringResult(
        launch_id=launch.launch_id,
        as_of=launch.as_of,
        model_version=model.version,
        context_hash=rows.context.hash,
        compared_with=tuple(each.name for each in earlier),
        leads=len(rows.leads),
        tiers={name: int((tier == name).sum()) for name in TIERS},
        diagnosis=diagnosis,
        signals=signals,
        advice=advise(diagnosis, signals, judged, _least_auc(expected, judged, model), untrained),
        cost=_cost(rows, policy.hot, value, model.context.currency, expected, judged),
        expected=expected,
        realised=judged,
        findings=find_data_problems(history, rows, earlier, signals[0]),
        drifts={name: measure_drift(rows, each, model.features, name) for name, each in references.items()},
        baselines=compare_to_simple_methods(history, rows, earlier, model) if judged and reports else None,
        notes=_notes(earlier, judged, model),
    )


def _check_unseen(launch: Launch, model: Model) -> None:
    if launch.launch_id in list_training_windows(model) | {find_calibration_launch(model)}:
        raise LaunchError(
            f"model {model.version} has learned from {launch.launch_id}: its own labels would judge it. Give the model "
            "that scored the launch",
            "model-trained-on-launch",
        )


def _least_auc(expected: ExpectedQuality, judged: RealisedQuality | None, model: Model) -> float:
    if judged is None:
        return float("nan")
    buyers, leads = int(judged.metrics["buyers"]), int(judged.metrics["n"])
    return compute_min_roc_auc(expected.roc_auc.estimate, buyers, leads - buyers, model.card)


def _cost(
    rows: LaunchRows,
    threshold: float,
    value: float | None,
    currency: str | None,
    expected: ExpectedQuality,
    judged: RealisedQuality | None,
) -> DriftCost:
    promise, p, shared = expected.promised.get("lift_10"), rows.probability, (threshold, value, currency)
    if judged is None:
        return compute_drift_cost("expected", expected.lift_10.estimate, promise, float(p.sum()), p, p, *shared)
    line = judged.recalibration
    true = compute_probabilities(line.slope * rows.logit + line.intercept)
    return compute_drift_cost(
        "realised", judged.metrics["lift_10"], promise, judged.metrics["buyers"], p, true, *shared
    )


def _notes(earlier: Sequence[LaunchRows], judged: RealisedQuality | None, model: Model) -> tuple[str, ...]:
    notes = []
    if len(earlier) < 3:
        notes.append(f"only {len(earlier)} earlier launches say what is usual; limits rest on general beliefs as well")
    if judged is None:
        notes.append("no labels yet, or too few: what follows from them comes once the cart has closed")
    elif judged.label == "mature" and model.card["label"] != "mature":
        notes.append(
            "realised figures are net of refunds; the conversion signal counts purchases as made, like the model"
        )
    elif judged.label == "plain":
        notes.append("refunds may still come: plain labels stand for the mature ones")
    return tuple(notes)
