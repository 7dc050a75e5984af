"""Many values in words: rounded and compared by one compiled loop, each different sentence rendered once."""

import math
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ...features import Feature
from ...history.compilation import jit
from ...history.timestamps import MICROSECONDS_PER_DAY
from ...language import Translator
from ..launch_quantiles import LESS, MORE, build_quantile_arrays, compare, is_time_since
from .sentences import (
    Comparison,
    TextOptions,
    capitalize,
    count_decimals,
    fill_phrase,
    format_value,
    hides_sign,
    render_sentence,
)
from .topics import assign_topics

#: In the place of a day: it is not shown, or the value is missing.
_NO_DAY, _NO_VALUE = -(10**6), -(10**7)
#: Sentences that are kept: some tens of megabytes.
_MAX_SENTENCES = 100_000

NO_INSTANTS = np.empty(0, np.int64)
#: What a sentence depends on: the feature's position, the rounded value, and what ``round_values`` finds of it.
SentenceKey = tuple[int, float, int, int, int, int]


class _Rounding(NamedTuple):
    """How values are rounded for reading, one entry a feature."""

    scale: NDArray[np.float64]  # ten to the power of the digits shown
    sign: NDArray[np.float64]
    days: NDArray[np.bool_]  # less than one day is shown as none
    dated: NDArray[np.bool_]


class ReasonFormatter:
    """Renders values of some features as sentences.

    Use one for many leads, since it keeps the sentences that it has rendered.

    Parameters
    ----------
    features : sequence of Feature
    options : TextOptions
    """

    def __init__(self, features: Sequence[Feature], options: TextOptions) -> None:
        self.features = tuple(features)
        self.options = options
        self.topics = assign_topics(features)
        self.names = [(feature.name, feature.family) for feature in features]
        rounding = _Rounding(
            np.array([10.0 ** count_decimals(feature.unit, options.currency) for feature in features], np.float64),
            np.array([-1.0 if hides_sign(feature) else 1.0 for feature in features], np.float64),
            np.array([feature.unit == "days" for feature in features], np.bool_),
            np.array([is_time_since(feature) for feature in features], np.bool_),
        )
        # Plain tuples: numba looks up a named one's type at each call.
        self.kernel_arrays = tuple(rounding), tuple(build_quantile_arrays(options.quantiles, features))
        self._sentences: dict[SentenceKey, str] = {}

    def render(
        self, columns: NDArray[np.int64], values: NDArray[np.float64], as_of: NDArray[np.int64] | None = None
    ) -> list[str]:
        """Return a sentence for each value.

        Parameters
        ----------
        columns : array of int, shape (values,)
            The position of each value's feature.
        values : array of float, shape (values,)
        as_of : array of int, shape (values,), optional
            The instant of each value, microseconds UTC. With it, what happened some days ago has its date in UTC.
        """
        rounded, comparisons = self.round_values(columns, values, as_of)
        return self.render_keys(zip(*(part.tolist() for part in (columns, rounded, *comparisons)), strict=True))

    def render_keys(self, keys: Iterable[SentenceKey]) -> list[str]:
        """Return the sentence of each value that ``round_and_compare`` has read."""
        sentences = self._sentences
        if len(sentences) > _MAX_SENTENCES:
            sentences.clear()
        texts = []
        for key in keys:
            text = sentences.get(key)
            if text is None:
                column, rounded, kind, percent, covers_all, day = key
                shown = None if day == _NO_VALUE else rounded
                date = day if day > _NO_DAY else None
                comparison = Comparison(kind, percent, bool(covers_all))
                text = sentences[key] = render_sentence(self.features[column], self.options, shown, comparison, date)
            texts.append(text)
        return texts

    def round_values(
        self, columns: NDArray[np.int64], values: NDArray[np.float64], as_of: NDArray[np.int64] | None
    ) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
        """Return each value as shown; and how it compares, the percentage, whether of all leads, and its day."""
        rounded = np.empty(len(values))
        comparisons = np.empty((4, len(values)), np.int64)
        instants = NO_INSTANTS if as_of is None else as_of
        round_and_compare(columns, values, instants, self.kernel_arrays, rounded, comparisons)
        return rounded, comparisons


def describe_values(
    feature: Feature, values: NDArray[np.float64], options: TextOptions, as_of: NDArray[np.int64] | None = None
) -> list[str]:
    """Return one sentence for each value of a feature.

    Parameters
    ----------
    feature : Feature
    values : array of float, shape (values,)
    options : TextOptions
    as_of : array of int, shape (values,), optional
        The instant of each value, microseconds UTC. With it, what happened some days ago has its date.

    Returns
    -------
    list of str
    """
    return ReasonFormatter([feature], options).render(np.zeros(len(values), np.int64), values, as_of)


def describe_value(feature: Feature, value: float, options: TextOptions) -> str:
    """Return the sentence of one value.

    Parameters
    ----------
    feature : Feature
    value : float
    options : TextOptions

    Returns
    -------
    str

    Examples
    --------
    >>> describe_value(feature, 3.0, TextOptions("pt_BR", "BRL"))  # doctest: +SKIP
    'Comprou 3 vezes até agora'
    """
    return describe_values(feature, np.array([value]), options)[0]


def describe_change(feature: Feature, before: float, after: float, options: TextOptions) -> str:
    """Return the sentence of the later value, with the earlier one where it reads differently."""
    plain = replace(options, quantiles=None)
    earlier_text, text = describe_values(feature, np.array([before, after]), plain)
    if earlier_text == text:
        return text
    if math.isnan(before) or feature.unit == "flag":  # a flag's value is read in its phrase alone
        earlier = fill_phrase(feature, plain, None if math.isnan(before) else before)
    else:
        formatter = ReasonFormatter([feature], plain)
        rounded = formatter.round_values(np.zeros(1, np.int64), np.array([before]), None)[0].item()
        earlier = format_value(feature, rounded, plain)
    translate = Translator(options.language)
    return f"{text} ({translate('before: {value}', value=earlier)})"


def describe_reweighing(feature: Feature, value: float, options: TextOptions) -> str:
    """Return the sentence for a value that another model weighs differently."""
    text = describe_value(feature, value, replace(options, quantiles=None))
    first = text[:1] if text[1:2].isupper() else text[:1].lower()  # not an abbreviation
    translate = Translator(options.language)
    return capitalize(translate("the model now sees this differently: {text}", text=first + text[1:]))


def describe_step(feature: Feature, part: str, before: float, after: float, options: TextOptions) -> str:
    """Return the sentence of what one feature adds to a part of a score's change: ``time``, ``lead`` or ``model``."""
    if part == "model":
        return describe_reweighing(feature, after, options)
    return describe_change(feature, before, after, options)


def describe_base_change(change: float, options: TextOptions) -> str:
    """Return the sentence for another model that rates all leads higher or lower."""
    translate = Translator(options.language)
    higher, lower = translate("the model now rates all leads higher"), translate("the model now rates all leads lower")
    return capitalize(higher if change > 0 else lower)


@jit
def round_and_compare(columns: Any, values: Any, as_of: Any, arrays: Any, rounded: Any, comparisons: Any) -> None:
    """Round each value, and note how it compares, the percentage, whether of all leads, and its day since 1970."""
    scale, sign, days, dated = arrays[0]
    starts, quantiles, ranks, counts, never, ordered, leads = arrays[1]
    for i in range(len(values)):
        j, value = columns[i], values[i]
        kind, percent = compare(j, value, starts, quantiles, ranks, counts, never, ordered, leads)
        if math.isnan(value):
            rounded[i], day = 0.0, _NO_VALUE
        else:
            rounded[i] = np.rint(sign[j] * value * scale[j]) / scale[j] + 0.0  # no minus before a zero
            if days[j] and value < 1.0:
                rounded[i] = 0.0
            day = _NO_DAY
            if dated[j] and len(as_of):
                day = math.floor(as_of[i] / MICROSECONDS_PER_DAY - value)
        if sign[j] < 0.0 and kind in (MORE, LESS):
            kind = MORE + LESS - kind
        covers_all = dated[j] or math.isnan(value) or counts[j] == leads  # who never did it counts as the longest ago
        comparisons[0, i], comparisons[1, i], comparisons[2, i], comparisons[3, i] = kind, percent, covers_all, day
