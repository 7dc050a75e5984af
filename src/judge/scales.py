"""Scales of scores: probabilities, percentages, points, letters, tiers in words; each as numbers that rise with it."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from ..history import HistoryError
from ..history.importing.column_kinds import WORDS, has_word, normalise_name
from ..history.importing.type_inference import infer_number_format, list_distinct
from ..language import Phrase
from .units import find_unit, strip_unit

Kind = Literal["probability", "percent", "points", "words"]
KINDS: tuple[Kind, ...] = ("probability", "percent", "points", "words")

_MAX_WORDS = 60
#: Where more of the values are numbers, the others are mistakes.
_MIN_NUMERIC = 0.8
#: Words of tiers by what they mean, best first; each line is one step.
_TIERS = (
    (
        *("very hot", "very high", "muito quente", "muito alto", "muito alta", "muy caliente", "muy alto", "muy alta"),
        *("top", "excellent", "otimo", "otima", "excelente"),
    ),
    ("hot", "high", "quente", "alto", "alta", "caliente", "good", "bom", "boa", "bueno", "buena"),
    ("warm", "medium", "morno", "medio", "media", "mid", "moderate", "tibio", "fair", "average", "regular"),
    ("cool", "low", "baixo", "baixa", "bajo", "baja", "poor", "ruim"),
    (
        *("cold", "very low", "frio", "fria", "muito frio", "muito baixo", "muito baixa", "muy bajo", "muy baja"),
        *("none", "bad", "pessimo", "pessima", "malo", "mala"),
    ),
)
_STEPS = {word: len(_TIERS) - step for step, words in enumerate(_TIERS) for word in words}
#: What stands beside a tier's word: "hot lead", "3 - hot", "high priority", "prioridade alta".
_BESIDE = {
    "lead",
    "leads",
    "priority",
    "prioridade",
    "prioridad",
    "intent",
    "interesse",
    "interest",
    "fit",
    "potencial",
}
#: Numbered tiers of which the first is the best.
_NUMBERED = re.compile(r"(?:tier|p|priority|prioridade|prioridad) ?(\d{1,2})")
_SCIENTIFIC = re.compile(r"[+-]?\d+(\.\d+)?[eE][+-]?\d+")
#: Names of which a number up to 100 is a percentage.
_OF_PROBABILITIES = {"likelihood", "probability", "propensity", "probabilidade", "propensao", "chance", "probabilidad"}
#: Names of which a small whole number counts from the best one on.
_OF_PRIORITIES = {"priority", "prioridade", "prioridad"}
_MAX_PRIORITY = 10
#: A+ to F, HubSpot's A1 to C3, one to five stars.
_LETTER = re.compile(r"([a-hA-H])\s?([+-]|[1-9])?")
_STARS = re.compile(r"(★{1,5})☆{0,5}")
_MARKS: Mapping[str | None, float] = {"+": 0.3, None: 0.0, "-": -0.3}


@dataclass(frozen=True)
class Scale:
    """What a score's values are.

    Attributes
    ----------
    kind
        ``probability`` (0 to 1), ``percent`` (a probability times a hundred), ``points`` (any numbers) or ``words``.
    is_reversed
        Whether less is better, such as a risk or a rank.
    words
        The values of a scale of words, best first.
    """

    kind: Kind
    is_reversed: bool = False
    words: tuple[str, ...] = ()

    @property
    def is_probability(self) -> bool:
        """Whether the values claim how many buy."""
        return self.kind in ("probability", "percent") and not self.is_reversed


def infer_scale(
    column: str, samples: Sequence[str], *, kind: Kind | None, order: Sequence[str], is_reversed: bool | None
) -> Scale:
    """Return the scale of a column, by its first values and its name, where nobody says it.

    Parameters
    ----------
    column, samples
        The column's name and first values.
    kind
        The kind that somebody gives; None infers it.
    order
        The words from best to worst that somebody gives; empty: as they are known.
    is_reversed
        Whether less is better; None: where the name is that of a risk or a rank.
    """
    values = list_distinct(samples)
    unit = find_unit(values)
    numeric = [text for value in values if _is_number(text := strip_unit(value, unit))]
    numbers = [_to_float(text) for text in numeric]
    if is_reversed is None:
        is_priority = has_word(column, _OF_PRIORITIES) and all(n in range(_MAX_PRIORITY + 1) for n in numbers)
        is_reversed = has_word(column, set(WORDS["scores"]["reversed"])) or bool(is_priority and numbers)
    if order:
        return Scale("words", is_reversed, tuple(order))
    if kind == "words" or (kind is None and len(numeric) < _MIN_NUMERIC * max(len(values), 1)):
        return Scale("words", is_reversed)
    if kind is not None:
        return Scale(kind, is_reversed)
    low, high = min(numbers, default=0.0), max(numbers, default=0.0)
    is_probability = low >= 0 and high <= 1
    if unit == "%" or "%" in column or has_word(column, _OF_PROBABILITIES):
        is_percent = unit == "%" or not is_probability
        return Scale(
            ("percent" if low >= 0 and high <= 100 else "points") if is_percent else "probability", is_reversed
        )
    has_fractions = any(0 < number < 1 for number in numbers)
    return Scale("probability" if is_probability and has_fractions else "points", is_reversed)


def _is_number(text: str) -> bool:
    return infer_number_format([text]) is not None or bool(_SCIENTIFIC.fullmatch(text))


def _to_float(text: str) -> float:
    """Return a number of whatever form; only whether it lies in [0, 1] is asked."""
    try:
        return float(text.replace(",", "."))
    except ValueError:
        return np.inf


def read_words(texts: pa.ChunkedArray, scale: Scale, file: str) -> tuple[NDArray[np.float64], Scale]:
    """Return a number for each word, higher for better ones, NaN where there is none, and the scale with its words.

    Raises HistoryError for a word whose place nobody knows.
    """
    encoded = pc.dictionary_encode(texts.combine_chunks() if isinstance(texts, pa.ChunkedArray) else texts)
    words = [str(word) for word in encoded.dictionary.to_pylist()]
    if len(words) > _MAX_WORDS:
        raise HistoryError(
            Phrase(
                "{file}: the scores are neither numbers nor a few words: {texts:,} different texts, such as {example}; "
                "write them as numbers, or name another column with --score",
                file=file,
                texts=len(words),
                example=_quote_word(words[0]),
            ),
            "many-words",
        )
    ranks = _rank_given(words, scale.words, file) if scale.words else _rank_known(words, file)
    values = np.array([*ranks, np.nan])
    codes = pc.fill_null(encoded.indices, len(words)).to_numpy(zero_copy_only=False)
    rising = [word for _, word in sorted(zip(ranks, words, strict=True))]
    return values[codes], Scale("words", scale.is_reversed, tuple(rising if scale.is_reversed else rising[::-1]))


def to_rising_values(values: NDArray[np.float64], scale: Scale, file: str) -> NDArray[np.float64]:
    """Return numbers that rise with the score: probabilities from 0 to 1, others as they are. Raises HistoryError."""
    numbers = values / 100 if scale.kind == "percent" else values
    if scale.kind in ("probability", "percent"):
        bad = int(((numbers < 0) | (numbers > 1)).sum())
        if bad:
            top = "100%" if scale.kind == "percent" else "1"
            raise HistoryError(
                Phrase(
                    "{file}: {scores:,} scores are no probabilities from 0 to {top}; say --scale points if they are "
                    "points",
                    file=file,
                    scores=bad,
                    top=top,
                ),
                "no-probabilities",
            )
    return -numbers if scale.is_reversed else numbers


def _rank_given(words: Sequence[str], order: Sequence[str], file: str) -> list[float]:
    places = {normalise_word(word): float(len(order) - place) for place, word in enumerate(order)}
    missing = [word for word in words if normalise_word(word) not in places]
    if missing:
        raise HistoryError(
            Phrase(
                "{file}: --order leaves out {missing} of the {words} words of the score, such as {example}; name every "
                "one, best first",
                file=file,
                missing=len(missing),
                words=len(words),
                example=_quote_word(missing[0]),
            )
        )
    return [places[normalise_word(word)] for word in words]


def _rank_known(words: Sequence[str], file: str) -> list[float]:
    for rank in (_rank_tier, _rank_letter, _rank_stars):
        ranks = [rank(word) for word in words]
        if all(value is not None for value in ranks):
            return [float(value) for value in ranks if value is not None]
    unknown = next((word for word in words if _rank_tier(word) is None), words[0] if words else "")
    raise HistoryError(
        Phrase(
            "{file}: which of the score's words is best is not known ({word} among them); name them, best first, with "
            "--order",
            file=file,
            word=_quote_word(unknown),
        ),
        "unknown-words",
    )


def normalise_word(word: str) -> str:
    """Return a word of a scale in its plain form; a letter keeps its mark."""
    return word.strip().lower() if _LETTER.fullmatch(word.strip()) else normalise_name(word)


def _rank_tier(word: str) -> float | None:
    plain = normalise_name(word)
    numbered = _NUMBERED.fullmatch(plain)
    if numbered:
        return -float(numbered[1])
    words = [part for part in plain.split() if part not in _BESIDE]
    step = _STEPS.get(" ".join(words[1:] if words and words[0].isdigit() else words))
    return None if step is None else float(step)


def _rank_letter(word: str) -> float | None:
    match = _LETTER.fullmatch(word.strip())
    if match is None:
        return None
    letter, mark = -10.0 * (ord(match[1].lower()) - ord("a")), match[2]
    return letter + (_MARKS[mark] if mark in _MARKS else -float(mark or 0))


def _rank_stars(word: str) -> float | None:
    match = _STARS.fullmatch(word.strip())
    return None if match is None else float(len(match[1]))


def _quote_word(word: str) -> str:
    """Return a word for a message; a long one, or an address, may be personal."""
    return repr(word) if len(word) <= 20 and "@" not in word else Phrase("one that is long")
