"""Updates of a model after a launch: recalibrated on its labels, or retrained on all launches that are over."""

from dataclasses import replace
from datetime import datetime

import numpy as np

from ..history import History, Launch, LaunchError
from ..scoring import Calibration, Model, with_content_version
from ..training import FitOptions, ModelParameters, fit_model
from ..training.calibration import fit_calibration
from ..training.training_set import MIN_BUYERS
from .launch_rows import LaunchRows


def recalibrate_model(model: Model, launch: LaunchRows) -> Model:
    """Return the model recalibrated on the launch's labels; ranking, features and tiers' thresholds stay.

    The reference distribution moves along, so that a lead keeps its score. Raises LaunchError where fewer than ten
    leads bought, or did not.
    """
    kind, label = launch.settled_label
    labelled = label.notna().to_numpy()
    y = label[labelled].to_numpy(np.int64)
    if min(int(y.sum()), int((1 - y).sum())) < MIN_BUYERS:
        raise LaunchError(
            f"{launch.name} cannot recalibrate: {int(y.sum())} buyers among {len(y)} leads whose labels are known; "
            f"at least {MIN_BUYERS} buyers and {MIN_BUYERS} others are needed",
            "too-few-outcomes",
        )
    line, old = fit_calibration(launch.logit[labelled], y, np.ones(len(y))), model.calibration
    calibration = Calibration(line.slope * old.slope, line.slope * old.intercept + line.intercept)
    quantiles = np.clip(np.asarray(model.context.reference_quantiles), 1e-12, 1 - 1e-12)
    moved = 1 / (1 + np.exp(-(line.slope * np.log(quantiles / (1 - quantiles)) + line.intercept)))
    context = model.context.with_reference(model.context.reference_rate, tuple(float(value) for value in moved))
    provenance = {
        "on": launch.name,
        "labels": kind,
        "leads": len(y),
        "buyers": int(y.sum()),
        "from_version": model.version,
    }
    card = {**model.card, "recalibrated": provenance}
    return with_content_version(replace(model, calibration=calibration, context=context, card=card))


def retrain_model(history: History, launch: Launch, model: Model, until: datetime, prior: Model | None = None) -> Model:
    """Return a model of the same recipe, fitted and calibrated on all such launches that were over by ``until``.

    ``prior`` is the model that this one was shrunk to (``training.shrinkage``), if it was. Raises LaunchError where
    there is too little to learn from, or where ``prior`` is not the model's own prior.
    """
    check_prior_model(model, prior)
    card = model.card
    options = FitOptions(
        seed=card["seed"],
        mature=card["label"] == "mature",
        prior=prior,
        parameters=ModelParameters(**card["parameters"]),
    )
    return fit_model(history, launch, until, options).model


def check_prior_model(model: Model, prior: Model | None) -> None:
    """Raise LaunchError unless ``prior`` is the model that this one was shrunk to, or None where there was none."""
    expected = (model.card.get("prior") or {}).get("version")
    given = prior.version if prior else None
    if expected != given:
        training = f"was shrunk to the prior model {expected}" if expected else "was shrunk to no prior model"
        remedy = "give that one with --prior-model" if expected else "leave --prior-model out"
        raise LaunchError(
            f"model {model.version} {training}, not to {given or 'none'}: {remedy}", "prior-model-mismatch"
        )
