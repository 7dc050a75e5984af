"""Reasons as they are kept with scores: features, values and comparisons as codes, said in a reader's language later.

The declarations of the features that a model sees are kept once, by their hash; a score has that hash.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import numpy as np

from ...features import Feature, hash_declarations
from ...history.timestamps import to_microseconds
from ...language import Language
from ...scoring import ReasonFormatter, TextOptions
from ...scoring.launch_quantiles import LESS, LIKE, MIDDLE, MORE, NOT_COMPARED, UNLIKE
from ...scoring.reason_text.formatter import describe_base_change, describe_step
from ..models import FeatureSet
from ..models.score import ScoredRow

if TYPE_CHECKING:
    from ...scoring import ChangeReason

#: The codes of comparisons, and their names as they are kept.
_COMPARISONS = {MORE: "more", LESS: "less", LIKE: "like", UNLIKE: "unlike", MIDDLE: "middle"}
_KINDS = {name: kind for kind, name in _COMPARISONS.items()}
_COPIED = ("feature", "group", "value", "contribution")

KeptReason = dict[str, Any]


def store_features(features: Sequence[Feature]) -> str:
    """Store the declarations that sentences are made of, once, and return their hash."""
    feature_hash = hash_declarations(features)
    declarations = [asdict(feature) for feature in features]
    FeatureSet.objects.get_or_create(feature_hash=feature_hash, defaults={"declarations": declarations})
    return feature_hash


def encode_reasons(rows: Sequence[Mapping[str, Any]], formatter: ReasonFormatter) -> list[list[KeptReason]]:
    """Return the reasons of scored rows as they are kept: what their sentences say, without the sentences.

    Parameters
    ----------
    rows
        Scored rows with ``reasons``.
    formatter
        What made the sentences: the model's features, the launch's quantiles and the currency of amounts.
    """
    position = {feature.name: number for number, feature in enumerate(formatter.features)}
    reasons = [reason for row in rows for reason in row["reasons"]]
    columns = np.array([position[reason["feature"]] for reason in reasons], np.int64)
    values = _to_array(reason["value"] for reason in reasons)
    _, (kinds, percents, covers, _) = formatter.round_values(columns, values, None)
    lists = (part.tolist() for part in (columns, kinds, percents, covers))
    kept = iter([_encode(formatter, *codes) for codes in zip(reasons, *lists, strict=True)])
    return [[next(kept) for _ in row["reasons"]] for row in rows]


def encode_change(reasons: "Iterable[ChangeReason]", options: TextOptions, feature_hash: str) -> list[KeptReason]:
    """Return the reasons of a score's change as they are kept.

    Parameters
    ----------
    reasons
        As ``build_change_reasons`` returns them.
    options
        With which they were made.
    feature_hash
        Of the declarations that they refer to: those of both models.
    """
    given = {"feature_hash": feature_hash} | ({"currency": options.currency} if options.currency else {})
    names = ("part", "feature", "contribution", "before", "after")
    return [{name: reason[name] for name in names} | given for reason in reasons]  # type: ignore[literal-required]


class ReasonWriter:
    """Says the reasons that are kept with scores in a reader's language.

    Parameters
    ----------
    language
        The reader's.
    """

    def __init__(self, language: Language) -> None:
        self.language = language

    def write_reasons(self, score: ScoredRow) -> list[KeptReason]:
        """Return feature, group, value, contribution and text of each reason; no text where the feature is unknown."""
        written = []
        as_of = np.array([to_microseconds(score.as_of)], np.int64)
        for reason in score.reasons:
            formatter, column = self._find(score.feature_hash, reason)
            text = ""
            if formatter is not None:
                value = _to_array([reason["value"]])
                rounded, (_, _, _, day) = formatter.round_values(np.array([column]), value, as_of)
                kind = _KINDS.get(reason.get("comparison", ""), NOT_COMPARED)
                comparison = kind, reason.get("percent", 0), int(reason.get("covers_all", True))
                (text,) = formatter.render_keys([(column, rounded.item(), *comparison, day.item())])
            written.append({name: reason[name] for name in _COPIED} | {"text": text})
        return written

    def write_change(self, score: ScoredRow) -> list[KeptReason]:
        """Return part, contribution and text of each reason why a score moved from the one before."""
        return [
            {"part": reason["part"], "contribution": reason["contribution"], "text": self._write_step(reason)}
            for reason in score.moved_because
        ]

    def write_values(self, before: KeptReason, after: KeptReason, feature_hash: str) -> str:
        """Return the sentence of a reason's value, with the one that it had before; empty where it has no words."""
        values = {"before": before["value"], "after": after["value"]}
        return self._write_step(after | values | {"part": "lead", "feature_hash": feature_hash})

    def _write_step(self, reason: KeptReason) -> str:
        if reason["feature"] is None:
            return describe_base_change(reason["contribution"], TextOptions(self.language))
        formatter, column = self._find(reason["feature_hash"], reason)
        if formatter is None:
            return ""
        before, after = _to_array([reason["before"], reason["after"]]).tolist()
        return describe_step(formatter.features[column], reason["part"], before, after, formatter.options)

    def _find(self, feature_hash: str, reason: KeptReason) -> tuple[ReasonFormatter | None, int]:
        """Return the formatter of a reason's feature, None where it is declared nowhere, and the feature's position."""
        try:
            formatter, positions = _build_formatter(feature_hash, TextOptions(self.language, reason.get("currency")))
            return formatter, positions[reason["feature"]]
        except (FeatureSet.DoesNotExist, KeyError):
            return None, 0


@lru_cache(maxsize=32)
def _build_formatter(feature_hash: str, options: TextOptions) -> tuple[ReasonFormatter, dict[str, int]]:
    """Return a formatter of kept declarations, and the features' positions.

    Equal hashes declare equal features, so that it holds for good.
    """
    declarations = FeatureSet.objects.get(feature_hash=feature_hash).declarations
    formatter = ReasonFormatter([Feature(**declared) for declared in declarations], options)
    return formatter, {feature.name: number for number, feature in enumerate(formatter.features)}


def _encode(
    formatter: ReasonFormatter, reason: Mapping[str, Any], column: int, kind: int, percent: int, covers_all: int
) -> KeptReason:
    kept: KeptReason = {name: reason[name] for name in _COPIED}
    if kind != NOT_COMPARED:
        kept |= {"comparison": _COMPARISONS[kind], "percent": percent, "covers_all": bool(covers_all)}
    if formatter.features[column].unit == "money" and formatter.options.currency:
        kept["currency"] = formatter.options.currency
    return kept


def _to_array(values: Iterable[float | None]) -> Any:
    return np.array([np.nan if value is None else value for value in values], np.float64)
