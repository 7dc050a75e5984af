"""A verdict as sentences: what the reader should know first, then why."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from babel.numbers import format_decimal, format_percent

from ..scoring.reason_text.language import Language
from .rivals import OURS
from .verdict_words import HEADLINES, LEVELS, RIVAL_NAMES, SENTENCES

if TYPE_CHECKING:
    from ..evaluation import Interval
    from .judgement import Judgement

_ENDS = {"rate": "", "low": "_low", "high": "_high"}


def format_count(value: float, language: Language) -> str:
    """Return a whole number as the language writes it."""
    return str(format_decimal(round(value), locale=language))


def format_number(value: float, language: Language, digits: int = 1) -> str:
    """Return a number with so many decimals."""
    return str(format_decimal(round(value, digits) + 0.0, format=f"#,##0.{'0' * digits}", locale=language))


def format_share(value: float, language: Language, digits: int = 0) -> str:
    """Return a share as a percentage."""
    form = f"#,##0.{'0' * digits}%" if digits else "#,##0%"
    return str(format_percent(round(value, digits + 2) + 0.0, format=form, locale=language))


def build_headline(judgement: Judgement, language: Language) -> str:
    """Return the verdict in one sentence.

    Parameters
    ----------
    judgement
        The judgement.
    language
        Of the sentence.
    """
    verdict = judgement.verdict
    late = judgement.buyers_before_score
    return HEADLINES[language][verdict.code].format(
        rival=RIVAL_NAMES[language].get(verdict.rival or "", verdict.rival),
        buyers=format_count(judgement.buyers, language),
        late=format_count(late, language),
        all_buyers=format_count(judgement.buyers + late, language),
    )


def build_sentences(judgement: Judgement, language: Language) -> list[str]:
    """Return what the verdict rests on, in a few sentences.

    Parameters
    ----------
    judgement
        The judgement.
    language
        Of the sentences.
    """
    texts = SENTENCES[language]
    counts = {
        "judged": format_count(judgement.judged, language),
        "buyers": format_count(judgement.buyers, language),
    }
    sentences = [texts["judged"].format(**counts)]
    order = judgement.order
    if order is None or judgement.verdict.code == "given-too-late":
        return sentences
    if order.metrics["roc_auc"].estimate == order.metrics["roc_auc"].estimate:
        sentences.append(texts["order"].format(**_describe_auc(order.metrics["roc_auc"], language)))
        share = order.metrics["lift_10"].estimate / 10
        sentences.append(texts["tenth"].format(share=format_share(share, language)))
    if judgement.verdict.code != "suspected-leak":
        sentences += _describe_rivals(judgement, language)
    calibration = judgement.calibration
    if calibration is not None and judgement.verdict.level is not None:
        expected = format_count(calibration.expected, language)
        sentences.append(LEVELS[language][judgement.verdict.level].format(expected=expected, **counts))
    elif calibration is None and judgement.verdict.code not in ("suspected-leak", "constant"):
        sentences += _describe_heights(judgement, language)
    return sentences


def _describe_auc(auc: Interval, language: Language) -> Mapping[str, str]:
    low, high = (format_number(100 * end, language) for end in (auc.low, auc.high))
    return {"auc": format_number(100 * auc.estimate, language), "low": low, "high": high}


def _describe_rivals(judgement: Judgement, language: Language) -> list[str]:
    texts, sentences = SENTENCES[language], []
    named = judgement.verdict.rival or (judgement.best_simple.name if judgement.best_simple else None)
    for rival in judgement.rivals:
        gap = rival.difference["roc_auc"]
        if rival.name == named:
            ends = {
                name: _write_signed(100 * end, language) for name, end in zip(("low", "high"), gap[1:], strict=True)
            }
            name = RIVAL_NAMES[language].get(rival.name, rival.name)
            sentences.append(texts["rival"].format(rival=name, gap=_write_signed(100 * gap.estimate, language), **ends))
        elif rival.name == OURS and judgement.verdict.ours is not None:
            size = format_number(100 * abs(gap.estimate), language)
            sentences.append(texts[f"ours_{judgement.verdict.ours}"].format(gap=size))
    return sentences


def _describe_heights(judgement: Judgement, language: Language) -> list[str]:
    texts, sentences = SENTENCES[language], []
    points = judgement.points
    if points is not None:
        values = {name: format_share(getattr(points, f"rate{end}"), language, 1) for name, end in _ENDS.items()}
        edges = {"first": format_number(points.low, language), "last": format_number(points.high, language)}
        key = "points" if points.is_reached else "points_unreached"
        sentences.append(texts[key].format(points=format_count(points.points, language), **values, **edges))
    if judgement.steps:
        step = judgement.steps[0]
        rates = judgement.heights["rate"].iloc[[step.low, step.high]].tolist()
        low, high = (format_share(rate, language, 1) for rate in rates)
        sentences.append(texts["steps"].format(low=low, high=high))
    else:
        sentences.append(texts["monotone"])
    return sentences


def _write_signed(value: float, language: Language) -> str:
    text = format_number(value, language)
    return text if value < 0 else f"+{text}"
