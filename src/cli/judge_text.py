"""A judgement on the console."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING

from rich.markup import escape
from rich.table import Table

from ..language import Translator
from .console import console

if TYPE_CHECKING:  # pandas takes seconds to import
    from ..judge import Judgement, LeakReport
    from ..judge.money import CallList
    from ..language import Language


def print_judgement(judgement: Judgement, language: Language) -> None:
    """Print the verdict, then what it rests on."""
    from ..judge import build_headline, build_sentences

    translate = Translator(language)
    color = "red" if judgement.verdict.is_bad else "bold"
    console.print(f"[{color}]{escape(build_headline(judgement, language))}[/]", soft_wrap=True)
    for sentence in build_sentences(judgement, language):
        console.print(escape(sentence), soft_wrap=True)
    if judgement.rivals and judgement.verdict.code != "suspected-leak":
        console.print(render_rivals_table(judgement))
    if judgement.lists:
        console.print(render_lists_table(judgement))
    if judgement.calibration is None and judgement.order is not None:
        console.print(render_heights_table(judgement))
    read = ", ".join(f"{role} {column!r}" for role, column in judgement.columns.items() if column)
    console.print(
        f"[dim]Read from {escape(judgement.name)}: {escape(read)} ({judgement.scale.kind})[/]", soft_wrap=True
    )
    for note in judgement.notes:
        console.print(f"[dim]{escape(translate.translate_phrase(note))}[/]", soft_wrap=True)


def print_values(values: Mapping[str, object]) -> None:
    """Print plain values as JSON."""
    print(json.dumps(values, indent=2))


def print_leak_report(report: LeakReport) -> None:
    """Print what a leak test found: which columns moved, for how many leads, and by which rows."""
    what = (
        f"{report.function}: {len(report.columns)} columns of {report.leads:,} leads at {report.as_of:%Y-%m-%d %H:%M}"
    )
    if report.is_clean:
        console.print(f"[bold]{escape(what)}: nothing moved with the future[/]", soft_wrap=True)
        return
    console.print(f"[red]{escape(what)}: {len(report.leaking)} leak[/]", soft_wrap=True)
    table = Table(title="What moved")
    for name in ("column", "by", "leads"):
        table.add_column(name, justify="right" if name == "leads" else "left")
    for leak in report.leaks:
        table.add_row(escape(leak.column), leak.cause, f"{leak.leads:,}")
    if report.leaks:
        console.print(table)


def render_rivals_table(judgement: Judgement) -> Table:
    """Render the rivals, and how much better or worse the score is than each."""
    table = Table(title="On the same leads, each fitted on what was before them")
    for name in ("rival", "leads", "ROC AUC", "score minus rival (90%)", "average precision"):
        table.add_column(name, justify="left" if name == "rival" else "right")
    for rival in judgement.rivals:
        gap = rival.difference["roc_auc"]
        table.add_row(
            rival.name,
            f"{rival.leads:,}",
            f"{rival.metrics['roc_auc']:.3f}",
            f"{gap.estimate:+.3f} ({gap.low:+.3f} to {gap.high:+.3f})",
            f"{rival.metrics['average_precision']:.3f}",
        )
    return table


def render_lists_table(judgement: Judgement) -> Table:
    """Render what call lists would have brought."""
    table = Table(title=f"A call list of {judgement.lists[0].leads:,.0f} leads")
    paid = f"net revenue, {judgement.currency}" if judgement.currency else "net revenue"
    has_revenue = judgement.lists[0].revenue is not None
    for name in ("by", "buyers (90%)", *((paid,) if has_revenue else ()), "fewer than by the score"):
        table.add_column(name, justify="left" if name == "by" else "right")
    for entry in judgement.lists:
        table.add_row(*_build_list_row(entry))
    return table


def _build_list_row(entry: CallList) -> list[str]:
    cells = [entry.name, f"{entry.buyers.estimate:,.1f} ({entry.buyers.low:,.0f} to {entry.buyers.high:,.0f})"]
    if entry.revenue is not None:
        cells.append(f"{entry.revenue.estimate:,.0f} ({entry.revenue.low:,.0f} to {entry.revenue.high:,.0f})")
    gap = entry.more_buyers
    return [*cells, "" if gap is None else f"{gap.estimate:,.1f} ({gap.low:,.1f} to {gap.high:,.1f})"]


def render_heights_table(judgement: Judgement) -> Table:
    """Render how many bought at each height of the score."""
    table = Table(title="What each height of the score meant")
    for name in ("score", "leads", "buyers", "bought", "90% interval"):
        table.add_column(name, justify="right")
    words = judgement.scale.words[::-1]
    for place, row in enumerate(judgement.heights.to_dict("records")):
        span = f"{row['low']:g}" if row["low"] == row["high"] else f"{row['low']:g} to {row['high']:g}"
        name = words[place] if len(words) == len(judgement.heights) else span
        ends = f"{row['rate_low']:.1%} to {row['rate_high']:.1%}"
        table.add_row(escape(str(name)), f"{row['leads']:,}", f"{row['buyers']:,}", f"{row['rate']:.1%}", ends)
    return table
