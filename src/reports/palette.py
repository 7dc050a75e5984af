"""The colors of every page and picture: one meaning each, for light and dark."""

#: On paper: text, what is less important, lines; what the model says, what came true, and the three tiers.
#: A contribution that raises a score is hot, one that lowers it cold.
LIGHT = {
    "paper": "#ffffff",
    "panel": "#f7f8fa",
    "ink": "#1b2430",
    "muted": "#5d6878",
    "line": "#dfe3e9",
    "blue": "#2866a8",  # the model: scores and predictions
    "bought": "#1d7f5f",  # what came true: buyers, observed conversion
    "hot": "#c2412d",
    "warm": "#d08a1d",
    "cold": "#6b8cae",
}

#: The same on a dark screen.
DARK = {
    "paper": "#14181e",
    "panel": "#1b2129",
    "ink": "#e6eaf0",
    "muted": "#9aa6b5",
    "line": "#313a46",
    "blue": "#6ea8e6",
    "bought": "#5cc8a0",
    "hot": "#f0806a",
    "warm": "#e5ae52",
    "cold": "#8faecd",
}


def format_css_variables(palette: dict[str, str]) -> str:
    """Return a palette as CSS variables: `--ink: #1b2430; --muted: …`."""
    return " ".join(f"--{name}: {color};" for name, color in palette.items())
