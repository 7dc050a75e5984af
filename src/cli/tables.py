"""Tables and lines that show the results of jobs on the console."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from rich.markup import escape
from rich.table import Table

from ..reports.translation import Translator

if TYPE_CHECKING:  # pandas and Evidently take seconds to import
    import pandas as pd

    from ..checks import CheckResult
    from ..jobs.explain import Explanation, ScoreChangeSummary
    from ..monitoring import MonitoringResult
    from ..monitoring.cost import DriftCost

_TIER_COLORS = {"hot": "red", "warm": "yellow", "cold": "blue"}
_VERDICT_COLORS = {"ok": "green", "note": "blue", "warning": "yellow", "error": "red"}
_ENGLISH = Translator("en")
_METRICS = ("roc_auc", "average_precision", "lift_10", "log_loss", "ece")


def render_tables_table(tables: pd.DataFrame, left_out: Mapping[str, int]) -> Table:
    """Render how many rows each table of an imported history has, of how many people, and between which days."""
    table = Table(title="What the history holds")
    for name in ("table", "rows", "left out", "people", "bought", "first", "last"):
        table.add_column(name, justify="left" if name in ("table", "first", "last") else "right")
    for row in tables.to_dict("records"):
        counts = (row["rows"], left_out.get(row["table"]), row["people"], row["bought"])
        days = (
            "-" if value is None or value != value else f"{value:%Y-%m-%d}" for value in (row["first"], row["last"])
        )
        table.add_row(row["table"], *map(_format_count, counts), *days)
    return table


def render_outcomes_table(launches: pd.DataFrame) -> Table:
    """Render the purchases in the window of each launch, and the buyers among its leads."""
    table = Table(title="Launches so far, and who bought in their windows")
    for name in ("launch", "purchases", "of its product", "buyers among its leads"):
        table.add_column(name, justify="left" if name == "launch" else "right", overflow="fold")
    for row in launches.to_dict("records"):
        buyers = f"[red]{row['buyers']:,}" if not row["buyers"] else f"{row['buyers']:,}"
        table.add_row(escape(row["launch_id"]), f"{row['purchases']:,}", f"{row['of_product']:,}", buyers)
    return table


def render_launches_table(report: dict[str, Any], translate: Translator = _ENGLISH) -> Table:
    """Render the launches of a backtest with their metrics."""
    table = Table(title=translate("Launches, each scored by a model trained only on what came before it"))
    table.add_column(translate("launch"), overflow="fold")
    for name in ("leads", "buyers", "ROC AUC", "avg. prec.", "lift at 10%", "log loss", "ECE"):
        table.add_column(translate(name), justify="right")
    for entry in report["launches"]:
        figures = [f"{entry['rows']:,}", f"{entry['buyers']:,}"]
        figures += [_format_number(entry["metrics"][name]) for name in _METRICS]
        table.add_row(escape(entry["launch_id"]), *map(translate.write_number, figures))
    for entry in report["skipped"]:
        table.add_row(f"[dim]{escape(entry['launch_id'])}", *["[dim]-"] * 7)
    return table


def render_forecast_table(launch_id: str, forecast: pd.DataFrame, translate: Translator = _ENGLISH) -> Table:
    """Render the leads of each tier, how many are expected to buy, and what contacting them would earn."""
    with_money = "profit" in forecast
    content = "buyers and profit" if with_money else "buyers"
    title = translate(f"Tiers of {{launch}} ({content} with their 90% interval)", launch=escape(launch_id))
    table = Table(title=title)
    for name in ("tier", "leads", "expected buyers", "share", *(("revenue", "profit") if with_money else ())):
        table.add_column(translate(name), justify="left" if name == "tier" else "right")
    for row in forecast.to_dict("records"):
        share = f"{row['buyers'] / row['leads']:.1%}" if row["leads"] else "-"
        buyers = f"{row['buyers']:,.1f} ({row['low']:,} to {row['high']:,})"
        cells = [f"{row['leads']:,}", buyers, share]
        if with_money:
            cells += [f"{row['revenue']:,.0f}"]
            cells += [f"{row['profit']:,.0f} ({row['profit_low']:,.0f} to {row['profit_high']:,.0f})"]
        table.add_row(_color_tier(row["tier"], translate), *map(translate.write_number, cells))
    return table


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
    parts = {"time": "time passing", "lead": "what the lead did", "model": "the model's change"}
    before, after = (write(f"{logits[name]:.3f}") for name in ("before", "after"))
    table = Table(title=translate("Log-odds from {before} to {after}", before=before, after=after))
    for name in ("part", "adds to the log-odds", "what changed"):
        table.add_column(translate(name), justify="right" if name.startswith("adds") else "left")
    for part, name in parts.items():
        cells = (translate(name), write(f"{logits[part]:+.3f}"), translate("altogether"))
        table.add_row(*(f"[bold]{cell}" for cell in cells))
    for reason in change.reasons:
        contribution = write(f"{reason['contribution']:+.3f}")
        table.add_row(translate(parts[reason["part"]]), contribution, escape(reason["text"]))
    return table


def render_checks_table(results: Sequence[CheckResult]) -> Table:
    """Render what was checked, with a verdict each, and the findings."""
    table = Table(title="Checks of the history", show_lines=True)
    for name in ("check", "verdict", "result", "examples"):
        table.add_column(name, overflow="fold")
    for result in results:
        table.add_row(result.name, f"[{_VERDICT_COLORS[result.verdict]}]{result.verdict}", escape(result.summary), "")
        for finding in result.findings:
            column = f"{finding.table}.{finding.column}" if finding.column else finding.table
            text = escape(f"{finding.code}: {column}: {finding.message}")
            severity = f"[{_VERDICT_COLORS[finding.severity]}]{finding.severity}"
            table.add_row("", severity, text, escape(", ".join(finding.examples)))
    return table


def render_regret_table(rows: pd.DataFrame) -> Table:
    """Render the metrics of the truth and of the model, and the regret."""
    table = Table(title="Distance from the truth (regret with its 90% interval)")
    for name in ("launch", "leads", "figure", "truth", "model", "regret"):
        table.add_column(name, justify="left" if name in ("launch", "figure") else "right", overflow="fold")
    for row in rows.to_dict("records"):
        interval = f"{row['regret']:+.4f} ({row['low']:+.4f} to {row['high']:+.4f})"
        figures = (f"{row['truth']:.4f}", f"{row['model']:.4f}", interval)
        table.add_row(escape(str(row["launch_id"])), f"{row['leads']:,}", str(row["figure"]), *figures)
    return table


def render_settings_table(values: Mapping[str, object]) -> Table:
    """Render the settings in force."""
    table = Table(title="Settings in force")
    table.add_column("key")
    table.add_column("value")
    for name, value in values.items():
        table.add_row(name, escape(str(value)))
    return table


def render_signals_table(result: MonitoringResult) -> Table:
    """Render the signals of a monitored launch, each with its usual value and its limit."""
    table = Table(title=f"{escape(result.launch_id)}: {result.leads:,} leads, diagnosis {result.diagnosis}")
    for name in ("signal", "value", "usual", "limit", "evidence"):
        table.add_column(name, justify="left" if name in ("signal", "evidence") else "right")
    for signal in result.signals:
        name = f"[red]{signal.cause}" if signal.alarm else signal.cause
        figures = (_format_number(value) for value in (signal.value, signal.usual, signal.limit))
        table.add_row(name, *figures, escape(signal.evidence))
    return table


def render_advice(result: MonitoringResult) -> Iterator[str]:
    """Render what to do and why, what the drift costs, and what is wrong with the data, line by line."""
    yield f"[bold]Advice: {result.advice.action}[/] ({result.advice.next_step})"
    yield from (f"  - {escape(reason)}" for reason in result.advice.reasons)
    cost = result.cost
    if cost.lift_points is not None:
        yield f"Cost ({cost.basis}): {cost.lift_points:.2f} points of lift at 10%{_format_cost(cost)}"
    yield from (f"[yellow]{escape(str(finding))}" for finding in result.findings)
    yield from (f"[dim]{escape(note)}" for note in result.notes)


def _format_cost(cost: DriftCost) -> str:
    if cost.ranking is None or cost.threshold is None:
        return ""
    unit = cost.currency or "of revenue"
    return f", {cost.ranking:,.0f} {unit} by ranking worse, {cost.threshold:,.0f} {unit} at the threshold"


def _format_count(value: float | None) -> str:
    return "-" if value is None or value != value else f"{int(value):,}"


def _format_number(value: float | None) -> str:
    return "-" if value is None else f"{value:.3f}"
