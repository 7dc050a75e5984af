"""What the command line shows: progress, tables, and errors without a traceback."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

if TYPE_CHECKING:  # pandas and Evidently take seconds to import
    import pandas as pd

    from ..checks import CheckResult, Finding
    from ..monitoring import MonitoringResult
    from ..monitoring.cost import DriftCost

#: A log or a pipe has no width of its own; rich's 80 columns would cut the names of launches.
_LOG_WIDTH = 110

console = Console()
errors = Console(stderr=True)
if not console.is_terminal and "COLUMNS" not in os.environ:
    console.width = _LOG_WIDTH

_TIER_COLORS = {"hot": "red", "warm": "yellow", "cold": "blue"}


@contextmanager
def told_errors() -> Iterator[None]:
    """Bad input ends the program with its message and exit code 1; a bug keeps its traceback."""
    try:
        yield
    except (ValueError, LookupError, OSError) as error:
        if not _is_expected(error):
            raise
        code = getattr(error, "code", None)
        named = f" ({code})" if isinstance(code, str) else ""
        errors.print(f"[bold red]error{named}:[/] {escape(str(error))}", soft_wrap=True)
        raise typer.Exit(1) from None


def _is_expected(error: Exception) -> bool:
    from ..history import HistoryError, LaunchError
    from ..scoring import ArtefactError
    from .settings import SettingsError

    expected = (HistoryError, LaunchError, ArtefactError, SettingsError, FileExistsError)
    return isinstance(error, expected) or type(error) is LookupError


@contextmanager
def progress() -> Iterator[Callable[[str], None]]:
    """A line that says what is being done now; on a terminal it moves, in a log each change is a line."""
    if not console.is_terminal:
        yield lambda message: console.print(f"  {escape(message)}", highlight=False, soft_wrap=True)
        return
    with console.status("starting") as status:
        yield lambda message: status.update(escape(message))


def launches_table(report: dict[str, Any]) -> Table:
    """A backtest's launches with their quality."""
    table = Table(title="Launches, each scored by a model that knew only what came before it")
    table.add_column("launch", overflow="fold")
    for name in ("leads", "buyers", "ROC AUC", "avg. prec.", "lift at 10%", "log loss", "ECE"):
        table.add_column(name, justify="right")
    for entry in report["launches"]:
        metrics = entry["metrics"]
        figures = [
            metrics["roc_auc"],
            metrics["average_precision"],
            metrics["lift_10"],
            metrics["log_loss"],
            metrics["ece"],
        ]
        table.add_row(escape(entry["launch_id"]), f"{entry['rows']:,}", f"{entry['buyers']:,}", *map(_figure, figures))
    for entry in report["skipped"]:
        table.add_row(f"[dim]{escape(entry['launch_id'])}", *["[dim]-"] * 7)
    return table


def forecast_table(launch_id: str, expected: pd.DataFrame) -> Table:
    """How many leads stand in each tier, how many of them are expected to buy, and what contacting them would earn."""
    with_money = "profit" in expected
    told = "buyers and profit" if with_money else "buyers"
    table = Table(title=f"Tiers of {escape(launch_id)} ({told} with their 90% interval)")
    for name in ("tier", "leads", "expected buyers", "share", *(("revenue", "profit") if with_money else ())):
        table.add_column(name, justify="left" if name == "tier" else "right")
    for row in expected.to_dict("records"):
        share = f"{row['buyers'] / row['leads']:.1%}" if row["leads"] else "-"
        buyers = f"{row['buyers']:,.1f} ({row['low']:,} to {row['high']:,})"
        cells = [_colored(row["tier"]), f"{row['leads']:,}", buyers, share]
        if with_money:
            cells += [f"{row['revenue']:,.0f}"]
            cells += [f"{row['profit']:,.0f} ({row['profit_low']:,.0f} to {row['profit_high']:,.0f})"]
        table.add_row(*cells)
    return table


def _colored(tier: str) -> str:
    return f"[{_TIER_COLORS[tier]}]{tier}" if tier in _TIER_COLORS else tier


def hottest_table(scores: pd.DataFrame, most: int = 10) -> Table:
    """The hottest leads with their reasons."""
    table = Table(title="Hottest leads", show_lines=True)
    for name in ("lead", "probability", "score", "tier"):
        table.add_column(name, no_wrap=True)
    table.add_column("why (▲ raises, ▼ lowers)", ratio=1)
    for row in scores.head(most).to_dict("records"):
        told = [f"{'▲' if reason['contribution'] > 0 else '▼'} {reason['text']}" for reason in row["reasons"]]
        table.add_row(
            escape(str(row["lead_id"])),
            f"{row['probability']:.1%}",
            f"{row['score']:.1f}",
            _colored(row["tier"]),
            escape("\n".join(told)),
        )
    return table


def reasons_table(lead: str, probability: float, reasons: Sequence[Mapping[str, Any]]) -> Table:
    """One lead's reasons, each with what it adds to the log-odds."""
    table = Table(title=f"{escape(lead)}: {probability:.1%} likely to buy")
    for name in ("adds to the log-odds", "why"):
        table.add_column(name, justify="right" if name != "why" else "left")
    for reason in reasons:
        table.add_row(f"{reason['contribution']:+.3f}", escape(reason["text"]))
    return table


def changes_table(logits: pd.Series, changes: Sequence[Mapping[str, Any]]) -> Table:
    """Why a score moved: the parts of the step, then the largest changes."""
    parts = {"time": "time passing", "lead": "what the lead did", "model": "the model's change"}
    table = Table(title=f"Log-odds from {logits['before']:.3f} to {logits['after']:.3f}")
    for name in ("part", "adds to the log-odds", "what changed"):
        table.add_column(name, justify="right" if name.startswith("adds") else "left")
    for part, words in parts.items():
        table.add_row(f"[bold]{words}", f"[bold]{logits[part]:+.3f}", "[bold]altogether")
    for change in changes:
        table.add_row(parts[change["part"]], f"{change['contribution']:+.3f}", escape(change["text"]))
    return table


def checks_table(checked: Sequence[CheckResult]) -> Table:
    """What was looked at, with a verdict each, and what was found."""
    colors = {"ok": "green", "note": "blue", "warning": "yellow", "error": "red"}
    table = Table(title="What a careful analyst would look at first", show_lines=True)
    for name in ("looked at", "verdict", "found", "examples"):
        table.add_column(name, overflow="fold")
    for each in checked:
        table.add_row(each.name, f"[{colors[each.verdict]}]{each.verdict}", escape(each.summary), "")
        for found in each.findings:
            place = f"{found.table}.{found.column}" if found.column else found.table
            told = escape(f"{found.code}: {place}: {found.message}")
            table.add_row("", f"[{colors[found.severity]}]{found.severity}", told, escape(", ".join(found.examples)))
    return table


def tell_findings(findings: Iterable[Finding]) -> None:
    """A line for each thing that is wrong with a history."""
    for found in findings:
        console.print(f"[yellow]{escape(str(found))}[/]", soft_wrap=True)


def regret_table(rows: pd.DataFrame) -> Table:
    """The truth's figures, the model's and the regret between them."""
    table = Table(title="How far from the truth (regret with its 90% interval)")
    for name in ("launch", "leads", "figure", "truth", "model", "regret"):
        table.add_column(name, justify="left" if name in ("launch", "figure") else "right", overflow="fold")
    for row in rows.to_dict("records"):
        interval = f"{row['regret']:+.4f} ({row['low']:+.4f} to {row['high']:+.4f})"
        figures = (f"{row['truth']:.4f}", f"{row['model']:.4f}", interval)
        table.add_row(escape(str(row["launch_id"])), f"{row['leads']:,}", str(row["figure"]), *figures)
    return table


def settings_table(values: Mapping[str, object]) -> Table:
    """The settings in force."""
    table = Table(title="Settings in force")
    table.add_column("key")
    table.add_column("value")
    for name, value in values.items():
        table.add_row(name, escape(str(value)))
    return table


def signals_table(result: MonitoringResult) -> Table:
    """A monitored launch's four signals, each against what is usual."""
    table = Table(title=f"{escape(result.launch_id)}: {result.leads:,} leads, diagnosis {result.diagnosis}")
    for name in ("signal", "value", "usual", "limit", "what was seen"):
        table.add_column(name, justify="left" if name in ("signal", "what was seen") else "right")
    for signal in result.signals:
        name = f"[red]{signal.cause}" if signal.alarm else signal.cause
        figures = (_figure(value) for value in (signal.value, signal.usual, signal.limit))
        table.add_row(name, *figures, escape(signal.evidence))
    return table


def advice_lines(result: MonitoringResult) -> Iterator[str]:
    """What to do and why, what it costs, and what is wrong with the data."""
    yield f"[bold]Advice: {result.advice.action}[/] ({result.advice.next_step})"
    yield from (f"  - {escape(reason)}" for reason in result.advice.reasons)
    cost = result.cost
    if cost.lift_points is not None:
        yield f"Cost ({cost.basis}): {cost.lift_points:.2f} points of lift at 10%{_money(cost)}"
    yield from (f"[yellow]{escape(str(finding))}" for finding in result.findings)
    yield from (f"[dim]{escape(note)}" for note in result.notes)


def _money(cost: DriftCost) -> str:
    if cost.ranking is None or cost.threshold is None:
        return ""
    unit = cost.currency or "of revenue"
    return f", {cost.ranking:,.0f} {unit} by ranking worse, {cost.threshold:,.0f} {unit} at the threshold"


def _figure(value: float | None) -> str:
    return "-" if value is None else f"{value:.3f}"
