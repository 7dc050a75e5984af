"""A backtest's figures in the words of someone who pays for the leads."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any

from .base_models import ModelParameters

NOTHING = "–"


def build_headline(launches: Sequence[Mapping[str, Any]], mean: Mapping[str, float | None]) -> str:
    """What the boss should remember, in one sentence."""
    if not launches:
        return "No launch could be scored."
    lift = mean.get("lift_10")
    if lift is None:
        return "No launch had both buyers and other leads, so there is nothing to rank."
    return f"The hottest 10% of the leads hold {lift / 10:.0%} of the buyers: {lift:.1f} times a random pick."


def build_facts(
    launches: Sequence[Mapping[str, Any]], mean: Mapping[str, float | None], tiers: Sequence[Mapping[str, Any]]
) -> list[dict[str, str]]:
    """Up to four key figures: `title`, `value` and what it means (`text`)."""
    if not launches:
        return []
    found = [
        _lift_fact(launches, mean.get("lift_10")),
        _pairs_fact(mean.get("roc_auc")),
        _truth_fact(launches),
        _tier_fact(tiers),
    ]
    return [fact for fact in found if fact is not None]


def _lift_fact(launches: Sequence[Mapping[str, Any]], lift: float | None) -> dict[str, str] | None:
    if lift is None:
        return None
    lifts = [launch["metrics"]["lift_10"] for launch in launches if launch["metrics"]["lift_10"] is not None]
    text = "the buyers that a random tenth of the leads would hold"
    if len(lifts) > 1:
        text += f"; from {min(lifts):.1f} to {max(lifts):.1f} over the launches"
    return {"title": "Hottest 10%", "value": f"{lift:.1f} ×", "text": text}


def _pairs_fact(auc: float | None) -> dict[str, str] | None:
    if auc is None:
        return None
    text = f"pairs: so often does a buyer have a higher score than a lead who did not buy (ROC AUC {auc:.3f})"
    return {"title": "Right order", "value": f"{100 * auc:.0f} of 100", "text": text}


def _truth_fact(launches: Sequence[Mapping[str, Any]]) -> dict[str, str]:
    expected = sum(launch["rows"] * (launch["metrics"]["mean_probability"] or 0) for launch in launches)
    bought = sum(launch["buyers"] for launch in launches)
    text = f"{expected:,.0f} buyers were expected, {bought:,} bought"
    value = f"{bought / expected:.0%}" if expected else NOTHING
    return {"title": "Buyers, of those expected", "value": value, "text": text}


def _tier_fact(tiers: Sequence[Mapping[str, Any]]) -> dict[str, str] | None:
    """The first tier against the last one, as they come: it must also show where the order is wrong."""
    shown = [tier for tier in tiers if tier["conversion"] is not None]
    if len(shown) < 2:
        return None
    first, last = shown[0], shown[-1]
    text = f"of the {first['tier']} leads bought; of the {last['tier']} leads, {format_percent(last['conversion'])}"
    return {"title": f"Tier {first['tier']}", "value": format_percent(first["conversion"]), "text": text}


def format_percent(value: float | None) -> str:
    return NOTHING if value is None else f"{100 * value:.1f}%"


def format_number(value: float | None, digits: int = 3) -> str:
    if value is None:
        return NOTHING
    text = f"{abs(value):.{digits}f}"
    return f"−{text}" if value < 0 and float(text) else text


def format_signed(value: float | None, digits: int = 3) -> str:
    """A difference, with its sign."""
    text = format_number(value, digits)
    return f"+{text}" if value is not None and value >= 0 and not text.startswith("−") else text


def format_count(value: int) -> str:
    return f"{value:,}"


def format_instant(value: str | None) -> str:
    """An ISO instant as date and minute, the time left out where it is midnight."""
    if not value:
        return NOTHING
    try:
        when = datetime.fromisoformat(value)
    except ValueError:
        return value
    return f"{when:%Y-%m-%d}" if (when.hour, when.minute) == (0, 0) else f"{when:%Y-%m-%d %H:%M}"


def describe_immature(launches: Iterable[Mapping[str, Any]] | None) -> list[str]:
    """Of what `maturity` says, the launches whose labels were not final yet, and from when they are."""
    told = [each for each in launches or () if each["state"] != "mature"]
    return [
        f"{each['name']} ({'not over' if each['state'] == 'open' else 'over'}; mature from "
        f"{format_instant(each['mature_from'])}{'' if each['learned'] else ', not learned from'})"
        for each in told
    ]


def format_interval(ends: Sequence[float] | None, digits: int = 3) -> str:
    return "" if ends is None else f"{format_number(ends[0], digits)} to {format_number(ends[1], digits)}"


def describe_recipe(parameters: Mapping[str, float]) -> str:
    """What tuning chose: the trees and the linear part's variance, in words."""
    trees, depth, rate = (parameters[name] for name in ("trees", "max_depth", "learning_rate"))
    same = " (the defaults)" if parameters == asdict(ModelParameters()) else ""
    return f"{trees} trees of depth {depth} at {rate:.3g}, linear variance {parameters['inverse_penalty']:.3g}{same}"


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
