"""Tables and lines that show the results of jobs on the console."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from rich.markup import escape
from rich.table import Table

from ..language import Translator, mark

if TYPE_CHECKING:  # pandas and Evidently take seconds to import
    import pandas as pd

    from ..checks import CheckResult
    from ..jobs.explain import Explanation, ScoreChangeSummary
    from ..monitoring import MonitoringResult
    from ..monitoring.cost import DriftCost

_TIER_COLORS = {"hot": "red", "warm": "yellow", "cold": "blue"}
_VERDICT_COLORS = {"ok": "green", "note": "blue", "warning": "yellow", "error": "red"}
_ENGLISH = Translator("en")
_METRIC_NAMES = {
    "roc_auc": mark("ROC AUC"),
    "average_precision": mark("avg. prec."),
    "lift_10": mark("lift at 10%"),
    "log_loss": mark("log loss"),
    "ece": mark("ECE"),
}


def render_tables_table(tables: pd.DataFrame, left_out: Mapping[str, int], translate: Translator = _ENGLISH) -> Table:
    """Render how many rows each table of an imported history has, of how many people, and between which days."""
    table = Table(title=translate("What the history holds"))
    for name in (
        mark("table"),
        mark("rows"),
        mark("left out"),
        mark("people"),
        mark("bought"),
        mark("first"),
        mark("last"),
    ):
        table.add_column(translate(name), justify="left" if name in ("table", "first", "last") else "right")
    for row in tables.to_dict("records"):
        counts = (row["rows"], left_out.get(row["table"]), row["people"], row["bought"])
        days = (
            "-" if value is None or value != value else f"{value:%Y-%m-%d}" for value in (row["first"], row["last"])
        )
        table.add_row(row["table"], *map(translate.write_number, map(_format_count, counts)), *days)
    return table


def render_outcomes_table(launches: pd.DataFrame, translate: Translator = _ENGLISH) -> Table:
    """Render the purchases in the window of each launch, and the buyers among its leads; no figures of one to come."""
    table = Table(title=translate("Launches, and who bought in their windows"))
    for name in (mark("launch"), mark("purchases"), mark("of its product"), mark("buyers among its leads")):
        table.add_column(translate(name), justify="left" if name == "launch" else "right", overflow="fold")
    for row in launches.to_dict("records"):
        if not row["has_begun"]:
            table.add_row(escape(row["launch_id"]), "-", "-", f"[dim]{translate('still to come')}")
            continue
        counts = [translate.write_number(f"{int(row[name]):,}") for name in ("purchases", "of_product", "buyers")]
        table.add_row(escape(row["launch_id"]), *counts[:2], counts[2] if row["buyers"] else f"[red]{counts[2]}")
    return table


def render_launches_table(report: dict[str, Any], translate: Translator = _ENGLISH) -> Table:
    """Render the launches of a backtest with their metrics."""
    table = Table(title=translate("Launches, each scored by a model trained only on what came before it"))
    table.add_column(translate("launch"), overflow="fold")
    for name in (mark("leads"), mark("buyers"), *_METRIC_NAMES.values()):
        table.add_column(translate(name), justify="right")
    for entry in report["launches"]:
        figures = [f"{entry['rows']:,}", f"{entry['buyers']:,}"]
        figures += [_format_number(entry["metrics"][name]) for name in _METRIC_NAMES]
        table.add_row(escape(entry["launch_id"]), *map(translate.write_number, figures))
    for entry in report["skipped"]:
        table.add_row(f"[dim]{escape(entry['launch_id'])}", *["[dim]-"] * 7)
    return table


def render_forecast_table(launch_id: str, forecast: pd.DataFrame, translate: Translator = _ENGLISH) -> Table:
    """Render the leads of each tier, how many are expected to buy, and what contacting them would earn."""
    with_money = "profit" in forecast
    title = (
        mark("Tiers of {launch} (buyers and profit with their 90% interval)")
        if with_money
        else mark("Tiers of {launch} (buyers with their 90% interval)")
    )
    table = Table(title=translate(title, launch=escape(launch_id)))
    names = [mark("tier"), mark("leads"), mark("expected buyers"), mark("share")]
    for name in (*names, *((mark("revenue"), mark("profit")) if with_money else ())):
        table.add_column(translate(name), justify="left" if name == "tier" else "right")
    write = translate.write_number
    for row in forecast.to_dict("records"):
        share = f"{row['buyers'] / row['leads']:.1%}" if row["leads"] else "-"
        buyers = _write_interval((f"{row['buyers']:,.1f}", f"{row['low']:,}", f"{row['high']:,}"), translate)
        cells = [write(f"{row['leads']:,}"), buyers, write(share)]
        if with_money:
            profit = (f"{row[name]:,.0f}" for name in ("profit", "profit_low", "profit_high"))
            cells += [write(f"{row['revenue']:,.0f}"), _write_interval(profit, translate)]
        table.add_row(_color_tier(row["tier"], translate), *cells)
    return table


def _write_interval(figures: Iterable[str], translate: Translator) -> str:
    estimate, low, high = map(translate.write_number, figures)
    return f"{estimate} ({translate('{low} to {high}', low=low, high=high)})"


def _color_tier(tier: str, translate: Translator = _ENGLISH) -> str:
    return f"[{_TIER_COLORS[tier]}]{translate(tier)}[/]" if tier in _TIER_COLORS else translate(tier)


def render_hottest_table(scores: pd.DataFrame) -> Table:
    """Render scored rows, the hottest leads, with their reasons."""
    from ..scoring.reasons import render_reason

    table = Table(title="Hottest leads", show_lines=True)
    for name in ("lead", "probability", "score", "tier"):
        table.add_column(name, no_wrap=True)
    table.add_column("why (▲ raises, ▼ lowers)", ratio=1)
    for row in scores.to_dict("records"):
        reasons = [render_reason(reason) for reason in row["reasons"]]
        table.add_row(
            escape(str(row["lead_id"])),
            f"{row['probability']:.1%}",
            f"{row['score']:.1f}",
            _color_tier(row["tier"]),
            escape("\n".join(reasons)),
        )
    return table


def render_reasons_table(explanation: Explanation, translate: Translator = _ENGLISH) -> Table:
    """Render how one lead's log-odds add up: the base, the reasons, all other features, the sum."""
    probability = translate.write_number(f"{explanation.probability:.1%}")
    title = translate(
        "{lead}: {probability} likely to buy ({tier}, score {score})",
        lead=escape(explanation.lead_id),
        probability=probability,
        tier=_color_tier(explanation.tier, translate),
        score=translate.write_number(f"{explanation.score:.1f}"),
    )
    table = Table(title=title, show_footer=True)
    write = translate.write_number
    table.add_column(translate("adds to the log-odds"), write(f"{explanation.logit:+.3f}"), justify="right")
    table.add_column(translate("why"), translate("the sum, a probability of {probability}", probability=probability))
    table.add_row(write(f"{explanation.base:+.3f}"), f"[dim]{translate('where every lead begins')}")
    for reason in explanation.reasons:
        table.add_row(write(f"{reason['contribution']:+.3f}"), escape(reason["text"]))
    table.add_row(write(f"{explanation.others:+.3f}"), f"[dim]{translate('all others')}")
    return table


def render_change_table(change: ScoreChangeSummary, translate: Translator = _ENGLISH) -> Table:
    """Render why a score changed: the parts of the step, then the largest changes."""
    logits, write = change.logits, translate.write_number
    parts = {"time": mark("time passing"), "lead": mark("what the lead did"), "model": mark("the model's change")}
    before, after = (write(f"{logits[name]:.3f}") for name in ("before", "after"))
    table = Table(title=translate("Log-odds from {before} to {after}", before=before, after=after))
    for name in (mark("part"), mark("adds to the log-odds"), mark("what changed")):
        table.add_column(translate(name), justify="right" if name.startswith("adds") else "left")
    for part, name in parts.items():
        cells = (translate(name), write(f"{logits[part]:+.3f}"), translate("altogether"))
        table.add_row(*(f"[bold]{cell}" for cell in cells))
    for reason in change.reasons:
        contribution = write(f"{reason['contribution']:+.3f}")
        table.add_row(translate(parts[reason["part"]]), contribution, escape(reason["text"]))
    return table


def render_checks_table(results: Sequence[CheckResult], translate: Translator = _ENGLISH) -> Table:
    """Render what was checked, with a verdict each, and the findings.

    In Portuguese a check's summary is the number of its findings.
    """
    from ..checks import describe_message

    table = Table(title=translate("Checks of the history"), show_lines=True)
    for name in (mark("check"), mark("verdict"), mark("result"), mark("examples")):
        table.add_column(translate(name), overflow="fold")
    for result in results:
        summary = result.summary
        if translate.language != "en":
            summary = translate("findings: {count}", count=len(result.findings))
        verdict = f"[{_VERDICT_COLORS[result.verdict]}]{translate(result.verdict)}"
        table.add_row(translate(result.name), verdict, escape(summary), "")
        for finding in result.findings:
            column = f"{finding.table}.{finding.column}" if finding.column else finding.table
            text = escape(f"{finding.code}: {column}: {describe_message(finding, translate)}")
            severity = f"[{_VERDICT_COLORS[finding.severity]}]{translate(finding.severity)}"
            table.add_row("", severity, text, escape(", ".join(finding.examples)))
    return table


def render_regret_table(rows: pd.DataFrame, translate: Translator = _ENGLISH) -> Table:
    """Render the metrics of the truth and of the model, and the regret."""
    table = Table(title=translate("Distance from the truth (regret with its 90% interval)"))
    for name in (mark("launch"), mark("leads"), mark("figure"), mark("truth"), mark("model"), mark("regret")):
        table.add_column(translate(name), justify="left" if name in ("launch", "figure") else "right", overflow="fold")
    for row in rows.to_dict("records"):
        interval = _write_interval((f"{row[name]:+.4f}" for name in ("regret", "low", "high")), translate)
        leads, truth, model = map(
            translate.write_number, (f"{row['leads']:,}", f"{row['truth']:.4f}", f"{row['model']:.4f}")
        )
        figure = translate(_METRIC_NAMES[row["figure"]])
        table.add_row(escape(str(row["launch_id"])), leads, figure, truth, model, interval)
    return table


def render_settings_table(values: Mapping[str, object]) -> Table:
    """Render the settings in force."""
    table = Table(title="Settings in force")
    table.add_column("key")
    table.add_column("value")
    for name, value in values.items():
        table.add_row(name, escape(str(value)))
    return table


def render_signals_table(result: MonitoringResult, translate: Translator = _ENGLISH) -> Table:
    """Render the signals of a monitored launch, each with its usual value and its limit."""
    title = translate(
        "{launch}: {leads} leads, diagnosis {diagnosis}",
        launch=escape(result.launch_id),
        leads=translate.write_number(f"{result.leads:,}"),
        diagnosis=translate(result.diagnosis),
    )
    table = Table(title=title)
    for name in (mark("signal"), mark("value"), mark("usual"), mark("limit"), mark("evidence")):
        table.add_column(translate(name), justify="left" if name in ("signal", "evidence") else "right")
    for signal in result.signals:
        name = f"[red]{translate(signal.cause)}" if signal.alarm else translate(signal.cause)
        figures = (
            translate.write_number(_format_number(value)) for value in (signal.value, signal.usual, signal.limit)
        )
        table.add_row(name, *figures, escape(translate.translate_phrase(signal.evidence)))
    return table


def render_advice(result: MonitoringResult, translate: Translator = _ENGLISH) -> Iterator[str]:
    """Render what to do and why, what the drift costs, and what is wrong with the data, line by line."""
    from ..checks import describe_finding

    action, step = translate(result.advice.action), translate.translate_phrase(result.advice.next_step)
    yield f"[bold]{translate('Advice')}: {action}[/] ({escape(step)})"
    yield from (f"  - {escape(translate.translate_phrase(reason))}" for reason in result.advice.reasons)
    if result.cost.lift_points is not None:
        yield _format_cost(result.cost, translate)
    for finding in result.findings:
        yield f"[yellow]{escape(describe_finding(finding, translate))}"
    yield from (f"[dim]{escape(translate.translate_phrase(note))}" for note in result.notes)


def _format_cost(cost: DriftCost, translate: Translator) -> str:
    points = translate(
        "Cost ({basis}): {points} points of lift at 10%",
        basis=translate(cost.basis),
        points=translate.write_number(f"{cost.lift_points:.2f}"),
    )
    if cost.ranking is None or cost.threshold is None:
        return points
    money = translate(
        ", {ranking} {unit} by ranking worse, {threshold} {unit} at the threshold",
        ranking=translate.write_number(f"{cost.ranking:,.0f}"),
        threshold=translate.write_number(f"{cost.threshold:,.0f}"),
        unit=cost.currency or translate("of revenue"),
    )
    return points + money


def _format_count(value: float | None) -> str:
    return "-" if value is None or value != value else f"{int(value):,}"


def _format_number(value: float | None) -> str:
    return "-" if value is None else f"{value:.3f}"
