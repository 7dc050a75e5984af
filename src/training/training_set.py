"""What a model for a launch learns from: the rows of windows that were over, and the features that they fill."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ..features import Context, Feature, build_context, read_features_and_context
from ..history import History, Launch, LaunchError
from ..language import Phrase
from .examples import Examples, build_examples
from .windows import compute_label_delay, select_any_product_windows, select_training_windows

#: Fewer buyers, or fewer who did not buy, teach a model nothing that can be trusted.
MIN_BUYERS = 10
#: Where more of the leads buy any product, their purchases do not stand for those of one that was never sold.
_MAX_BUYING_SHARE = 0.5


@dataclass(frozen=True)
class TrainingSet:
    """What a model learns from.

    Attributes
    ----------
    examples : Examples
        The rows.
    features : tuple of Feature
        The features that the model gets.
    context : Context
        What a lead's row needs from others, as of the fit.
    dropped : dict of str to str
        For each feature that was dropped, the reason.
    notes : dict of str to str
        What a reader should know about the rows, by finding code (docs/checks.md).
    """

    examples: Examples
    features: tuple[Feature, ...]
    context: Context
    dropped: dict[str, str]
    notes: dict[str, str]


def build_training_set(
    history: History,
    target: Launch,
    as_of: datetime,
    *,
    mature: bool = False,
    features: Sequence[Feature] | None = None,
    required: Sequence[Feature] = (),
) -> TrainingSet:
    """Build the training set of what was known about launches like ``target`` before ``as_of``.

    Parameters
    ----------
    history : History
        Where the windows lie.
    target : Launch
        The launch that the model is for.
    as_of : datetime.datetime
        Nothing that happened at or after it is used.
    mature : bool
        Use mature labels.
    features : sequence of Feature or None
        Declarations to use; None uses all that are declared and those that the history brings itself.
    required : sequence of Feature
        Further columns of the table; of two features with one name, the table has the required one.

    Returns
    -------
    TrainingSet
        Rows, features and notes.

    Raises
    ------
    LaunchError
        Too little was known to learn from.
    """
    if features is None:
        candidates, context = read_features_and_context(history, as_of)
    else:
        candidates, context = tuple(features), build_context(history, as_of)
    declared = tuple({feature.name: feature for feature in (*candidates, *required)}.values())
    examples, notes = _choose_examples(history, target, as_of, context, declared, mature)
    fleeting = find_fleeting(examples, declared)
    features, dropped = select_features(examples.table, [f for f in declared if f.name not in fleeting])
    dropped |= fleeting
    if len(features) == 1 and examples.table[features[0].name].nunique(dropna=False) == 1:
        notes = notes | {"constant-features": "nothing tells the leads apart: each gets the base rate"}
    return TrainingSet(examples, features, context, dropped, notes)


def select_features(table: pd.DataFrame, features: Sequence[Feature]) -> tuple[tuple[Feature, ...], dict[str, str]]:
    """Return the features worth keeping, and for each dropped one the reason.

    Dropped are the empty, the constant, and those equal to an earlier one on every row; the first stays where no
    other would.
    """
    selected: list[Feature] = []
    dropped: dict[str, str] = {}
    name_by_values: dict[bytes, str] = {}
    for feature in features:
        values = table[feature.name].to_numpy(np.float64)
        content = values.tobytes()
        if np.isnan(values).all():
            dropped[feature.name] = "empty"
        elif len(values) and (values == values[0]).all():
            dropped[feature.name] = "constant"
        elif content in name_by_values:
            dropped[feature.name] = f"equal to {name_by_values[content]}"
        else:
            name_by_values[content] = feature.name
            selected.append(feature)
    if not selected:  # leads that nothing tells apart still have a base rate
        selected.append(features[0])
        del dropped[features[0].name]
    return tuple(selected), dropped


def find_fleeting(examples: Examples, features: Sequence[Feature]) -> dict[str, str]:
    """Return, for each feature of years and launches before that too few windows can tell yet, the reason.

    Of years all windows must tell it: where the history does not reach back so far, nobody has bought a year ago. So
    must they how many launches a lead has seen, which grows from one to the next. What it bought in launches the latest
    must tell, and another one: what one window alone tells is not known to hold.
    """
    by_name = {feature.name: feature for feature in features if feature.family in ("season", "launches")}
    telling = {name: _list_telling_windows(examples, name) for name in by_name}
    knows_years = all(telling.get("season_years", [True]))  # anniversaries have values where no year is known
    reasons = {}
    for name, feature in by_name.items():
        if feature.family == "season":
            is_told = knows_years and all(telling[name])
        elif feature.measure == "launches_since":
            is_told = all(telling[name])
        else:
            is_told = telling[name][-1:] == [True] and sum(telling[name]) >= min(len(telling[name]), 2)
        if not is_told:
            reasons[name] = f"too few {'years' if feature.family == 'season' else 'launches'} before"
    return reasons


def _list_telling_windows(examples: Examples, name: str) -> list[bool]:
    """Return for each window whether the feature's values differ in it."""
    values = examples.table[name].to_numpy(np.float64)
    return [_varies(values[examples.window == window]) for window in range(len(examples.windows))]


def _varies(values: NDArray[np.float64]) -> bool:
    return bool(len(values)) and not (np.isnan(values).all() or (values == values[0]).all())


def _choose_examples(
    history: History, target: Launch, as_of: datetime, context: Context, declared: tuple[Feature, ...], mature: bool
) -> tuple[Examples, dict[str, str]]:
    """Return the rows to learn from, and notes on them.

    Where captures name their launch, its leads are not those of a cut-off, who are everyone known: cut-offs then serve
    only where the launches teach too little. A product that has hardly been sold is learned from sales of any product.
    """
    known_until = as_of - compute_label_delay(mature)
    windows = select_training_windows(history, target, known_until)
    launches = [window for window in windows if window.launch_id in history.launches]
    any_product = select_any_product_windows(history, target, known_until)
    cut_offs = {
        "trained-on-cut-offs": "too few leads of earlier launches bought: trained on everyone known at "
        "earlier instants as well"
    }
    unsold = {"product-never-sold": "too few buyers of the launches' own products: trained on purchases of any product"}
    choices: list[tuple[list[Launch], dict[str, str]]] = [(windows, {}), (any_product, unsold)]
    if launches != windows and _has_named_captures(history, launches, as_of):
        choices = [(launches, {}), (windows, cut_offs), (any_product, cut_offs | unsold)]
    for chosen, notes in choices:
        examples = build_examples(history, chosen, as_of, context, declared, mature=mature)
        if _has_enough_outcomes(examples):
            if "product-never-sold" in notes:
                _check_purchases_are_rare(examples, as_of)
            return examples, notes
    raise _too_little_error(examples, as_of)


def _has_named_captures(history: History, launches: list[Launch], as_of: datetime) -> bool:
    names = [launch.launch_id for launch in launches]
    sql = "SELECT count(*) FROM leads WHERE captured_at < $as_of AND list_contains($names, launch_id)"
    with history.connect() as con:
        return bool(names) and con.execute(sql, {"as_of": as_of, "names": names}).fetchall()[0][0] > 0


def _has_enough_outcomes(examples: Examples) -> bool:
    buyers = int(examples.label.sum())
    return min(buyers, len(examples.label) - buyers) >= MIN_BUYERS


def _check_purchases_are_rare(examples: Examples, as_of: datetime) -> None:
    """Raise where most leads buy something anyhow: that shows neither who buys a new product nor how many do."""
    rate = examples.label.mean()
    if rate > _MAX_BUYING_SHARE:
        raise LaunchError(
            Phrase(
                "the product was hardly sold before {as_of}, and {rate:.0%} of the leads buy something in a window of "
                "this length anyhow: nothing tells who buys this product",
                as_of=f"{as_of:%Y-%m-%d %H:%M}",
                rate=rate,
            ),
            "product-never-sold",
        )


def _too_little_error(examples: Examples, as_of: datetime) -> LaunchError:
    instant, buyers, leads = f"{as_of:%Y-%m-%d %H:%M}", int(examples.label.sum()), len(examples.label)
    if not examples.windows:
        reason = Phrase(
            "nothing to learn from: no launch and no cut-off of this length was over before {instant}", instant=instant
        )
        return LaunchError(reason, "no-earlier-launch")
    return LaunchError(
        Phrase(
            "too little to learn from: {buyers} buyers among {leads} leads before {instant}; at least {min_buyers} "
            "buyers and {min_buyers} others are needed",
            buyers=buyers,
            leads=leads,
            instant=instant,
            min_buyers=MIN_BUYERS,
        ),
        "single-class-labels" if buyers in (0, leads) else "too-few-outcomes",
    )
