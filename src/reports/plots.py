"""Plots of scores and outcomes as SVG that takes its colors from the page around it."""

import io
import re
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import matplotlib as mpl
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator
from matplotlib.typing import RcKeyType
from numpy.typing import NDArray

from ..evaluation import build_reliability_table, compute_gains_curve
from .palette import LIGHT, format_css_variables

if TYPE_CHECKING:  # its import takes a second, and only a tuned model has a study
    import optuna

# Stand-ins that become CSS variables, so that one plot serves light, dark and print.
INK, MUTED, GRID, BLUE, BOUGHT = "#010101", "#020202", "#030303", "#040404", "#050505"
VARIABLES = {INK: "--ink", MUTED: "--muted", GRID: "--line", BLUE: "--blue", BOUGHT: "--bought"}

FloatArray = NDArray[np.float64]

# The page's own font and SVG's defaults, or what draws nothing.
REDUNDANT = re.compile(r' transform="rotate\(-?0 [^"]*"|font-family: [^;]*; |; stroke-linecap: square|  +(?=")')

STYLE: dict[RcKeyType, Any] = {
    "svg.fonttype": "none",
    "text.parse_math": False,  # names may hold a dollar sign
    "font.family": "sans-serif",
    "font.size": 8,
    "text.color": INK,
    "axes.edgecolor": GRID,
    "axes.labelcolor": MUTED,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "axes.axisbelow": True,
    "grid.color": GRID,
    "grid.linewidth": 0.5,
    "xtick.major.size": 0,
    "ytick.major.size": 0,
    "xtick.labelcolor": MUTED,
    "ytick.labelcolor": MUTED,
}


def plot_gains(name: str, y: FloatArray, p: FloatArray) -> str:
    """Plot the share of the buyers found going down the scores, with the hottest 10% marked.

    Parameters
    ----------
    name : str
        Distinguishes the plot's inner references from those of other plots on the page.
    y, p : numpy.ndarray of float64
        Labels and probabilities, at least one row.
    """
    return _render_square(name, "Gains curve", lambda axes: _draw_gains(axes, y, p))


def plot_reliability(name: str, y: FloatArray, p: FloatArray, limit: float) -> str:
    """Plot the observed rate of ten bins against their mean probability; `limit` is the right end of both axes."""
    return _render_square(name, "Reliability", lambda axes: _draw_reliability(axes, y, p, limit))


def plot_histogram(name: str, y: FloatArray, p: FloatArray, limit: float) -> str:
    """Plot the probabilities of buyers and of the others, each group adding up to 100%."""
    return _render_square(name, "Probabilities of buyers and others", lambda axes: _draw_histogram(axes, y, p, limit))


def plot_lifts(launches: pd.DataFrame) -> str:
    """Plot the lift at 10% of each launch, one row each.

    Parameters
    ----------
    launches : pandas.DataFrame
        `launch_id`, `lift_10` and its interval `low`, `high`; NaN is left out.
    """
    return _render_rows("lifts", "Lift at 10% of each launch", launches, _draw_lifts)


def plot_rates(launches: pd.DataFrame) -> str:
    """Plot the predicted and observed conversion of each launch: `launch_id`, `mean_probability` and `base_rate`."""
    return _render_rows("rates", "Predicted and observed conversion of each launch", launches, _draw_rates)


def plot_study(study: "optuna.Study") -> str:
    """Plot the loss of each trial that was measured on every fold, the best so far, and which trials were halved away.

    A trial that was halved away has no loss on that scale: its own is of fewer windows.
    """
    with mpl.rc_context(STYLE):
        figure = Figure(figsize=(4.4, 2.4), layout="constrained")
        _draw_study(figure.add_subplot(), study)
        return _render_svg(figure, "study", "Loss of each trial")


def to_standalone_svg(svg: str) -> str:
    """Return a plot as a file of its own, in the page's light colors."""
    style = format_css_variables(LIGHT)
    return svg.replace("<svg ", f'<svg xmlns="http://www.w3.org/2000/svg" style="{style} background:var(--paper)" ', 1)


def compute_probability_limit(launches: Sequence[tuple[FloatArray, FloatArray]]) -> float:
    """Return a common right end for the probability axes of several launches' labels and probabilities."""
    tables = [build_reliability_table(y, p) for y, p in launches]
    highest = max(max(table.mean_probability.max(), table.observed_rate.max()) for table in tables)
    return float(min(1.0, max(0.02, highest * 1.12)))


def _render_square(name: str, description: str, draw: Callable[[Axes], None]) -> str:
    with mpl.rc_context(STYLE):
        figure = Figure(figsize=(2.9, 2.4))
        # The same margins everywhere, so that plots beside each other line up.
        draw(figure.add_axes((0.19, 0.17, 0.74, 0.78)))
        return _render_svg(figure, name, description)


def _render_rows(
    name: str, description: str, launches: pd.DataFrame, draw: Callable[[Axes, pd.DataFrame], None]
) -> str:
    with mpl.rc_context(STYLE):
        figure = Figure(figsize=(4.4, 0.6 + 0.19 * len(launches)), layout="constrained")
        axes = figure.add_subplot()
        draw(axes, launches)
        axes.set_yticks(range(len(launches)), [_shorten(name) for name in launches.launch_id])
        axes.set_ylim(len(launches) - 0.4, -0.6)
        axes.set_xlim(0, axes.dataLim.x1 * 1.05)
        return _render_svg(figure, name, description)


def _draw_gains(axes: Axes, y: FloatArray, p: FloatArray) -> None:
    axes.plot([0, 1], [0, 1], color=MUTED, linewidth=0.8, linestyle=(0, (4, 3)))
    curve = compute_gains_curve(y, p)
    if len(curve):
        # On a fine enough grid the curve looks the same and the page stays small.
        at = np.r_[np.linspace(0, 0.1, 11), np.linspace(0.12, 1, 45)]
        share = np.interp(at, curve.leads_share, curve.buyers_share)
        axes.fill_between(at, share, at, color=BLUE, alpha=0.12, linewidth=0)
        axes.plot(at, share, color=BLUE, linewidth=1.6)
        axes.plot([0.1], [share[10]], "o", color=BOUGHT, markersize=4)
        axes.annotate(f"{share[10]:.0%} in the first 10%", (0.1, share[10]), (7, -4), textcoords="offset points")
    _format_axes(axes, 1.0, 1.0, "leads, highest score first", "buyers found")


def _draw_reliability(axes: Axes, y: FloatArray, p: FloatArray, limit: float) -> None:
    table = build_reliability_table(y, p)
    axes.plot([0, limit], [0, limit], color=MUTED, linewidth=0.8, linestyle=(0, (4, 3)))
    axes.vlines(table.mean_probability, table.low, table.high, color=BLUE, linewidth=1.2, alpha=0.6)
    axes.plot(table.mean_probability, table.observed_rate, "o", color=BLUE, markersize=3.5)
    _format_axes(axes, limit, limit, "predicted", "bought")


def _draw_histogram(axes: Axes, y: FloatArray, p: FloatArray, limit: float) -> None:
    edges = np.linspace(0, limit, 25)
    for label, color, text in ((0.0, MUTED, "others"), (1.0, BOUGHT, "buyers")):
        group = np.minimum(p[y == label], limit)  # the last bar holds what lies beyond
        if len(group):
            share = np.histogram(group, edges)[0] / len(group)
            axes.stairs(share, edges, color=color, fill=True, alpha=0.18)
            axes.stairs(share, edges, color=color, linewidth=1.2, label=text)
    axes.legend(frameon=False, loc="upper right", handlelength=1.0, borderaxespad=0)
    _format_axes(axes, limit, axes.get_ylim()[1], "probability", "share of the group")


def _draw_lifts(axes: Axes, launches: pd.DataFrame) -> None:
    rows = np.arange(len(launches))
    axes.axvline(1, color=MUTED, linewidth=0.8, linestyle=(0, (4, 3)))
    axes.hlines(rows, launches.low, launches.high, color=BLUE, linewidth=1.4, alpha=0.6)
    axes.plot(launches.lift_10, rows, "o", color=BLUE, markersize=4)
    axes.set_xlabel("lift at 10% (1 = random pick)")


def _draw_rates(axes: Axes, launches: pd.DataFrame) -> None:
    rows = np.arange(len(launches))
    axes.hlines(rows, launches.mean_probability, launches.base_rate, color=MUTED, linewidth=0.8)
    axes.plot(launches.mean_probability, rows, "D", color=MUTED, markersize=3.5)
    axes.plot(launches.base_rate, rows, "o", color=BOUGHT, markersize=4)
    axes.xaxis.set_major_formatter(_format_percent)
    axes.set_xlabel("conversion (diamond: predicted, dot: what came)")


def _draw_study(axes: Axes, study: "optuna.Study") -> None:
    best = np.inf
    complete = [trial for trial in study.trials if trial.state.name == "COMPLETE"]
    pruned = [trial.number for trial in study.trials if trial.state.name == "PRUNED"]
    losses = np.array([trial.value for trial in complete], float)
    axes.plot([trial.number for trial in complete], losses, "o", color=BLUE, label="measured on every window")
    if pruned:
        foot = np.zeros(len(pruned))
        (marks,) = axes.plot(pruned, foot, "x", color=MUTED, markersize=4, label="halved away before", clip_on=False)
        marks.set_transform(axes.get_xaxis_transform())
        axes.autoscale_view()
    steps = []
    for trial in study.trials:
        if trial.state.name == "COMPLETE" and trial.value is not None:
            best = min(best, trial.value)
        steps.append(best)
    axes.step(np.arange(len(steps)), steps, color=INK, linewidth=1.2, where="post", label="best so far")
    axes.legend(frameon=False, handlelength=1.0)
    axes.set(xlabel="trial", ylabel="log loss on windows left out")
    axes.xaxis.set_major_locator(MaxNLocator(integer=True))


def _format_axes(axes: Axes, right: float, top: float, x_label: str, y_label: str) -> None:
    axes.set(xlim=(0, right), ylim=(0, top), xlabel=x_label, ylabel=y_label)
    for axis in (axes.xaxis, axes.yaxis):
        axis.set_major_locator(MaxNLocator(5))
        axis.set_major_formatter(_format_percent)


def _format_percent(value: float, _: float) -> str:
    return f"{100 * value:.4g}%"


def _shorten(name: str) -> str:
    return name if len(name) <= 28 else name[:27] + "…"


def _render_svg(figure: Figure, name: str, description: str) -> str:
    """Return the figure as an `svg` element: page colors, no unused ids, two decimals."""
    buffer = io.StringIO()
    no_metadata = dict.fromkeys(("Creator", "Date", "Format", "Type"))
    with mpl.rc_context({"svg.hashsalt": name}):
        figure.savefig(buffer, format="svg", transparent=True, metadata=no_metadata)
    text = buffer.getvalue()
    text = text[text.index("<svg") :]
    text = re.sub(r"<!--.*?-->|<metadata>.*?</metadata>", "", text, flags=re.DOTALL)
    referred = set(re.findall(r"#([\w-]+)", text))
    text = re.sub(r"<[^>]+>", lambda tag: _shrink_tag(tag[0], referred), text)
    view_box = re.search(r'viewBox="[^"]+"', text)
    assert view_box is not None, "matplotlib always writes a viewBox"
    head = f'<svg role="img" aria-label="{description}" {view_box[0]}>'
    return head + re.sub(r">\s+<", "><", text[text.index(">") + 1 :]).strip()


def _shrink_tag(tag: str, referred: set[str]) -> str:
    tag = re.sub(r' id="([^"]*)"', lambda match: match[0] if match[1] in referred else "", tag)
    tag = re.sub(r"-?\d+\.\d+", lambda number: f"{float(number[0]):.2f}".rstrip("0").rstrip("."), tag)
    for color, variable in VARIABLES.items():
        tag = tag.replace(color, f"var({variable})")
    return REDUNDANT.sub("", tag).replace("xlink:href", "href").replace("\n", " ")
