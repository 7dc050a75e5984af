"""A verdict as sentences: what the reader should know first, then why."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from ..language import Language, Translator
from ..language.formats import format_count, format_number, format_share
from .rivals import OURS
from .verdict_words import HEADLINES, LEVELS, RIVAL_NAMES, SENTENCES

if TYPE_CHECKING:
    from ..evaluation import Interval
    from .judgement import Judgement

_ENDS = {"rate": "", "low": "_low", "high": "_high"}


def build_headline(judgement: Judgement, language: Language) -> str:
    """Return the verdict in one sentence.

    Parameters
    ----------
    judgement
        The judgement.
    language
        Of the sentence.
    """
    translate, verdict = Translator(language), judgement.verdict
    late = judgement.buyers_before_score
    return translate(
        HEADLINES[verdict.code],
        rival=_name_rival(verdict.rival or "", translate),
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
    translate = Translator(language)
    counts = {
        "judged": format_count(judgement.judged, language),
        "buyers": format_count(judgement.buyers, language),
    }
    sentences = [translate(SENTENCES["judged"], **counts)]
    order = judgement.order
    if order is None or judgement.verdict.code == "given-too-late":
        return sentences
    if order.metrics["roc_auc"].estimate == order.metrics["roc_auc"].estimate:
        sentences.append(translate(SENTENCES["order"], **_describe_auc(order.metrics["roc_auc"], language)))
        share = order.metrics["lift_10"].estimate / 10
        sentences.append(translate(SENTENCES["tenth"], share=format_share(share, language)))
    if judgement.verdict.code != "suspected-leak":
        sentences += _describe_rivals(judgement, translate)
        sentences += _describe_list(judgement, translate)
    calibration = judgement.calibration
    if calibration is not None and judgement.verdict.level is not None:
        expected = format_count(calibration.expected, language)
        sentences.append(translate(LEVELS[judgement.verdict.level], expected=expected, **counts))
    elif calibration is None and judgement.verdict.code not in ("suspected-leak", "constant"):
        sentences += _describe_heights(judgement, translate)
    return sentences


def _name_rival(rival: str, translate: Translator) -> str:
    return translate(RIVAL_NAMES[rival]) if rival in RIVAL_NAMES else rival


def _describe_auc(auc: Interval, language: str) -> Mapping[str, str]:
    low, high = (format_number(100 * end, language) for end in (auc.low, auc.high))
    return {"auc": format_number(100 * auc.estimate, language), "low": low, "high": high}


def _describe_rivals(judgement: Judgement, translate: Translator) -> list[str]:
    language, sentences = translate.language, []
    named = judgement.verdict.rival or (judgement.best_simple.name if judgement.best_simple else None)
    for rival in judgement.rivals:
        gap = rival.difference["roc_auc"]
        if rival.name == named:
            ends = {
                name: _write_signed(100 * end, language) for name, end in zip(("low", "high"), gap[1:], strict=True)
            }
            name = _name_rival(rival.name, translate)
            sentences.append(
                translate(SENTENCES["rival"], rival=name, gap=_write_signed(100 * gap.estimate, language), **ends)
            )
        elif rival.name == OURS and judgement.verdict.ours is not None:
            size = format_number(100 * abs(gap.estimate), language)
            sentences.append(translate(SENTENCES[f"ours_{judgement.verdict.ours}"], gap=size))
    return sentences


def _describe_list(judgement: Judgement, translate: Translator) -> list[str]:
    """Return what the call list says, where it surely says otherwise than the verdict, which is about all pairs."""
    entry, standing = judgement.list_of_best_simple, judgement.list_standing
    agreeing = "worse" if judgement.verdict.code == "worse-than-simple-rule" else "better"
    if entry is None or entry.more_buyers is None or standing in (None, "cannot-tell", agreeing):
        return []
    gap, *ends = (abs(value) for value in entry.more_buyers)
    values = {
        name: format_count(value, translate.language)
        for name, value in (("leads", entry.leads), ("gap", gap), ("low", min(ends)), ("high", max(ends)))
    }
    rival = _name_rival(entry.name, translate)
    return [translate(SENTENCES[f"list_{standing}"], rival=rival, **values)]


def _describe_heights(judgement: Judgement, translate: Translator) -> list[str]:
    language, sentences = translate.language, []
    points = judgement.points
    if points is not None:
        values = {name: format_share(getattr(points, f"rate{end}"), language, 1) for name, end in _ENDS.items()}
        edges = {"first": format_number(points.low, language), "last": format_number(points.high, language)}
        key = "points" if points.is_reached else "points_unreached"
        sentences.append(translate(SENTENCES[key], points=format_count(points.points, language), **values, **edges))
    if judgement.steps:
        step = judgement.steps[0]
        rates = judgement.heights["rate"].iloc[[step.low, step.high]].tolist()
        low, high = (format_share(rate, language, 1) for rate in rates)
        sentences.append(translate(SENTENCES["steps"], low=low, high=high))
    else:
        sentences.append(translate(SENTENCES["monotone"]))
    return sentences


def _write_signed(value: float, language: str) -> str:
    text = format_number(value, language)
    return text if value < 0 else f"+{text}"
