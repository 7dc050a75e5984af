"""The charts of the model and of the base, each with its finding in words."""

from django.utils.translation import gettext as _

from ...scoring import TIERS
from ..figures.base import Flow, TierCounts
from ..figures.launches import get_opening
from ..figures.quality import ModelFigures, ReliabilityBin
from .charts import Chart, Span, draw_spans, draw_stacks
from .formats import fill_sentence, format_month, format_number, format_share, mark_figure
from .launch_charts import name_tier

#: More columns have a label each second or third one.
_MAX_LABELS = 9


def describe_model(model: ModelFigures) -> str:
    """Say in a sentence how good the model is."""
    return {
        "strong": _("It tells buyers from others very well."),
        "good": _("It tells buyers from others well."),
        "fair": _("It tells buyers from others fairly: its order helps, its numbers are rough."),
        "weak": _("It tells buyers from others only a little: take its tiers as a hint."),
        "untested": _("It is not tested yet: too few buyers in launches that it had not seen."),
    }[model.grade]


def build_window_chart(model: ModelFigures) -> Chart:
    """Return the buyers promised and those who came, launch by launch."""
    title = _("Buyers promised and buyers who came")
    within = sum(window.is_within for window in model.windows)
    if model.windows:
        words = {
            "within": mark_figure(format_number(within), "launches-as-promised"),
            "windows": mark_figure(format_number(len(model.windows)), "launches-judged"),
        }
        sentence: str = fill_sentence(
            _("In %(within)s of %(windows)s launches that it had not seen, as many bought as it had promised."), words
        )
    else:
        sentence = _("No launch is over yet that it had not seen.")
    spans = [Span(row.name, row.low, row.promised, row.high, row.buyers) for row in model.windows]
    header = (
        *(_("Launch"), _("Leads"), _("Promised"), _("From"), _("To"), _("Bought")),
        *(_("Buyers ahead of others"), _("Lift of the hottest tenth")),
    )
    rows = [
        (
            row.name,
            *(format_number(value) for value in (row.leads, round(row.promised), row.low, row.high, row.buyers)),
            format_share(row.roc_auc),
            "–" if row.lift_10 is None else format_number(round(row.lift_10, 1)),
        )
        for row in model.windows
    ]
    figures = ("leads", "promised", "promised low", "promised high", "bought", "buyers-ahead", "lift")
    return Chart(title, sentence, draw_spans(title, spans), header, rows, figures)


def build_reliability_chart(bins: list[ReliabilityBin]) -> Chart:
    """Return the chances promised and the shares that bought, by leads with chances alike."""
    title = _("Chances promised and shares that bought")
    within = sum(row.is_within for row in bins)
    words = {
        "within": mark_figure(format_number(within), "groups-as-promised"),
        "bins": mark_figure(format_number(len(bins)), "groups"),
    }
    sentence = (
        fill_sentence(
            _("In %(within)s of %(bins)s groups of leads with chances alike, as many bought as promised, luck aside."),
            words,
        )
        if bins
        else _("No launch was scored yet by a model that had not seen it.")
    )
    names = [_("promised %(share)s") % {"share": format_share(row.promised, 1)} for row in bins]
    spans = [Span(name, row.low, row.realised, row.high, row.promised) for name, row in zip(names, bins, strict=True)]
    header = (_("Group"), _("Leads"), _("Bought"), _("Promised"), _("Share that bought"), _("From"), _("To"))
    rows = [
        (
            format_number(number),
            format_number(row.leads),
            format_number(row.buyers),
            *(format_share(value, 1) for value in (row.promised, row.realised, row.low, row.high)),
        )
        for number, row in enumerate(bins, 1)
    ]
    figures = ("leads", "bought", "chance-promised", *(f"share-that-bought{end}" for end in ("", " low", " high")))
    return Chart(title, sentence, draw_spans(title, spans, is_share=True), header, rows, figures)


def build_base_chart(counts: list[TierCounts]) -> Chart:
    """Return the tiers of each launch's leads in columns."""
    title = _("Scored leads of each launch by tier")
    step = -(-len(counts) // _MAX_LABELS) or 1
    stacks = [
        (
            format_month(get_opening(row.launch)) if (len(counts) - number) % step == 1 % step else "",
            [(tier, float(getattr(row, tier))) for tier in TIERS],
        )
        for number, row in enumerate(counts)
    ]
    header = (_("Launch"), *(name_tier(tier) for tier in TIERS), _("Share hot"))
    rows = [
        (
            row.launch.name or row.launch.key,
            *(format_number(getattr(row, tier)) for tier in TIERS),
            format_share(row.hot / (row.hot + row.warm + row.cold), 1),
        )
        for row in reversed(counts)
    ]
    return Chart(title, _describe_base(counts), draw_stacks(title, stacks), header, rows, (*TIERS, "share-hot"))


def describe_flow(flow: Flow) -> str:
    """Say who cooled down, and who warmed up."""
    words = {
        "cooled": mark_figure(format_number(flow.cooled), "cooled"),
        "warmed": mark_figure(format_number(flow.warmed), "warmed"),
    }
    return fill_sentence(_("%(cooled)s who were hot are so no more, and %(warmed)s are hot who were not."), words)


def list_moves(flow: Flow) -> list[tuple[str, list[str]]]:
    """Return the table of a flow: by tier before, how many are in each tier now, or not scored there."""
    return [(tier, [format_number(flow.moves.get((tier, now), 0)) for now in (*TIERS, "")]) for tier in TIERS]


def _describe_base(counts: list[TierCounts]) -> str:
    if not counts:
        return _("Nobody is scored yet.")
    last = counts[-1]
    share = last.hot / (last.hot + last.warm + last.cold)
    words = {
        "name": last.launch.name or last.launch.key,
        "hot": mark_figure(format_number(last.hot), "hot"),
        "share": mark_figure(format_share(share, 1), "share-hot"),
    }
    if len(counts) == 1:
        return fill_sentence(_("In %(name)s %(hot)s leads are hot: %(share)s."), words)
    first = counts[-2]
    before = format_share(first.hot / (first.hot + first.warm + first.cold), 1)
    words["before"] = mark_figure(before, "share-hot-last-time")
    sentence = _("In %(name)s %(hot)s leads are hot: %(share)s, after %(before)s in the launch before.")
    return fill_sentence(sentence, words)
