"""Text of the backtest report: headline, key figures, and the model's recipe in words."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict
from typing import Any

from ..language import Translator, mark
from ..reports.formats import (
    DASH,
    format_count,
    format_instant,
    format_number,
    format_percent,
    format_signed,
)
from ..scoring import TIERS
from .forecast_check import ForecastCheck, check_forecasts
from .options import ModelParameters

Launches = Sequence[Mapping[str, Any]]


def build_headline(launches: Launches, mean: Mapping[str, float | None], translate: Translator) -> str:
    """Return the most important figure in one sentence, and that of the worst launch."""
    if not launches:
        return translate("No launch could be scored.")
    lift = mean.get("lift_10")
    if lift is None:
        return translate("No launch had both buyers and other leads, so there is nothing to rank.")
    values = {"share": f"{lift / 10:.0%}", "lift": translate.write_number(f"{lift:.1f}")}
    worst = find_worst_launch(launches)
    if len(launches) == 1 or worst is None:
        return translate(
            "The hottest 10% of the leads hold {share} of the buyers: {lift} times a random pick.", **values
        )
    return translate(
        "On average over {launches} launches, the hottest 10% of the leads hold {share} of the buyers, {lift} times a "
        "random pick; in the worst launch {worst}.",
        launches=len(launches),
        worst=f"{worst['metrics']['lift_10'] / 10:.0%}",
        **values,
    )


def describe_better_models(launches: Launches, translate: Translator) -> str:
    """Return in which launches a model of the reader's own surely did better than ours; empty where none did."""
    lost = [launch for launch in launches if launch.get("beaten_by_own")]
    if not lost:
        return ""
    return translate(
        "Your own model did better than hotleads in {count} of {launches} launches.",
        count=len(lost),
        launches=len(launches),
    )


def find_worst_launch(launches: Launches) -> Mapping[str, Any] | None:
    """Return the launch with the least lift at 10%; None where no launch has one."""
    ranked = [launch for launch in launches if launch["metrics"]["lift_10"] is not None]
    return min(ranked, key=lambda launch: float(launch["metrics"]["lift_10"]), default=None)


def build_facts(
    launches: Launches,
    mean: Mapping[str, float | None],
    tiers: Sequence[Mapping[str, Any]],
    translate: Translator,
) -> list[dict[str, str]]:
    """Return up to four key figures: `title`, `value` and what it means (`text`)."""
    if not launches:
        return []
    facts = [
        _build_lift_fact(launches, mean.get("lift_10"), translate),
        _build_order_fact(mean.get("roc_auc"), translate),
        _build_forecast_fact(check_forecasts(launches), translate),
        _build_tier_fact(tiers, translate),
    ]
    return [fact for fact in facts if fact is not None]


def _build_lift_fact(launches: Launches, lift: float | None, translate: Translator) -> dict[str, str] | None:
    if lift is None:
        return None
    lifts = [launch["metrics"]["lift_10"] for launch in launches if launch["metrics"]["lift_10"] is not None]
    text = translate("the buyers that a random tenth of the leads would hold")
    if len(lifts) > 1:
        ends = {"low": translate.write_number(f"{min(lifts):.1f}"), "high": translate.write_number(f"{max(lifts):.1f}")}
        text += translate("; mean of the launches, which go from {low} to {high}", **ends)
    return {"title": translate("Hottest 10%"), "value": translate.write_number(f"{lift:.1f} ×"), "text": text}


def _build_order_fact(auc: float | None, translate: Translator) -> dict[str, str] | None:
    if auc is None:
        return None
    text = translate(
        "pairs: so often does a buyer have a higher score than a lead who did not buy (ROC AUC {auc})",
        auc=translate.write_number(f"{auc:.3f}"),
    )
    return {
        "title": translate("Right order"),
        "value": translate("{count} of 100", count=f"{100 * auc:.0f}"),
        "text": text,
    }


def _build_forecast_fact(checks: Sequence[ForecastCheck], translate: Translator) -> dict[str, str]:
    expected, bought = sum(check.expected for check in checks), sum(check.bought for check in checks)
    counts = {"expected": translate.write_number(f"{expected:,.0f}"), "bought": translate.write_number(f"{bought:,}")}
    text = translate("{expected} buyers were expected, {bought} bought", **counts)
    missed = sum(not check.holds for check in checks)
    if len(checks) > 1 and missed:
        text += translate(
            "; {missed} of {launches} launches beyond the 90% interval", missed=missed, launches=len(checks)
        )
    elif missed:
        text += translate("; beyond the 90% interval")
    elif len(checks) > 1:
        text += translate("; each launch within the 90% interval")
    else:
        text += translate("; within the 90% interval")
    value = f"{bought / expected:.0%}" if expected else DASH
    return {"title": translate("Buyers, of those expected"), "value": value, "text": text}


def _build_tier_fact(tiers: Sequence[Mapping[str, Any]], translate: Translator) -> dict[str, str] | None:
    """Compare the first tier with the last one, in the given order: a wrong order must show, too."""
    shown = [tier for tier in tiers if tier["conversion"] is not None]
    if len(shown) < 2:
        return None
    first, last = shown[0], shown[-1]
    rates = [translate.write_number(format_percent(tier["conversion"])) for tier in (first, last)]
    names = {"first": translate_tier(first["tier"], translate), "last": translate_tier(last["tier"], translate)}
    text = translate("of the {first} leads bought; of the {last} leads, {rate}", rate=rates[1], **names)
    return {"title": translate("Tier {first}", first=names["first"]), "value": rates[0], "text": text}


def translate_tier(tier: str, translate: Translator) -> str:
    """Return a tier's name in the page's language; a name that is none of the tiers stays."""
    return translate(tier) if tier in TIERS else tier


def describe_forecast_misses(launches: Launches, translate: Translator) -> list[str]:
    """Say where more or fewer bought than predicted, beyond the 90% interval: one sentence a launch."""
    phrases = {
        True: mark("{launch}: {bought} bought, more than the {expected} ({low} to {high}) that were expected."),
        False: mark("{launch}: {bought} bought, fewer than the {expected} ({low} to {high}) that were expected."),
    }
    return [
        translate(
            phrases[check.bought > check.expected],
            launch=check.launch_id,
            bought=translate.write_number(f"{check.bought:,}"),
            low=translate.write_number(f"{check.low:,.0f}"),
            high=translate.write_number(f"{check.high:,.0f}"),
            expected=translate.write_number(f"{check.expected:,.0f}"),
        )
        for check in check_forecasts(launches)
        if not check.holds
    ]


def describe_calibration_errors(launches: Launches, translate: Translator) -> str:
    """Say in which launches the calibration error (`ece`) is beyond what chance alone would show (`ece_by_chance`)."""
    beyond = [launch["launch_id"] for launch in launches if (launch["metrics"]["ece"] or 0) > launch["ece_by_chance"]]
    if not beyond:
        return translate("No launch's ECE is beyond what chance alone would show.")
    return translate(
        "The ECE is beyond what chance alone would show in {beyond} of {launches}: {names}.",
        beyond=len(beyond),
        launches=len(launches),
        names=", ".join(beyond),
    )


def describe_immature(launches: Iterable[Mapping[str, Any]] | None) -> list[str]:
    """Describe the entries of `describe_maturity` whose labels are not final yet, and from when they are."""
    immature = [launch for launch in launches or () if launch["state"] != "mature"]
    return [
        f"{launch['name']} ({'not over' if launch['state'] == 'open' else 'over'}; mature from "
        f"{format_instant(launch['mature_from'])}{'' if launch['learned'] else ', not learned from'})"
        for launch in immature
    ]


def describe_recipe(parameters: Mapping[str, float], base_weights: Mapping[str, float] | None = None) -> str:
    """Describe the parameters that tuning chose (the trees and the linear part's variance), and learned weights."""
    trees, depth, rate = (parameters[name] for name in ("trees", "max_depth", "learning_rate"))
    defaults = " (the defaults)" if parameters == asdict(ModelParameters()) else ""
    recipe = (
        f"{trees} trees of depth {depth} at {rate:.3g}, linear variance {parameters['inverse_penalty']:.3g}{defaults}"
    )
    if base_weights is None or not base_weights["learned_share"]:
        return recipe
    return f"{recipe}; {describe_base_weights(base_weights)}"


def describe_base_weights(weights: Mapping[str, float]) -> str:
    """Describe the weights of the base models' log-odds."""
    linear, signed, free = (weights[name] for name in ("linear", "signed_trees", "free_trees"))
    return f"log-odds: {linear:.2f} regression + {signed:.2f} trees with signs + {free:.2f} trees without"


def build_filters(translate: Translator) -> dict[str, Callable[..., Any]]:
    """Return the filters of the report's templates: phrases and numbers in the page's language."""

    def localize(format_value: Callable[..., str]) -> Callable[..., str]:
        return lambda *values: translate.write_number(format_value(*values))

    def write_interval(ends: Sequence[float] | None, digits: int = 3) -> str:
        """Return the two ends of an interval; empty where there is none."""
        if ends is None:
            return ""
        low, high = (translate.write_number(format_number(end, digits)) for end in ends)
        return translate("{low} to {high}", low=low, high=high)

    numbers = (format_percent, format_number, format_signed, format_count)
    return {
        **{function.__name__.removeprefix("format_"): localize(function) for function in numbers},
        "interval": write_interval,
        "tier": lambda tier: translate_tier(tier, translate),
        "instant": format_instant,
        "immature": describe_immature,
        "recipe": describe_recipe,
    }
