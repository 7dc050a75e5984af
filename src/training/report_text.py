"""Text of the backtest report: headline, key figures, and the model's recipe in words."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict
from typing import Any

from ..reports.formats import (
    DASH,
    format_count,
    format_instant,
    format_interval,
    format_number,
    format_percent,
    format_signed,
)
from .options import ModelParameters


def build_headline(launches: Sequence[Mapping[str, Any]], mean: Mapping[str, float | None]) -> str:
    """Return the most important figure in one sentence."""
    if not launches:
        return "No launch could be scored."
    lift = mean.get("lift_10")
    if lift is None:
        return "No launch had both buyers and other leads, so there is nothing to rank."
    return f"The hottest 10% of the leads hold {lift / 10:.0%} of the buyers: {lift:.1f} times a random pick."


def build_facts(
    launches: Sequence[Mapping[str, Any]], mean: Mapping[str, float | None], tiers: Sequence[Mapping[str, Any]]
) -> list[dict[str, str]]:
    """Return up to four key figures: `title`, `value` and what it means (`text`)."""
    if not launches:
        return []
    facts = [
        _build_lift_fact(launches, mean.get("lift_10")),
        _build_order_fact(mean.get("roc_auc")),
        _build_calibration_fact(launches),
        _build_tier_fact(tiers),
    ]
    return [fact for fact in facts if fact is not None]


def _build_lift_fact(launches: Sequence[Mapping[str, Any]], lift: float | None) -> dict[str, str] | None:
    if lift is None:
        return None
    lifts = [launch["metrics"]["lift_10"] for launch in launches if launch["metrics"]["lift_10"] is not None]
    text = "the buyers that a random tenth of the leads would hold"
    if len(lifts) > 1:
        text += f"; from {min(lifts):.1f} to {max(lifts):.1f} over the launches"
    return {"title": "Hottest 10%", "value": f"{lift:.1f} ×", "text": text}


def _build_order_fact(auc: float | None) -> dict[str, str] | None:
    if auc is None:
        return None
    text = f"pairs: so often does a buyer have a higher score than a lead who did not buy (ROC AUC {auc:.3f})"
    return {"title": "Right order", "value": f"{100 * auc:.0f} of 100", "text": text}


def _build_calibration_fact(launches: Sequence[Mapping[str, Any]]) -> dict[str, str]:
    expected = sum(launch["rows"] * (launch["metrics"]["mean_probability"] or 0) for launch in launches)
    bought = sum(launch["buyers"] for launch in launches)
    text = f"{expected:,.0f} buyers were expected, {bought:,} bought"
    value = f"{bought / expected:.0%}" if expected else DASH
    return {"title": "Buyers, of those expected", "value": value, "text": text}


def _build_tier_fact(tiers: Sequence[Mapping[str, Any]]) -> dict[str, str] | None:
    """Compare the first tier with the last one, in the given order: a wrong order must show, too."""
    shown = [tier for tier in tiers if tier["conversion"] is not None]
    if len(shown) < 2:
        return None
    first, last = shown[0], shown[-1]
    text = f"of the {first['tier']} leads bought; of the {last['tier']} leads, {format_percent(last['conversion'])}"
    return {"title": f"Tier {first['tier']}", "value": format_percent(first["conversion"]), "text": text}


def describe_immature(launches: Iterable[Mapping[str, Any]] | None) -> list[str]:
    """Describe the entries of `describe_maturity` whose labels are not final yet, and from when they are."""
    immature = [launch for launch in launches or () if launch["state"] != "mature"]
    return [
        f"{launch['name']} ({'not over' if launch['state'] == 'open' else 'over'}; mature from "
        f"{format_instant(launch['mature_from'])}{'' if launch['learned'] else ', not learned from'})"
        for launch in immature
    ]


def describe_recipe(parameters: Mapping[str, float]) -> str:
    """Describe the parameters that tuning chose: the trees and the linear part's variance."""
    trees, depth, rate = (parameters[name] for name in ("trees", "max_depth", "learning_rate"))
    defaults = " (the defaults)" if parameters == asdict(ModelParameters()) else ""
    return (
        f"{trees} trees of depth {depth} at {rate:.3g}, linear variance {parameters['inverse_penalty']:.3g}{defaults}"
    )


#: Filters of the report's templates.
FILTERS: dict[str, Callable[..., Any]] = {
    "percent": format_percent,
    "number": format_number,
    "signed": format_signed,
    "count": format_count,
    "instant": format_instant,
    "immature": describe_immature,
    "interval": format_interval,
    "recipe": describe_recipe,
}
