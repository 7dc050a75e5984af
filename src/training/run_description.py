"""What a run and a model version say of themselves in MLflow, in Markdown: what was learned from, and how it did."""

from collections.abc import Mapping, Sequence
from typing import Any

from ..reports.formats import format_count, format_instant, format_number, format_percent
from ..scoring import Model
from .gate import GateDecision

Entry = Mapping[str, Any]


def describe_training(model: Model, gate_entries: Sequence[Entry], decision: GateDecision) -> str:
    """Describe a trained model: its target, what it learned from, its figures on the gate launch, the gate's decision.

    ``gate_entries`` are entries of ``backtest_launch``: the winning recipe on a launch that it had not seen.
    """
    card = model.card
    rows, buyers = (sum(window[name] for window in card["windows"]) for name in ("rows", "buyers"))
    names = ", ".join(window["name"] for window in card["windows"])
    lines = [
        f"Model for **{card['trained_for']['launch_id']}**, of what was over by {format_instant(card['as_of'])}.",
        f"Learned from {format_count(rows)} leads with {format_count(buyers)} buyers: {names}.",
        *(f"On {entry['launch_id']}, which it had not seen: {_describe_figures(entry)}." for entry in gate_entries),
        f"Gate: {decision.reason}.",
    ]
    if decision.beaten_by is not None:
        lines.append(f"Not promoted, except by force: {decision.beaten_by}.")
    return "\n\n".join(lines)


def describe_backtest(history: str, report: Entry) -> str:
    """Describe a backtest: each launch with its figures, and what was left out."""
    lines = [f"Past launches of **{history}**, each scored by a model that knew only what came before it."]
    lines += ["\n".join(f"- {entry['launch_id']}: {_describe_figures(entry)}" for entry in report["launches"])]
    if report["skipped"]:
        lines.append("Left out: " + "; ".join(f"{entry['launch_id']} ({entry['code']})" for entry in report["skipped"]))
    return "\n\n".join(line for line in lines if line)


def _describe_figures(entry: Entry) -> str:
    metrics = entry["metrics"]
    return (
        f"ROC AUC {format_number(metrics['roc_auc'], 2)}, lift at 10% {format_number(metrics['lift_10'], 1)}, "
        f"predicted {format_percent(metrics['mean_probability'])}, bought {format_percent(metrics['base_rate'])} "
        f"of {format_count(metrics['n'])} leads"
    )
