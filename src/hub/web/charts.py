"""Charts as SVG from the server: each with a sentence that states its finding, and with its numbers as a table.

They take their colors from the page's style, so that one chart serves light, dark and print; what is compared also
differs by dashes, shapes or labels.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from django.utils.html import escape, format_html
from django.utils.safestring import SafeString, mark_safe

from .formats import format_number, format_share

_WIDTH, _HEIGHT = 640, 230
_LEFT, _RIGHT, _TOP, _BOTTOM = 46, 96, 14, 30
_ROW_HEIGHT = 34


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
    if not drawn:
        return mark_safe("")
    xs = [x for line in drawn for x, _ in line.points]
    low, high = min(xs), max(max(xs), min(xs) + 1)
    top = _round_up(max(y for line in drawn for _, y in line.points))

    def place(x: float, y: float) -> tuple[float, float]:
        across = _LEFT + (x - low) / (high - low) * (_WIDTH - _LEFT - _RIGHT)
        return across, _HEIGHT - _BOTTOM - y / top * (_HEIGHT - _TOP - _BOTTOM)

    parts = []
    for value in (0, top / 2, top):
        _, y = place(low, value)
        parts.append(f'<line class="grid" x1="{_LEFT}" x2="{_WIDTH - _RIGHT}" y1="{y:.1f}" y2="{y:.1f}"/>')
        parts.append(f'<text x="{_LEFT - 6}" y="{y + 4:.1f}" text-anchor="end">{format_number(value)}</text>')
    for x, text in ticks:
        if low <= x <= high:
            across, _ = place(x, 0)
            parts.append(f'<text x="{across:.1f}" y="{_HEIGHT - 8}" text-anchor="middle">{escape(text)}</text>')
    last_y = -100.0
    for line in sorted(drawn, key=lambda line: -line.points[-1][1]):
        points = " ".join(f"{x:.1f},{y:.1f}" for x, y in (place(*point) for point in line.points))
        across, y = place(*line.points[-1])
        last_y = max(y + 4, last_y + 14)
        parts.append(f'<polyline class="{line.style}" points="{points}"/>')
        parts.append(f'<text class="{line.style}" x="{across + 6:.1f}" y="{last_y:.1f}">{escape(line.name)}</text>')
    return _build_svg(label, _HEIGHT, parts)


def draw_spans(label: str, spans: Sequence[Span], *, is_share: bool = False) -> SafeString:
    """Draw intervals with their middles, and what came true as a mark on each; the axis holds zero."""
    if not spans:
        return mark_safe("")
    left, right = 215, 40
    values = [value for span in spans for value in (span.low, span.high, span.realised or 0.0)]
    top = max(max(values), 1e-9) if is_share else _round_up(max(*values, 0.0))
    bottom = -_round_up(-min(values)) if min(values) < 0 else 0.0
    height = _ROW_HEIGHT * len(spans) + 34

    def place(value: float) -> float:
        return left + (value - bottom) / (top - bottom) * (_WIDTH - left - right)

    parts = []
    for value in (bottom, 0, top) if bottom else (0, top / 2, top):
        x, text = place(value), format_share(value, 1) if is_share else format_number(value)
        parts.append(f'<line class="grid" x1="{x:.1f}" x2="{x:.1f}" y1="4" y2="{height - 26}"/>')
        parts.append(f'<text x="{x:.1f}" y="{height - 8}" text-anchor="middle">{text}</text>')
    for number, span in enumerate(spans):
        y = 20 + number * _ROW_HEIGHT
        name = span.name if len(span.name) <= 31 else span.name[:30] + "…"
        parts.append(f'<text x="{left - 10}" y="{y + 4}" text-anchor="end">{escape(name)}</text>')
        parts.append(f'<line class="span" x1="{place(span.low):.1f}" x2="{place(span.high):.1f}" y1="{y}" y2="{y}"/>')
        parts.append(f'<circle class="promised" cx="{place(span.expected):.1f}" cy="{y}" r="5"/>')
        if span.realised is not None:
            x = place(span.realised)
            parts.append(f'<path class="realised" d="M{x:.1f} {y - 8}l6 8l-6 8l-6 -8z"/>')
    return _build_svg(label, height, parts)


def draw_stacks(label: str, stacks: Sequence[tuple[str, Sequence[tuple[str, float]]]]) -> SafeString:
    """Draw columns of parts: of each its name, and its parts by style and size."""
    if not stacks:
        return mark_safe("")
    top = _round_up(max(sum(size for _, size in parts) for _, parts in stacks))
    step = (_WIDTH - _LEFT - 10) / len(stacks)
    drawn = []
    for value in (0, top / 2, top):
        y = _HEIGHT - _BOTTOM - value / top * (_HEIGHT - _TOP - _BOTTOM)
        drawn.append(f'<line class="grid" x1="{_LEFT}" x2="{_WIDTH - 10}" y1="{y:.1f}" y2="{y:.1f}"/>')
        drawn.append(f'<text x="{_LEFT - 6}" y="{y + 4:.1f}" text-anchor="end">{format_number(value)}</text>')
    for number, (name, parts) in enumerate(stacks):
        x, y = _LEFT + step * number + step * 0.2, float(_HEIGHT - _BOTTOM)
        for style, size in parts:
            tall = size / top * (_HEIGHT - _TOP - _BOTTOM)
            y -= tall
            drawn.append(
                f'<rect class="{style}" x="{x:.1f}" y="{y:.1f}" width="{step * 0.6:.1f}" height="{tall:.1f}"/>'
            )
        middle = x + step * 0.3
        drawn.append(f'<text x="{middle:.1f}" y="{_HEIGHT - 10}" text-anchor="middle">{escape(name)}</text>')
    return _build_svg(label, _HEIGHT, drawn)


def _round_up(value: float) -> float:
    """Return the next round number: the end of an axis."""
    size = 1.0
    while size * 10 <= value:
        size *= 10
    return next(step * size for step in (1, 2, 4, 6, 8, 10) if step * size >= value)


def _build_svg(label: str, height: float, parts: Sequence[str]) -> SafeString:
    body = mark_safe("".join(parts))  # noqa: S308 - numbers, and texts that are escaped above
    return format_html(
        '<svg role="img" aria-label="{}" viewBox="0 0 {} {}">{}</svg>', label, _WIDTH, round(height), body
    )
