"""The text of a proposed mapping: values as TOML, and what is unsure as comments."""

import json
import re

UNSURE = "# UNSURE: "


def render_doubt(why: str) -> list[str]:
    """The line that says why the next one is unsure; none where it is not."""
    return [to_printable(UNSURE + why)] if why else []


def to_printable(line: str) -> str:
    """A comment's text on one line."""
    return " ".join("".join(letter if letter.isprintable() else " " for letter in line).split(" "))


def render_toml_key(text: str) -> str:
    """A text as a key, in quotes where it needs them."""
    return text if re.fullmatch(r"[A-Za-z0-9_-]+", text) else render_toml(text)


def render_toml(value: object) -> str:
    """A text, number or list as TOML writes it, with as few backslashes as can be."""
    if isinstance(value, str) and value.isprintable() and '"' in value and "\\" not in value:
        if "'" not in value:
            return f"'{value}'"
        if not value.endswith('"') and '"""' not in value:
            return f'"""{value}"""'
    return json.dumps(list(value) if isinstance(value, tuple) else value, ensure_ascii=False)
