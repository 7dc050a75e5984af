"""A judged file of scores as the page shows it: the verdict in words, and charts of order, level and money."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from ..models import Judgement
from ..money import convert_to_minor
from .charts import Chart, Span, draw_spans
from .formats import fill_sentence, format_number, format_round_money, format_share, get_locale, mark_figure
from .remedies import describe_remedy

_OWN = "score"
_ENDS = ("", " low", " high")
#: Verdicts whose order says nothing of the future.
_WITHOUT_ORDER = ("suspected-leak", "nothing-to-judge")


@dataclass(frozen=True)
class JudgementPage:
    """What the page of a judgement shows.

    Attributes
    ----------
    headline, sentences
        The verdict, and why.
    is_bad
        Whether nobody should work by the score.
    charts
        Order, level and money, as far as each can be told.
    columns
        What each column of the file was taken for.
    excluded
        How many scores were not judged, by reason.
    findings
        What is suspicious or wrong: code, meaning, remedy.
    """

    headline: str
    sentences: Sequence[str]
    is_bad: bool
    charts: Sequence[Chart]
    columns: Sequence[tuple[str, str]]
    excluded: Sequence[tuple[str, int]]
    findings: Sequence[Sequence[str]]


def describe_result(judgement: Judgement) -> JudgementPage:
    """Return the page of a judgement that has a result, in the reader's language."""
    result: dict[str, Any] = judgement.result or {}
    figures = result["figures"]
    texts = result["texts"][get_locale()]
    has_order = figures["verdict"]["code"] not in _WITHOUT_ORDER
    charts = [
        *([_build_order_chart(figures["rivals"], texts["rivals"])] if has_order and figures["rivals"] else []),
        *([_build_height_chart(figures["heights"], texts["heights"])] if figures["heights"] else []),
        *([_build_list_chart(figures, texts["rivals"])] if has_order and figures["call_lists"] else []),
    ]
    return JudgementPage(
        headline=texts["headline"],
        sentences=texts["sentences"],
        is_bad=figures["verdict"]["is_bad"],
        charts=charts,
        columns=[(name_role(role), column) for role, column in figures["columns"].items() if column],
        excluded=[(name_exclusion(reason), count) for reason, count in figures["excluded"].items() if count],
        findings=[(code, meaning, describe_remedy(code)) for code, meaning in texts["findings"]],
    )


def name_role(role: str) -> str:
    """Return what a column of a file of scores holds, in words."""
    return {"lead": _("who"), "score": _("score"), "scored_at": _("when"), "launch": _("launch")}[role]


def name_exclusion(reason: str) -> str:
    """Return why scores were not judged, in words."""
    return {
        "no-time": _("no time: say when the scores were given"),
        "no-score": _("no score"),
        "unknown-lead": _("nobody here has this id or address"),
        "scored-after-window": _("scored after the window"),
        "already-bought": _("had bought already"),
        "outcome-unknown": _("outcome not known yet"),
        "not-in-a-launch": _("in no judged launch"),
    }.get(reason, reason)


def _build_order_chart(rivals: Sequence[Mapping[str, Any]], names: Mapping[str, str]) -> Chart:
    title = _("Against simple rules")
    gaps = [(names.get(rival["name"], rival["name"]), rival, rival["difference"]["roc_auc"]) for rival in rivals]
    gaps = [gap for gap in gaps if gap[2]["estimate"] is not None]
    spans = [Span(name, 100 * gap["low"], 100 * gap["estimate"], 100 * gap["high"], None) for name, _rival, gap in gaps]
    better = sum(gap["low"] > 0 for _name, _rival, gap in gaps)
    worse = sum(gap["high"] < 0 for _name, _rival, gap in gaps)
    words = {
        "better": mark_figure(format_number(better), "rules-below"),
        "worse": mark_figure(format_number(worse), "rules-above"),
        "rules": mark_figure(format_number(len(gaps)), "rules"),
    }
    sentence = _(
        "Right of zero the score puts more buyers first. It is better than %(better)s of %(rules)s orders, and worse "
        "than %(worse)s; of the others it cannot be told."
    )
    header = (_("Ordered by"), _("Leads"), _("Buyer first, in 100 pairs"), _("Score minus it"), _("From"), _("To"))
    rows = [
        (
            name,
            format_number(rival["leads"]),
            _write_pairs(rival["roc_auc"]),
            *(_write_pairs(gap[end], "+") for end in ("estimate", "low", "high")),
        )
        for name, rival, gap in gaps
    ]
    figures = ("judged-leads", "buyer-first", *(f"buyer-first-gap{end}" for end in _ENDS))
    return Chart(title, fill_sentence(sentence, words), draw_spans(title, spans), header, rows, figures)


def _build_height_chart(heights: Sequence[Mapping[str, Any]], names: Sequence[str]) -> Chart:
    title = _("What each height of the score meant")
    named = list(zip(names, heights, strict=True))[::-1]
    spans = [Span(name, row["rate_low"], row["rate"], row["rate_high"], None) for name, row in named]
    words = {
        "high": mark_figure(format_share(named[0][1]["rate"], 1), "share-of-a-height"),
        "low": mark_figure(format_share(named[-1][1]["rate"], 1), "share-of-a-height"),
        "top": mark_figure(named[0][0], "height"),
        "bottom": mark_figure(named[-1][0], "height"),
    }
    sentence = _(
        "Of the leads at the top (%(top)s) %(high)s bought afterwards, of those at the bottom (%(bottom)s) %(low)s."
    )
    header = (_("Score"), _("Leads"), _("Buyers"), _("Bought"), _("From"), _("To"))
    rows = [
        (
            name,
            format_number(row["leads"]),
            format_number(row["buyers"]),
            *(format_share(row[end], 1) for end in ("rate", "rate_low", "rate_high")),
        )
        for name, row in named
    ]
    figures = ("judged-leads", "judged-buyers", *(f"share-of-a-height{end}" for end in _ENDS))
    return Chart(title, fill_sentence(sentence, words), draw_spans(title, spans, is_share=True), header, rows, figures)


def _build_list_chart(figures: Mapping[str, Any], names: Mapping[str, str]) -> Chart:
    title = _("What a call list would have brought")
    lists, currency = figures["call_lists"], figures["currency"] or ""
    named = [(_("this score") if row["name"] == _OWN else names.get(row["name"], row["name"]), row) for row in lists]
    spans = [
        Span(name, row["buyers"]["low"], row["buyers"]["estimate"], row["buyers"]["high"], None) for name, row in named
    ]
    best = max(lists, key=lambda row: row["buyers"]["estimate"])
    words = {
        "leads": mark_figure(format_number(round(lists[0]["leads"])), "list-length"),
        "own": mark_figure(format_number(round(lists[0]["buyers"]["estimate"])), "list-buyers"),
        "best": next(name for name, row in named if row is best),
        "most": mark_figure(format_number(round(best["buyers"]["estimate"])), "list-buyers"),
    }
    sentence = (
        _("The first %(leads)s leads by this score would have held %(own)s buyers: no other order more.")
        if best["name"] == _OWN
        else _("The first %(leads)s leads by this score would have held %(own)s buyers, by “%(best)s” %(most)s.")
    )
    has_money = lists[0]["revenue"] is not None
    header = [_("Ordered by"), _("Buyers"), _("From"), _("To")]
    if has_money:
        header += [_("Net revenue"), _("From"), _("To")]
    rows = [
        (
            name,
            *(format_number(round(row["buyers"][end], 1)) for end in ("estimate", "low", "high")),
            *(_write_money(row["revenue"][end], currency) for end in ("estimate", "low", "high") if has_money),
        )
        for name, row in named
    ]
    figures_shown = [f"{name}{end}" for name in ("list-buyers", "list-revenue")[: 1 + has_money] for end in _ENDS]
    return Chart(title, fill_sentence(sentence, words), draw_spans(title, spans), header, rows, figures_shown)


def _write_pairs(share: float, sign: str = "") -> str:
    text = format_number(round(100 * share, 1))
    return f"{sign}{text}" if share >= 0 else text


def _write_money(amount: float, currency: str) -> str:
    return format_round_money(convert_to_minor(Decimal(str(amount)), currency), currency)
