"""Monitor a launch: what drifted, what it costs, what to do."""

from collections.abc import Sequence

from threadpoolctl import threadpool_limits

from ..checks.codes import LATE_ROWS
from ..history import History, Launch, LaunchError
from ..language import Phrase
from ..scoring import TIERS, Model, TierPolicy, compute_probabilities, tier_by_rate
from ..scoring.learned import TRAINED_ON_LAUNCH, has_learned_from, list_training_windows
from ..training.baselines.comparison import find_better_baseline
from .advice import advise
from .baselines import compare_launch_to_baselines
from .cost import BuyerValue, DriftCost, LaunchOutcome, compute_buyer_value, compute_drift_cost, compute_revenues
from .data_quality import find_data_problems
from .diagnosis import diagnose, measure_signals
from .drift import measure_drift
from .expected import ExpectedQuality, compute_min_roc_auc, estimate_quality
from .launch_rows import LaunchRows, read_compared_rows
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

    Parameters
    ----------
    history
        The history that holds the launch's leads and the earlier launches.
    launch
        The launch, or its id.
    model
        The model that scored it. It must not have been trained or calibrated on the launch.
    against
        The reference of the drift reports: ``training`` (the launches that the model learned from), a launch's id, or
        None for training and the last launch of the same strategy.
    policy
        The tiers by which the launch was scored; None takes those of ``tier_by_rate``.
    reports
        Whether to build the drift reports and to compare with the baselines, which takes most of the time.

    Returns
    -------
    MonitoringResult
        Signals, diagnosis, advice, cost, quality, findings and reports.

    Raises
    ------
    LaunchError
        Where the launch has no leads, nothing to compare with, or was learned from.
    HistoryError
        Where the launch or the reference is unknown.

    Examples
    --------
    >>> result = monitor_launch(open_history("data/sample"), "2025-04-bakery-business-course", model)
    >>> result.diagnosis, result.advice.action
    """
    launch = history.get_launch(launch) if isinstance(launch, str) else launch
    launch.check()
    _check_unseen(launch, model)
    with threadpool_limits(1):  # a second thread of BLAS spins more than it helps
        return _monitor(history, launch, model, against, policy or tier_by_rate(model.context), reports)


def _monitor(
    history: History, launch: Launch, model: Model, against: str | None, policy: TierPolicy, reports: bool
) -> MonitoringResult:
    rows, earlier = read_compared_rows(history, launch, find_earlier_launches(history, launch, model), model)
    revenues = compute_revenues(history, [*earlier, rows], model.context.currency)
    tier = policy.assign_tiers(rows.probability)
    signals = measure_signals(history, rows, earlier, model)
    diagnosis = diagnose(signals)
    expected = estimate_quality(rows.probability, tier, model.card)
    realised = measure_realised_quality(rows, tier, revenues[-1])
    settled = ([*earlier, rows], revenues) if realised else (earlier, revenues[:-1])
    value = BuyerValue(compute_buyer_value(*settled), model.context.currency)
    references = select_references(history, rows, earlier, model, against) if reports else {}
    findings = find_data_problems(history, rows, earlier, signals[0])
    if realised is not None:  # the launch is over: rows that came late cannot be scored again
        findings = [finding for finding in findings if finding.code != LATE_ROWS.name]
    baselines = compare_launch_to_baselines(history, rows, earlier, model) if realised and reports else None
    names = [window.name for window in earlier]
    untrained = [name for name in names if name not in list_training_windows(model)]
    return MonitoringResult(
        launch_id=launch.launch_id,
        as_of=launch.as_of,
        model_version=model.version,
        context_hash=rows.context.hash,
        compared_with=tuple(names),
        leads=len(rows.leads),
        tiers={name: int((tier == name).sum()) for name in TIERS},
        diagnosis=diagnosis,
        signals=signals,
        advice=advise(diagnosis, signals, realised, _compute_min_auc(expected, realised, model), untrained, findings),
        cost=_compute_cost(rows, policy.hot, value, expected, realised),
        expected=expected,
        realised=realised,
        findings=findings,
        drifts={name: measure_drift(rows, reference, model.features, name) for name, reference in references.items()},
        baselines=baselines,
        notes=_write_notes(earlier, realised, model, find_better_baseline(baselines or [])),
    )


def _check_unseen(launch: Launch, model: Model) -> None:
    if has_learned_from(model, launch):
        opens = f"{launch.as_of:%Y-%m-%dT%H:%M:%SZ}"
        raise LaunchError(
            f"model {model.version} has learned from {launch.launch_id}: what it knew would judge it. Name a model "
            f"from before the launch with --model; 'hotleads train --until {opens}' makes one",
            TRAINED_ON_LAUNCH,
        )


def _compute_min_auc(expected: ExpectedQuality, realised: RealisedQuality | None, model: Model) -> float:
    if realised is None:
        return float("nan")
    buyers, leads = int(realised.metrics["buyers"]), int(realised.metrics["n"])
    return compute_min_roc_auc(expected.roc_auc.estimate, buyers, leads - buyers, model.card)


def _compute_cost(
    rows: LaunchRows, threshold: float, value: BuyerValue, expected: ExpectedQuality, realised: RealisedQuality | None
) -> DriftCost:
    p = rows.probability
    if realised is None:
        outcome = LaunchOutcome("expected", expected.lift_10.estimate, float(p.sum()), p)
    else:
        line = realised.recalibration
        true = compute_probabilities(line.slope * rows.logit + line.intercept)
        outcome = LaunchOutcome("realised", realised.metrics["lift_10"], realised.metrics["buyers"], true)
    return compute_drift_cost(outcome, expected.promised.get("lift_10"), p, threshold, value)


def _write_notes(
    earlier: Sequence[LaunchRows], realised: RealisedQuality | None, model: Model, beaten_by: str | None
) -> tuple[str, ...]:
    notes = []
    if beaten_by is not None:
        notes.append(Phrase("a simple method did better on these leads: {method}", method=beaten_by))
    if len(earlier) < 3:
        notes.append(
            Phrase(
                "earlier launches that show what is usual: only {count}; the limits rest on general priors as well",
                count=len(earlier),
            )
        )
    if realised is None:
        notes.append(Phrase("nobody has bought yet, or too few: what came is known once the cart has closed"))
    elif realised.label == "mature" and model.card["label"] != "mature":
        notes.append(
            Phrase("what came is net of refunds; the conversion signal counts purchases as made, like the model")
        )
    elif realised.label == "plain":
        notes.append(Phrase("refunds may still come: purchases count as made"))
    return tuple(notes)
