"""The charts of a launch, each with its finding in words."""

from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from ..figures.launch_figures import LaunchFigures, TierFigures
from ..figures.today import LaunchToday
from ..figures.trend import Cohort, GrowthPoint
from ..models import Tier
from .charts import Chart, Line, Span, draw_lines, draw_spans
from .formats import (
    fill_sentence,
    format_date,
    format_number,
    format_share,
    format_short_date,
    mark_figure,
    render_element,
)

#: A year of weeks fits on a page.
_MAX_WEEKS = 52
#: Days between the marks of an axis: the first that gives few enough of them.
_TICK_DAYS = (1, 7, 14, 28, 56, 112, 365)
_MAX_TICKS = 8


def name_tier(tier: str) -> str:
    """Return a tier's name in the reader's language."""
    names = {Tier.HOT: _("Hot"), Tier.WARM: _("Warm"), Tier.COLD: _("Cold")}
    return names.get(Tier(tier), tier) if tier in Tier.values else _("All scored")


def build_growth_chart(standing: LaunchToday) -> Chart:
    """Return leads and hot leads by day to the cart, beside the launch before."""
    now, before = standing.growth, standing.before
    lines = [
        Line(_("leads"), "leads", [(point.offset, point.leads) for point in now]),
        Line(_("hot"), "hot", [(point.offset, point.hot) for point in now]),
        Line(_("leads before"), "leads before", [(point.offset, point.leads) for point in before]),
        Line(_("hot before"), "hot before", [(point.offset, point.hot) for point in before]),
    ]
    lines = [line for line in lines if "hot" not in line.style or any(value for _day, value in line.points)]
    offsets = [point.offset for point in (*now, *before)]
    days = range(min(offsets, default=0), max(offsets, default=0) + 1)
    step = next((apart for apart in _TICK_DAYS if len(days) <= _MAX_TICKS * apart), _TICK_DAYS[-1])
    ticks = [(day, name_day(day)) for day in days if day % step == 0]
    title = _("Leads and hot leads by day to the opening")
    return Chart(
        title,
        _describe_growth(standing),
        draw_lines(title, lines, ticks),
        (_("Day"), _("Leads"), pgettext("leads", "Hot"), _("Leads before"), _("Hot before")),
        _list_growth(now, before),
        ("leads", "hot", "leads-last-time", "hot-last-time"),
    )


def build_promise_chart(figures: LaunchFigures) -> Chart:
    """Return the buyers that each tier promised, and those who came."""
    tiers = [tier for tier in figures.tiers if tier.leads]
    is_judged = figures.scored.judged > 0
    spans = [
        Span(name_tier(tier.tier), tier.low, tier.expected, tier.high, tier.buyers if is_judged else None)
        for tier in tiers
    ]
    title = _("Buyers promised and buyers who came") if is_judged else _("Buyers expected by tier")
    header = (_("Tier"), _("Leads"), _("Expected"), _("From"), _("To"), _("Judged"), _("Bought"))
    rows = [
        (
            name_tier(tier.tier),
            *(format_number(value) for value in (tier.leads, round(tier.expected), tier.low, tier.high)),
            *(format_number(value) for value in (tier.judged, tier.buyers)),
        )
        for tier in tiers
    ]
    figures_shown = ("scored", *(f"buyers-expected{end}" for end in ("", " low", " high")), "judged", "bought")
    return Chart(title, describe_promise(figures.scored), draw_spans(title, spans), header, rows, figures_shown)


def describe_promise(scored: TierFigures) -> SafeString | str:
    """Say what all scored leads are expected to bring, or whether what came is within that."""
    words = {
        "leads": mark_figure(format_number(scored.leads), "scored"),
        "expected": mark_figure(format_number(round(scored.expected)), "buyers-expected"),
        "low": mark_figure(format_number(scored.low), "buyers-expected low"),
        "high": mark_figure(format_number(scored.high), "buyers-expected high"),
        "buyers": mark_figure(format_number(scored.buyers), "bought"),
    }
    if not scored.leads:
        return _("Nobody is scored yet.")
    if scored.judged < scored.leads:
        sentence = _("Of %(leads)s scored leads, %(expected)s are expected to buy: between %(low)s and %(high)s.")
    elif scored.low <= scored.buyers <= scored.high:
        sentence = _("%(buyers)s bought; between %(low)s and %(high)s were promised: as expected.")
    elif scored.buyers > scored.high:
        sentence = _("%(buyers)s bought: more than the %(high)s that were promised at most.")
    else:
        sentence = _("%(buyers)s bought: fewer than the %(low)s that were promised at least.")
    return fill_sentence(sentence, words)


def build_cohort_chart(cohorts: list[Cohort]) -> Chart:
    """Return the leads of each week and how many of them were hot and bought."""
    shown = cohorts[:_MAX_WEEKS]
    points = list(enumerate(reversed(shown)))
    title = _("Leads of each week")
    lines = [
        Line(_("leads"), "leads", [(number, cohort.leads) for number, cohort in points]),
        Line(_("hot"), "hot", [(number, cohort.hot) for number, cohort in points]),
        Line(_("bought"), "bought", [(number, cohort.buyers) for number, cohort in points if cohort.judged]),
    ]
    step = -(-len(points) // 6) or 1
    ticks = [(number, format_short_date(cohort.week)) for number, cohort in points if number % step == 0]
    header = (_("Week of"), _("Leads"), pgettext("leads", "Hot"), _("Judged"), _("Bought"), _("Conversion"))
    rows = [
        (
            format_date(cohort.week),
            *(format_number(value) for value in (cohort.leads, cohort.hot, cohort.judged, cohort.buyers)),
            format_share(cohort.conversion.value if cohort.conversion else None, 1),
        )
        for cohort in shown
    ]
    figures = ("leads", "hot", "judged", "bought", "conversion")
    return Chart(title, _describe_cohorts(cohorts), draw_lines(title, lines, ticks), header, rows, figures)


def name_day(offset: int) -> str:
    """Return a day by its distance from the opening."""
    return _("opening") if offset == 0 else f"{offset:+d}".replace("-", "\u2212")


def _describe_growth(standing: LaunchToday) -> str:
    if not standing.growth:
        return _("No lead has come yet.")
    last, then = standing.growth[-1], standing.then
    words = {
        "leads": mark_figure(format_number(last.leads), "leads"),
        "hot": mark_figure(format_number(last.hot), "hot"),
    }
    if then is None or not then.leads:
        sentence = _("%(leads)s leads have come, %(hot)s of them hot. There is no launch before it to compare with.")
        return fill_sentence(sentence, words)
    change = format_share(last.leads / then.leads - 1).lstrip("-\u2212")
    words |= {
        "before": mark_figure(format_number(then.leads), "leads-last-time"),
        "hot_before": mark_figure(format_number(then.hot), "hot-last-time"),
        "change": mark_figure(change, "change"),
    }
    if not standing.was_scored_before:
        if last.leads >= then.leads:
            sentence = _("%(leads)s leads, %(hot)s hot; same day last time: %(before)s leads, so %(change)s more.")
        else:
            sentence = _("%(leads)s leads, %(hot)s hot; same day last time: %(before)s leads, so %(change)s fewer.")
    elif last.leads >= then.leads:
        sentence = _(
            "%(leads)s leads, %(hot)s hot; same day last time: %(before)s and %(hot_before)s, so %(change)s more."
        )
    else:
        sentence = _(
            "%(leads)s leads, %(hot)s hot; same day last time: %(before)s and %(hot_before)s, so %(change)s fewer."
        )
    return fill_sentence(sentence, words)


def _list_growth(now: list[GrowthPoint], before: list[GrowthPoint]) -> list[tuple[str, ...]]:
    ours, theirs = {point.offset: point for point in now}, {point.offset: point for point in before}
    rows = []
    for offset in sorted({*ours, *theirs}, reverse=True):
        pair = (ours.get(offset), theirs.get(offset))
        counts = [
            format_number(value) for point in pair for value in ((point.leads, point.hot) if point else (None,) * 2)
        ]
        rows.append((name_day(offset), *counts))
    return rows


def _describe_cohorts(cohorts: list[Cohort]) -> str:
    if not cohorts:
        return _("No lead has come yet.")
    judged = [cohort for cohort in cohorts if cohort.judged and cohort.judged == cohort.leads]
    words = {
        "leads": mark_figure(format_number(cohorts[0].leads), "leads"),
        "hot": mark_figure(format_number(cohorts[0].hot), "hot"),
    }
    if not judged:
        return fill_sentence(_("Latest week: %(leads)s leads, %(hot)s of them hot. No week is judged yet."), words)
    last = judged[0]
    words |= {
        "week": render_element(format_date(last.week), "time"),
        "share": mark_figure(format_share(last.buyers / last.judged, 1), "conversion"),
    }
    return fill_sentence(
        _("Latest week: %(leads)s leads, %(hot)s of them hot. Of those of %(week)s, %(share)s bought in their days."),
        words,
    )
