"""A figure of matplotlib as SVG that takes its colors from the page around it."""

import io
import re

import matplotlib as mpl
from matplotlib.figure import Figure
from matplotlib.typing import RcKeyType

from ..language import Translator
from .palette import LIGHT, format_css_variables

# Stand-ins that become CSS variables, so that one plot serves light, dark and print.
INK, MUTED, GRID, BLUE, BOUGHT = "#010101", "#020202", "#030303", "#040404", "#050505"
VARIABLES = {INK: "--ink", MUTED: "--muted", GRID: "--line", BLUE: "--blue", BOUGHT: "--bought"}

# The page's own font and SVG's defaults, or what draws nothing.
REDUNDANT = re.compile(r' transform="rotate\(-?0 [^"]*"|font-family: [^;]*; |; stroke-linecap: square|  +(?=")')

STYLE: dict[RcKeyType, object] = {
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


def to_standalone_svg(svg: str) -> str:
    """Return a plot as a file of its own, in the page's light colors."""
    style = format_css_variables(LIGHT)
    return svg.replace("<svg ", f'<svg xmlns="http://www.w3.org/2000/svg" style="{style} background:var(--paper)" ', 1)


def render_svg(figure: Figure, name: str, description: str, translate: Translator) -> str:
    """Return the figure as an `svg` element: page colors, no unused ids, two decimals, localized numbers."""
    buffer = io.StringIO()
    no_metadata = dict.fromkeys(("Creator", "Date", "Format", "Type"))
    with mpl.rc_context({"svg.hashsalt": name}):
        figure.savefig(buffer, format="svg", transparent=True, metadata=no_metadata)
    svg = buffer.getvalue()
    text = svg[svg.index("<svg") :]
    text = re.sub(r"<!--.*?-->|<metadata>.*?</metadata>", "", text, flags=re.DOTALL)
    referred = set(re.findall(r"#([\w-]+)", text))
    text = re.sub(r"<[^>]+>", lambda tag: _shrink_tag(tag[0], referred), text)
    text = re.sub(r"(?<=>)[−\d.,]+%?(?=</text>)", lambda number: translate.write_number(number[0]), text)
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
