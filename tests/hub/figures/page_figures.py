"""What a page shows: each figure with its name, its heading and its row; and what else has digits."""

import re
from dataclasses import dataclass, field
from html.parser import HTMLParser
from pathlib import Path
from typing import NamedTuple

from babel.messages.pofile import read_po

from hotleads.language.catalogue import FOLDER

#: Elements without an end.
_VOID = {"area", "br", "col", "hr", "img", "input", "link", "meta", "line", "rect", "circle", "path", "polyline"}
#: What has digits and is no figure: dates and times, ids, choices of a form, and the headings that rows are found by.
_NO_FIGURE = {"time", "code", "option", "th", "script", "style", "title", "textarea", "svg"}
_HEADINGS = {"h1", "h2", "h3", "h4"}


class ShownFigure(NamedTuple):
    """A figure as a page shows it: under a heading, in a row (empty where in none), its name in docs/figures.md."""

    heading: str
    row: str
    name: str
    text: str


class ShownLine(NamedTuple):
    """A line of a chart: the class of its style, and the values that its points are drawn at."""

    style: str
    values: list[float]


@dataclass
class ShownPage:
    """What a page shows."""

    figures: list[ShownFigure] = field(default_factory=list)
    lines: list[ShownLine] = field(default_factory=list)
    text: str = ""
    links: list[str] = field(default_factory=list)

    def list_unnamed(self) -> list[str]:
        """Return the numbers that are no figure, no date and no id, and stand in no text of the catalogues."""
        text = " ".join(self.text.split())
        for phrase in _AUTHORED:
            text = text.replace(phrase, " ")
        return re.findall(r".{0,40}\d[\d.,]*.{0,20}", text)


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.page = ShownPage()
        self._stack: list[tuple[str, dict[str, str | None]]] = []
        self._heading, self._row, self._figure = "", "", ""
        self._named: tuple[str, int] | None = None
        self._grid: list[tuple[float, float]] = []
        self._tick: float | None = None
        self._raw_lines: list[tuple[str, list[float]]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if tag in _HEADINGS:
            self._heading = ""
        if tag == "tr" or (tag == "th" and given.get("scope") == "row"):
            self._row = ""
        if tag == "a":
            self.page.links.append(given.get("href") or "")
        if tag == "line" and given.get("class") == "grid":
            self._tick = float(given["y1"] or 0)
        if tag == "polyline":
            points = [tuple(map(float, pair.split(","))) for pair in (given["points"] or "").split()]
            self._raw_lines.append((given["class"] or "", [y for _x, y in points]))
        if "data-figure" in given and self._named is None:
            self._named, self._figure = (given["data-figure"] or "", len(self._stack)), ""
            self._of = given.get("data-of") or ""
        if tag not in _VOID:
            self._stack.append((tag, given))

    def handle_endtag(self, tag: str) -> None:
        if tag in _VOID:
            return
        while self._stack and self._stack.pop()[0] != tag:
            pass
        if tag == "tr":
            self._row = ""
        if tag == "svg":
            self._keep_lines()
        if self._named is not None and len(self._stack) <= self._named[1]:
            row = self._of or self._row
            self.page.figures.append(
                ShownFigure(
                    " ".join(self._heading.split()), " ".join(row.split()), self._named[0], self._figure.strip()
                )
            )
            self._named = None
        self.page.text += " "

    def handle_data(self, data: str) -> None:
        open_tags = [tag for tag, _ in self._stack]
        if self._tick is not None and data.strip():
            self._grid.append((self._tick, float(data.replace(",", "").rstrip("%"))))
            self._tick = None
        if self._named is not None:
            self._figure += data
            return
        if _HEADINGS & set(open_tags):
            self._heading += data
        if "th" in open_tags and not any(given.get("class") == "sub" for _, given in self._stack):
            self._row += data
        if not _NO_FIGURE & set(open_tags):
            self.page.text += data

    def _keep_lines(self) -> None:
        if self._raw_lines:
            (bottom, low), (top, high) = self._grid[0], self._grid[-1]
            for style, ys in self._raw_lines:
                values = [low + (bottom - y) / (bottom - top) * (high - low) for y in ys]
                self.page.lines.append(ShownLine(style, values))
        self._grid, self._raw_lines, self._tick = [], [], None


def read_shown(html: str) -> ShownPage:
    """Return what a page shows."""
    reader = _Reader()
    reader.feed(html.split("</header>", 1)[-1])
    return reader.page


def _list_authored() -> list[str]:
    """Return the parts of the catalogues' texts that have digits, the longest first."""
    parts: set[str] = set()
    for path in sorted(Path(FOLDER).rglob("*.po")):
        with path.open("rb") as file:
            for message in read_po(file):
                ids = message.id if isinstance(message.id, tuple) else (message.id,)
                said = message.string if isinstance(message.string, tuple) else (message.string,)
                for text in (*ids, *said):
                    parts.update(" ".join(part.split()) for part in re.split(r"%\(\w+\)[sd]|\{\w+\}|%", text))
    return sorted((p for p in parts if re.search(r"\d", p) and re.search(r"[^\W\d]", p)), key=len, reverse=True)


_AUTHORED = _list_authored()
