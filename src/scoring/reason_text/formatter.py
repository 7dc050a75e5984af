"""Many values in words: read by one compiled loop, each different sentence put together once."""

import math
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ...features import Feature
from ...history.compilation import jit
from ...history.timestamps import MICROSECONDS_PER_DAY
from ..launch_quantiles import LESS, MORE, build_quantile_arrays, compare, is_time_since
from .messages import MESSAGES
from .sentences import TextOptions, capitalize, count_decimals, fill_phrase, format_value, hides_sign, render_sentence
from .topics import assign_topics

_NO_DAY, _NO_VALUE = -(10**6), -(10**7)
#: Sentences that are kept: some tens of megabytes.
_MOST_KEPT = 100_000

NO_INSTANTS = np.empty(0, np.int64)
_Key = tuple[int, float, int, int, int]


class _Forms(NamedTuple):
    """How values are rounded for reading, one entry a feature."""

    scale: NDArray[np.float64]  # ten to the power of the digits shown
    sign: NDArray[np.float64]
    days: NDArray[np.bool_]  # less than one day is shown as none
    dated: NDArray[np.bool_]


class ReasonFormatter:
    """Tells values of these features; made once for many leads, since it keeps the sentences that it has told."""

    def __init__(self, features: Sequence[Feature], wording: TextOptions) -> None:
        self.features, self.wording, self.ideas = tuple(features), wording, assign_topics(features)
        self.names = [(feature.name, feature.family) for feature in features]
        forms = _Forms(
            np.array([10.0 ** count_decimals(feature.unit, wording.currency) for feature in features], np.float64),
            np.array([-1.0 if hides_sign(feature) else 1.0 for feature in features], np.float64),
            np.array([feature.unit == "days" for feature in features], np.bool_),
            np.array([is_time_since(feature) for feature in features], np.bool_),
        )
        # Plain tuples: numba looks up a named one's type at each call.
        self.scales = tuple(forms), tuple(build_quantile_arrays(wording.quantiles, features))
        self._told: dict[_Key, str] = {}

    def texts(
        self, places: NDArray[np.int64], values: NDArray[np.float64], as_of: NDArray[np.int64] | None = None
    ) -> list[str]:
        """A sentence for each value, of the feature at its place.

        With ``as_of`` (one instant a value, microseconds UTC), what happened some days ago comes with its date in UTC.
        """
        shown, marks = self.read(places, values, as_of)
        return self.told(zip(*(part.tolist() for part in (places, shown, *marks)), strict=True))

    def told(self, keys: Iterable[_Key]) -> list[str]:
        """The sentence of each value as ``read`` has it."""
        told = self._told
        if len(told) > _MOST_KEPT:
            told.clear()
        texts = []
        for key in keys:
            text = told.get(key)
            if text is None:
                place, shown, kind, percent, day = key
                value, date = None if day == _NO_VALUE else shown, day if day > _NO_DAY else None
                text = told[key] = render_sentence(self.features[place], self.wording, value, kind, percent, date)
            texts.append(text)
        return texts

    def read(
        self, places: NDArray[np.int64], values: NDArray[np.float64], as_of: NDArray[np.int64] | None
    ) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
        """Each value as shown; and how it compares, the percentage, and its day or that there is none."""
        shown, marks = np.empty(len(values)), np.empty((3, len(values)), np.int64)
        read(places, values, NO_INSTANTS if as_of is None else as_of, self.scales, shown, marks)
        return shown, marks


def describe_values(
    feature: Feature, values: NDArray[np.float64], wording: TextOptions, as_of: NDArray[np.int64] | None = None
) -> list[str]:
    """One sentence a value of one feature; with ``as_of`` as ``Teller.texts`` has it."""
    return ReasonFormatter([feature], wording).texts(np.zeros(len(values), np.int64), values, as_of)


def describe_value(feature: Feature, value: float, wording: TextOptions) -> str:
    """The sentence of one value."""
    return describe_values(feature, np.array([value]), wording)[0]


def describe_change(feature: Feature, before: float, after: float, wording: TextOptions) -> str:
    """The sentence of the later value, with the earlier one where it reads differently."""
    plain = replace(wording, quantiles=None)
    was, text = describe_values(feature, np.array([before, after]), plain)
    if was == text:
        return text
    if math.isnan(before) or feature.unit == "flag":  # a flag's value is read in its phrase alone
        earlier = fill_phrase(feature, plain, None if math.isnan(before) else before)
    else:
        shown = ReasonFormatter([feature], plain).read(np.zeros(1, np.int64), np.array([before]), None)[0].item()
        earlier = format_value(feature, shown, plain)
    return f"{text} ({MESSAGES[wording.language].before.format(earlier)})"


def describe_reweighing(feature: Feature, value: float, wording: TextOptions) -> str:
    """That the model's change is what moved the score here."""
    text = describe_value(feature, value, replace(wording, quantiles=None))
    begins = text[:1] if text[1:2].isupper() else text[:1].lower()  # not an abbreviation
    return capitalize(MESSAGES[wording.language].reweighed.format(begins + text[1:]))


def describe_base_change(change: float, wording: TextOptions) -> str:
    """That the model's change moved all leads alike, up or down."""
    words = MESSAGES[wording.language]
    return capitalize(words.all_higher if change > 0 else words.all_lower)


@jit
def read(places: Any, values: Any, as_of: Any, scales: Any, shown: Any, marks: Any) -> None:
    """Each value rounded; in ``marks`` how it compares, the percentage, and the day since 1970 on which it happened."""
    scale, sign, days, dated = scales[0]
    starts, kept, ranks, known, beyond, ordered, leads = scales[1]
    for i in range(len(values)):
        place, value = places[i], values[i]
        kind, percent = compare(place, value, starts, kept, ranks, known, beyond, ordered, leads)
        if math.isnan(value):
            shown[i], day = 0.0, _NO_VALUE
        else:
            shown[i] = np.rint(sign[place] * value * scale[place]) / scale[place] + 0.0  # no minus before a zero
            if days[place] and value < 1.0:
                shown[i] = 0.0
            day = _NO_DAY
            if dated[place] and len(as_of):
                day = math.floor(as_of[i] / MICROSECONDS_PER_DAY - value)
        if sign[place] < 0.0 and kind in (MORE, LESS):
            kind = MORE + LESS - kind
        marks[0, i], marks[1, i], marks[2, i] = kind, percent, day
