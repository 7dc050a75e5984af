"""Monitor a launch: what drifted, what it costs, what to do."""

from collections.abc import Sequence

from threadpoolctl import threadpool_limits

from ..history import History, Launch, LaunchError
from ..scoring import TIERS, Model, TierPolicy, compute_probabilities, tier_by_rate
from .advice import advise
from .cost import Cost, drift_cost
from .data_quality import data_findings
from .diagnosis import diagnose, signals_of
from .drift import drift
from .expected import Expected, expected_quality, least_roc_auc
from .launch_rows import LaunchRows, compared_rows
from .provenance import calibrated_on, learned_windows
from .realised import Matured, matured
from .references import earlier_launches, references_of
from .result import Monitored
from .revenue import revenues, value_of_a_buyer
from .baselines import simple_methods


def monitor_launch(
    history: History,
    launch: Launch | str,
    model: Model,
    *,
    against: str | None = None,
    policy: TierPolicy | None = None,
    reports: bool = True,
) -> Monitored:
    """Compare a launch with those of its strategy that were over when it opened.

    ``against`` names the reference of the drift reports: ``training`` (the launches that the model learned from), a
    launch's id, or None for training and the last launch of the same strategy. ``reports`` False leaves them out.
    ``policy`` are the tiers by which the launch was scored, ``by_rate`` unless given.
    ``model`` must not have been trained or calibrated on the launch. Raises LaunchError, or HistoryError for an unknown
    launch.
    """
    launch = history.launch(launch) if isinstance(launch, str) else launch
    launch.check()
    _check_unseen(launch, model)
    with threadpool_limits(1):  # a second thread of BLAS spins more than it helps
        return _monitored(history, launch, model, against, policy or tier_by_rate(model.context), reports)


def _monitored(
    history: History, launch: Launch, model: Model, against: str | None, policy: TierPolicy, reports: bool
) -> Monitored:
    rows, earlier = compared_rows(history, launch, earlier_launches(history, launch, model), model)
    paid = revenues(history, [*earlier, rows], model.context.currency)
    tier = policy.assign_tiers(rows.probability)
    signals = signals_of(history, rows, earlier, model)
    diagnosis = diagnose(signals)
    expected = expected_quality(rows.probability, tier, model.card)
    judged = matured(rows, tier, paid[-1])
    value = value_of_a_buyer([*earlier, rows], paid) if judged else value_of_a_buyer(earlier, paid[:-1])
    references = references_of(history, rows, earlier, model, against) if reports else {}
    untrained = [each.name for each in earlier if each.name not in learned_windows(model)]
    return Monitored(
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
        matured=judged,
        findings=data_findings(history, rows, earlier, signals[0]),
        drifts={name: drift(rows, each, model.features, name) for name, each in references.items()},
        ladder=simple_methods(history, rows, earlier, model) if judged and reports else None,
        notes=_notes(earlier, judged, model),
    )


def _check_unseen(launch: Launch, model: Model) -> None:
    if launch.launch_id in learned_windows(model) | {calibrated_on(model)}:
        raise LaunchError(
            f"model {model.version} has learned from {launch.launch_id}: its own labels would judge it. Give the model "
            "that scored the launch",
            "model-knows-launch",
        )


def _least_auc(expected: Expected, judged: Matured | None, model: Model) -> float:
    if judged is None:
        return float("nan")
    buyers, leads = int(judged.metrics["buyers"]), int(judged.metrics["n"])
    return least_roc_auc(expected.roc_auc.estimate, buyers, leads - buyers, model.card)


def _cost(
    rows: LaunchRows,
    threshold: float,
    value: float | None,
    currency: str | None,
    expected: Expected,
    judged: Matured | None,
) -> Cost:
    promise, p, shared = expected.promised.get("lift_10"), rows.probability, (threshold, value, currency)
    if judged is None:
        return drift_cost("expected", expected.lift_10.estimate, promise, float(p.sum()), p, p, *shared)
    line = judged.recalibration
    true = compute_probabilities(line.slope * rows.logit + line.intercept)
    return drift_cost("realised", judged.metrics["lift_10"], promise, judged.metrics["buyers"], p, true, *shared)


def _notes(earlier: Sequence[LaunchRows], judged: Matured | None, model: Model) -> tuple[str, ...]:
    notes = []
    if len(earlier) < 3:
        notes.append(f"only {len(earlier)} earlier launches say what is usual; limits rest on general beliefs as well")
    if judged is None:
        notes.append("no labels yet, or too few: what follows from them comes once the cart has closed")
    elif judged.label == "mature" and model.card["label"] != "mature":
        notes.append("realised figures are net of refunds; the prior signal counts purchases as made, like the model")
    elif judged.label == "plain":
        notes.append("refunds may still come: plain labels stand for the mature ones")
    return tuple(notes)
