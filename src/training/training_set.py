"""What a model for a launch learns from: rows of windows that were over, and the features that they fill."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from ..features import Context, Feature, build_context, read_features_and_context
from ..history import History, Launch, LaunchError
from .examples import Examples, build_examples
from .maturity import compute_label_delay
from .selection import select_features
from .windows import select_training_windows

#: Fewer buyers, or fewer who did not buy, teach a model nothing that can be trusted.
MIN_BUYERS = 10
#: Where more of the leads buy any product, their purchases do not stand for those of one that was never sold.
_MOST_BUY = 0.5


@dataclass(frozen=True)
class TrainingSet:
    """Rows to learn from, the features kept, for each dropped one the reason, and what is to be said about it all.

    ``notes`` are by the code of the finding that each is (docs/checks.md).
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
    asked: Sequence[Feature] = (),
) -> TrainingSet:
    """What was known of launches like ``target`` before ``as_of``. Raises LaunchError where it is too little.

    ``features`` default to all that are declared and that the history brings itself. The table has those of ``asked``
    as well; of two with one name it has the one asked for.
    """
    if features is None:
        own, context = read_features_and_context(history, as_of)
    else:
        own, context = tuple(features), build_context(history, as_of)
    declared = tuple({feature.name: feature for feature in (*own, *asked)}.values())
    examples, notes = _examples(history, target, as_of, context, declared, mature)
    features, dropped = select_features(examples.table, declared)
    if len(features) == 1 and examples.table[features[0].name].nunique(dropna=False) == 1:
        notes = notes | {"constant-features": "nothing tells the leads apart: each gets the base rate"}
    return TrainingSet(examples, features, context, dropped, notes)


def _examples(
    history: History, target: Launch, as_of: datetime, context: Context, declared: tuple[Feature, ...], mature: bool
) -> tuple[Examples, dict[str, str]]:
    """Rows to learn from, and what is to be said about them.

    Where captures name their launch, its leads are not those of a cut-off, who are everyone known: cut-offs then serve
    only where the launches teach too little. A product that has hardly been sold is learned from sales of any product.
    """
    windows = select_training_windows(history, target, as_of - compute_label_delay(mature))
    launches = [window for window in windows if window.launch_id in history.launches]
    wider = [replace(window, product_id=None) for window in windows]
    anyone = "too few leads of earlier launches bought: trained on everyone known at earlier instants as well"
    any_product = "too few buyers of the launches' own products: trained on purchases of any product"
    cut_offs, unsold = {"trained-on-cut-offs": anyone}, {"product-never-sold": any_product}
    choices: list[tuple[list[Launch], dict[str, str]]] = [(windows, {}), (wider, unsold)]
    if launches != windows and _captures_name(history, launches, as_of):
        choices = [(launches, {}), (windows, cut_offs), (wider, cut_offs | unsold)]
    for chosen, notes in choices:
        examples = build_examples(history, chosen, as_of, context, declared, mature=mature)
        if _teaches(examples):
            if "product-never-sold" in notes:
                _refuse_common(examples, as_of)
            return examples, notes
    raise _too_little(examples, as_of)


def _captures_name(history: History, launches: list[Launch], as_of: datetime) -> bool:
    names = [launch.launch_id for launch in launches]
    sql = "SELECT count(*) FROM leads WHERE captured_at < $as_of AND list_contains($names, launch_id)"
    with history.connect() as con:
        return bool(names) and con.execute(sql, {"as_of": as_of, "names": names}).fetchall()[0][0] > 0


def _teaches(examples: Examples) -> bool:
    buyers = int(examples.label.sum())
    return min(buyers, len(examples.label) - buyers) >= MIN_BUYERS


def _refuse_common(examples: Examples, as_of: datetime) -> None:
    """Where most leads buy something or other anyhow, that says neither who buys a new product nor how many do."""
    rate = examples.label.mean()
    if rate > _MOST_BUY:
        raise LaunchError(
            f"the product was hardly sold before {as_of:%Y-%m-%d %H:%M}, and {rate:.0%} of the leads buy something in "
            "a window of this length anyhow: nothing tells who buys this product",
            "product-never-sold",
        )


def _too_little(examples: Examples, as_of: datetime) -> LaunchError:
    instant, buyers, leads = f"{as_of:%Y-%m-%d %H:%M}", int(examples.label.sum()), len(examples.label)
    if not examples.windows:
        reason = f"nothing to learn from: no launch and no cut-off of this length was over before {instant}"
        return LaunchError(reason, "no-earlier-launch")
    return LaunchError(
        f"too little to learn from: {buyers} buyers among {leads} leads before {instant}; "
        f"at least {MIN_BUYERS} buyers and {MIN_BUYERS} others are needed",
        "single-class-labels" if buyers in (0, leads) else "too-few-outcomes",
    )
