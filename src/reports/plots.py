"""Plots of scores and outcomes as SVG that takes its colors from the page around it."""

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

import matplotlib as mpl
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator
from numpy.typing import NDArray

from ..evaluation import build_reliability_table, compute_gains_curve
from ..language import Translator
from .svg import BLUE, BOUGHT, INK, MUTED, STYLE, render_svg

if TYPE_CHECKING:  # its import takes a second, and only a tuned model has a study
    import optuna

FloatArray = NDArray[np.float64]
_ENGLISH = Translator("en")


def plot_gains(name: str, y: FloatArray, p: FloatArray, translate: Translator = _ENGLISH) -> str:
    """Plot the share of the buyers found going down the scores, with the hottest 10% marked.

    Parameters
    ----------
    name : str
        Distinguishes the plot's inner references from those of other plots on the page.
    y, p : numpy.ndarray of float64
        Labels and probabilities, at least one row.
    translate : Translator
        Gives the picture's texts in the page's language.
    """
    return _render_square(name, translate("Gains curve"), lambda axes: _draw_gains(axes, y, p, translate), translate)


def plot_gains_of_launches(
    name: str,
    launches: Mapping[str, tuple[FloatArray, FloatArray]],
    worst: str,
    mean_share: float,
    translate: Translator = _ENGLISH,
) -> str:
    """Plot each launch's gains curve, their mean and the worst launch.

    Parameters
    ----------
    name, translate
        As in `plot_gains`.
    launches : mapping of str to (numpy.ndarray, numpy.ndarray)
        Labels and probabilities by launch; a launch without buyers has no curve.
    worst : str
        The launch to draw out.
    mean_share : float
        The mean share of the buyers in the hottest 10%, to be written beside its point.
    """
    return _render_square(
        name,
        translate("Gains curves of the launches"),
        lambda axes: _draw_gains_of_launches(axes, launches, worst, mean_share, translate),
        translate,
    )


def plot_reliability(name: str, y: FloatArray, p: FloatArray, translate: Translator = _ENGLISH) -> str:
    """Plot the observed rate of ten bins, with 90% intervals, against their mean probability."""
    return _render_square(
        name, translate("Reliability"), lambda axes: _draw_reliability(axes, y, p, translate), translate
    )


def plot_histogram(name: str, y: FloatArray, p: FloatArray, translate: Translator = _ENGLISH) -> str:
    """Plot the probabilities of buyers and of the others, each group adding up to 100%."""
    return _render_square(
        name,
        translate("Probabilities of buyers and others"),
        lambda axes: _draw_histogram(axes, y, p, translate),
        translate,
    )


def plot_lifts(launches: pd.DataFrame, translate: Translator = _ENGLISH) -> str:
    """Plot the lift at 10% of each launch, one row each.

    Parameters
    ----------
    launches : pandas.DataFrame
        `launch_id`, `lift_10` and its interval `low`, `high`; NaN is left out.
    """
    return _render_rows("lifts", translate("Lift at 10% of each launch"), launches, _draw_lifts, translate)


def plot_rates(launches: pd.DataFrame, translate: Translator = _ENGLISH) -> str:
    """Plot the predicted and observed conversion of each launch: `launch_id`, `mean_probability` and `base_rate`.

    With `rate_low` and `rate_high`, the observed conversion has its interval.
    """
    description = translate("Predicted and observed conversion of each launch")
    return _render_rows("rates", description, launches, _draw_rates, translate)


def plot_study(study: "optuna.Study") -> str:
    """Plot the loss of each trial that was measured on every fold, the best so far, and which trials were halved away.

    A trial that was halved away has no loss on that scale: its own is of fewer windows.
    """
    with mpl.rc_context(STYLE):
        figure = Figure(figsize=(4.4, 2.4), layout="constrained")
        _draw_study(figure.add_subplot(), study)
        return render_svg(figure, "study", "Loss of each trial", _ENGLISH)


def _render_square(name: str, description: str, draw: Callable[[Axes], None], translate: Translator) -> str:
    with mpl.rc_context(STYLE):
        figure = Figure(figsize=(2.9, 2.4))
        # The same margins everywhere, so that plots beside each other line up.
        draw(figure.add_axes((0.19, 0.17, 0.74, 0.78)))
        return render_svg(figure, name, description, translate)


def _render_rows(
    name: str,
    description: str,
    launches: pd.DataFrame,
    draw: Callable[[Axes, pd.DataFrame, Translator], None],
    translate: Translator,
) -> str:
    with mpl.rc_context(STYLE):
        figure = Figure(figsize=(4.0, 0.6 + 0.2 * len(launches)), layout="constrained")
        axes = figure.add_subplot()
        draw(axes, launches, translate)
        axes.set_yticks(range(len(launches)), [_shorten(name) for name in launches.launch_id])
        axes.set_ylim(len(launches) - 0.4, -0.6)
        axes.set_xlim(0, axes.dataLim.x1 * 1.05)
        return render_svg(figure, name, description, translate)


def _draw_gains(axes: Axes, y: FloatArray, p: FloatArray, translate: Translator) -> None:
    axes.plot([0, 1], [0, 1], color=MUTED, linewidth=0.8, linestyle=(0, (4, 3)))
    curve = compute_gains_curve(y, p)
    if len(curve):
        # On a fine enough grid the curve looks the same and the page stays small.
        at = np.r_[np.linspace(0, 0.1, 11), np.linspace(0.12, 1, 45)]
        share = np.interp(at, curve.leads_share, curve.buyers_share)
        axes.fill_between(at, share, at, color=BLUE, alpha=0.12, linewidth=0)
        axes.plot(at, share, color=BLUE, linewidth=1.6)
        axes.plot([0.1], [share[10]], "o", color=BLUE, markersize=4)
        text = translate("{share} in the first 10%", share=f"{share[10]:.0%}")
        axes.annotate(text, (0.1, share[10]), (7, -4), textcoords="offset points")
    _format_axes(axes, 1.0, 1.0, translate("leads, highest score first"), translate("buyers found"))


def _draw_gains_of_launches(
    axes: Axes,
    launches: Mapping[str, tuple[FloatArray, FloatArray]],
    worst: str,
    mean_share: float,
    translate: Translator,
) -> None:
    axes.plot([0, 1], [0, 1], color=MUTED, linewidth=0.8, linestyle=(0, (4, 3)))
    at = np.r_[np.linspace(0, 0.1, 11), np.linspace(0.12, 1, 45)]
    shares = {}
    for launch, (y, p) in launches.items():
        curve = compute_gains_curve(y, p)
        if len(curve):
            shares[launch] = np.interp(at, curve.leads_share, curve.buyers_share)
    for share in shares.values():
        axes.plot(at, share, color=BLUE, linewidth=0.7, alpha=0.4)
    axes.plot(
        at, np.mean(list(shares.values()), axis=0), color=BLUE, linewidth=2, label=translate("mean of the launches")
    )
    axes.plot(at, shares[worst], color=INK, linewidth=1.2, linestyle=(0, (3, 1)), label=translate("worst launch"))
    text = translate("{share} in the first 10%", share=f"{mean_share:.0%}")
    axes.plot([0.1], [mean_share], "o", color=BLUE, markersize=4, label=text)
    axes.legend(frameon=False, loc="lower right", handlelength=1.4, borderaxespad=0.1, labelspacing=0.3)
    _format_axes(axes, 1.0, 1.0, translate("leads, highest score first"), translate("buyers found"))


def _draw_reliability(axes: Axes, y: FloatArray, p: FloatArray, translate: Translator) -> None:
    table = build_reliability_table(y, p)
    limit = float(min(1.0, max(0.02, 1.05 * max(table.mean_probability.max(), table.high.max()))))
    axes.plot([0, limit], [0, limit], color=MUTED, linewidth=0.8, linestyle=(0, (4, 3)))
    axes.vlines(table.mean_probability, table.low, table.high, color=BOUGHT, linewidth=1.2, alpha=0.6)
    axes.plot(table.mean_probability, table.observed_rate, "o", color=BOUGHT, markersize=3.5)
    _format_axes(axes, limit, limit, translate("predicted"), translate("bought"))


def _draw_histogram(axes: Axes, y: FloatArray, p: FloatArray, translate: Translator) -> None:
    limit = float(min(1.0, max(0.02, np.quantile(p, 0.995))))
    edges = np.linspace(0, limit, 25)
    for label, color, text in ((0.0, MUTED, translate("others")), (1.0, BOUGHT, translate("buyers"))):
        group = np.minimum(p[y == label], limit)  # the last bar holds what lies beyond
        if len(group):
            share = np.histogram(group, edges)[0] / len(group)
            axes.stairs(share, edges, color=color, fill=True, alpha=0.18)
            axes.stairs(share, edges, color=color, linewidth=1.2, label=text)
    axes.legend(frameon=False, loc="upper right", handlelength=1.0, borderaxespad=0)
    _format_axes(axes, limit, axes.get_ylim()[1], translate("probability"), translate("share of the group"))


def _draw_lifts(axes: Axes, launches: pd.DataFrame, translate: Translator) -> None:
    rows = np.arange(len(launches))
    axes.axvline(1, color=MUTED, linewidth=0.8, linestyle=(0, (4, 3)))
    axes.hlines(rows, launches.low, launches.high, color=BLUE, linewidth=1.4, alpha=0.6)
    axes.plot(launches.lift_10, rows, "o", color=BLUE, markersize=4)
    axes.set_xlabel(translate("lift at 10% (1 = random pick)"))


def _draw_rates(axes: Axes, launches: pd.DataFrame, translate: Translator) -> None:
    rows = np.arange(len(launches))
    if "rate_low" in launches:
        axes.hlines(rows, launches.rate_low, launches.rate_high, color=BOUGHT, linewidth=1.4, alpha=0.6)
    else:
        axes.hlines(rows, launches.mean_probability, launches.base_rate, color=MUTED, linewidth=0.8)
    axes.plot(launches.base_rate, rows, "o", color=BOUGHT, markersize=4)
    axes.plot(launches.mean_probability, rows, "D", color=BLUE, markersize=3.5)
    axes.xaxis.set_major_formatter(_format_percent)
    axes.set_xlabel(translate("conversion (◆ predicted, ● bought)"))


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
