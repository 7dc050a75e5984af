"""Charts as SVG from the server: each with a sentence that states its finding, and with its numbers as a table.

They take their colors from the page's style, so that one chart serves light, dark and print; what is compared also
differs by dashes, shapes or labels.
"""

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from django.utils.html import escape, format_html
from django.utils.safestring import SafeString, mark_safe

from .formats import format_number, format_share

_HEIGHT = 230
_LEFT, _RIGHT, _TOP, _BOTTOM = 46, 10, 14, 30
#: How wide a letter of a chart's text is at most, about.
_LETTER = 6.6
_MAX_NAME = 31


class _Frame(NamedTuple):
    """A screen that a chart is drawn for: the class of its picture, how wide it is, and where the rows' names stand."""

    style: str
    width: int
    names_width: int
    row_height: int


#: The style shows the one that fits; on a telephone the names of rows stand above them.
_FRAMES = (_Frame("broad", 640, 215, 34), _Frame("slim", 350, 0, 44))


@dataclass(frozen=True)
class Chart:
    """A chart, ready for ``hub/chart.html``.

    Attributes
    ----------
    title
        What it shows.
    sentence
        What there is to see in it.
    svg
        The picture; empty where there is too little for one.
    header, rows
        Its numbers, written as texts; the first of a row is its name.
    figures
        By column after the first the figure's name in docs/figures.md.
    """

    title: str
    sentence: str
    svg: SafeString
    header: Sequence[str]
    rows: Sequence[Sequence[str]] = field(default_factory=list)
    figures: Sequence[str] = ()

    def list_named_rows(self) -> Iterator[tuple[str, Iterator[tuple[str, str]]]]:
        """Yield of each row its name, and its numbers with the names of their figures."""
        for name, *cells in self.rows:
            yield name, zip(self.figures, cells, strict=True)


class Line(NamedTuple):
    """A line of a chart: its name, its style's class, and its points."""

    name: str
    style: str
    points: Sequence[tuple[float, float]]


class Span(NamedTuple):
    """An interval with what came true: a row of an interval chart."""

    name: str
    low: float
    expected: float
    high: float
    realised: float | None


def draw_lines(label: str, lines: Sequence[Line], ticks: Sequence[tuple[float, str]]) -> SafeString:
    """Draw lines over a common axis; ``ticks`` are places on it with their texts."""
    drawn = [line for line in lines if line.points]
    return _draw(label, drawn, lambda frame: (_HEIGHT, _draw_lines(drawn, ticks, frame)))


def _draw_lines(lines: Sequence[Line], ticks: Sequence[tuple[float, str]], frame: _Frame) -> list[str]:
    xs = [x for line in lines for x, _ in line.points]
    low, high = min(xs), max(max(xs), min(xs) + 1)
    top = _round_up(max(y for line in lines for _, y in line.points))
    right = frame.width - max(12 + _LETTER * len(line.name) for line in lines)

    def place(x: float, y: float) -> tuple[float, float]:
        return _LEFT + (x - low) / (high - low) * (right - _LEFT), _place_height(y, top)

    parts = _draw_levels(top, right)
    for x, text in ticks:
        if low <= x <= high:
            across, _ = place(x, 0)
            parts.append(f'<text x="{across:.1f}" y="{_HEIGHT - 8}" text-anchor="middle">{escape(text)}</text>')
    last_y = -100.0
    for line in sorted(lines, key=lambda line: -line.points[-1][1]):
        points = " ".join(f"{x:.1f},{y:.1f}" for x, y in (place(*point) for point in line.points))
        across, y = place(*line.points[-1])
        last_y = max(y + 4, last_y + 14)
        parts.append(f'<polyline class="{line.style}" points="{points}"/>')
        parts.append(f'<text class="{line.style}" x="{across + 6:.1f}" y="{last_y:.1f}">{escape(line.name)}</text>')
    return parts


def draw_spans(label: str, spans: Sequence[Span], *, is_share: bool = False) -> SafeString:
    """Draw intervals with their middles, and what came true as a mark on each; the axis holds zero."""
    return _draw(label, spans, lambda frame: _draw_spans(spans, frame, is_share=is_share))


def _draw_spans(spans: Sequence[Span], frame: _Frame, *, is_share: bool) -> tuple[int, list[str]]:
    left, right = max(frame.names_width, 16), 22
    values = [value for span in spans for value in (span.low, span.high, span.realised or 0.0)]
    unit = 0.01 if is_share else 1.0
    top = unit * _round_up(max(*values, 0.0) / unit)
    bottom = -unit * _round_up(-min(values) / unit) if min(values) < 0 else 0.0
    height = frame.row_height * len(spans) + 34

    def place(value: float) -> float:
        return left + (value - bottom) / (top - bottom) * (frame.width - left - right)

    parts = []
    for value in (bottom, 0, top) if bottom else (0, top / 2, top):
        x, text = place(value), _format_share(value) if is_share else format_number(value)
        parts.append(f'<line class="grid" x1="{x:.1f}" x2="{x:.1f}" y1="4" y2="{height - 26}"/>')
        parts.append(f'<text x="{x:.1f}" y="{height - 8}" text-anchor="middle">{text}</text>')
    for number, span in enumerate(spans):
        y = frame.row_height * (number + 1) - 14
        name = escape(span.name if len(span.name) <= _MAX_NAME else span.name[: _MAX_NAME - 1] + "…")
        if frame.names_width:
            parts.append(f'<text x="{left - 10}" y="{y + 4}" text-anchor="end">{name}</text>')
        else:
            parts.append(f'<text x="0" y="{y - 14}">{name}</text>')
        parts.append(f'<line class="span" x1="{place(span.low):.1f}" x2="{place(span.high):.1f}" y1="{y}" y2="{y}"/>')
        parts.append(f'<circle class="promised" cx="{place(span.expected):.1f}" cy="{y}" r="5"/>')
        if span.realised is not None:
            x = place(span.realised)
            parts.append(f'<path class="realised" d="M{x:.1f} {y - 8}l6 8l-6 8l-6 -8z"/>')
    return height, parts


def draw_stacks(label: str, stacks: Sequence[tuple[str, Sequence[tuple[str, float]]]]) -> SafeString:
    """Draw columns of parts: of each its name, and its parts by style and size."""
    return _draw(label, stacks, lambda frame: (_HEIGHT, _draw_stacks(stacks, frame)))


def _draw_stacks(stacks: Sequence[tuple[str, Sequence[tuple[str, float]]]], frame: _Frame) -> list[str]:
    top = _round_up(max(sum(size for _, size in parts) for _, parts in stacks))
    right = frame.width - _RIGHT
    step = (right - _LEFT) / len(stacks)
    wide = min(0.6 * step, 90.0)
    #: Names that would touch are left out between.
    every = math.ceil(max(_LETTER * len(name) + 8 for name, _ in stacks) / step)
    drawn = _draw_levels(top, right)
    for number, (name, parts) in enumerate(stacks):
        middle, y = _LEFT + step * (number + 0.5), float(_HEIGHT - _BOTTOM)
        for style, size in parts:
            tall = size / top * (_HEIGHT - _TOP - _BOTTOM)
            y -= tall
            drawn.append(
                f'<rect class="{style}" x="{middle - wide / 2:.1f}" y="{y:.1f}" width="{wide:.1f}" '
                f'height="{tall:.1f}"/>'
            )
        if (len(stacks) - 1 - number) % every == 0:
            drawn.append(f'<text x="{middle:.1f}" y="{_HEIGHT - 10}" text-anchor="middle">{escape(name)}</text>')
    return drawn


def _draw_levels(top: float, right: float) -> list[str]:
    """Return the lines of an axis of counts, with their numbers."""
    parts = []
    for value in (0, top / 2, top):
        y = _place_height(value, top)
        parts.append(f'<line class="grid" x1="{_LEFT}" x2="{right:.1f}" y1="{y:.1f}" y2="{y:.1f}"/>')
        parts.append(f'<text x="{_LEFT - 6}" y="{y + 4:.1f}" text-anchor="end">{format_number(value)}</text>')
    return parts


def _place_height(value: float, top: float) -> float:
    return _HEIGHT - _BOTTOM - value / top * (_HEIGHT - _TOP - _BOTTOM)


def _format_share(value: float) -> str:
    """Return a share at an axis, with a decimal only where it needs one."""
    return format_share(value, 0 if abs(100 * value - round(100 * value)) < 1e-9 else 1)


def _round_up(value: float) -> float:
    """Return the next round number: the end of an axis."""
    size = 1.0
    while size * 10 <= value:
        size *= 10
    return next(step * size for step in (1, 2, 4, 6, 8, 10) if step * size >= value)


def _draw(label: str, shown: Sequence[object], draw: Callable[[_Frame], tuple[float, list[str]]]) -> SafeString:
    """Return the picture for each screen; empty where there is nothing to draw."""
    return mark_safe("".join(_build_svg(label, frame, *draw(frame)) for frame in _FRAMES if shown))  # noqa: S308


def _build_svg(label: str, frame: _Frame, height: float, parts: Sequence[str]) -> SafeString:
    body = mark_safe("".join(parts))  # noqa: S308 - numbers, and texts that are escaped above
    return format_html(
        '<svg class="{}" role="img" aria-label="{}" viewBox="0 0 {} {}">{}</svg>',
        frame.style, label, frame.width, round(height), body,
    )  # fmt: skip
