"""The text of a suggested mapping: values as TOML, doubts as comments."""

import json
import re

UNSURE = "# UNSURE: "


def render_doubt(why: str) -> list[str]:
    """Return the comment that says why the next line is unsure; none if it is not."""
    return [to_printable(UNSURE + why)] if why else []


def render_note(what: str) -> list[str]:
    """Return the comment that says what is known of the next line; none if nothing is."""
    return [to_printable(f"# {what}")] if what else []


def to_printable(line: str) -> str:
    """Return a text on one line without control characters."""
    return " ".join("".join(letter if letter.isprintable() else " " for letter in line).split(" "))


def render_toml_key(text: str) -> str:
    """Return a text as a TOML key, quoted if it needs quotes."""
    return text if re.fullmatch(r"[A-Za-z0-9_-]+", text) else render_toml(text)


def render_toml(value: object) -> str:
    """Return a text, number or list as TOML, with as few backslashes as possible."""
    if isinstance(value, str) and value.isprintable() and '"' in value and "\\" not in value:
        if "'" not in value:
            return f"'{value}'"
        if not value.endswith('"') and '"""' not in value:
            return f'"""{value}"""'
    return json.dumps(list(value) if isinstance(value, tuple) else value, ensure_ascii=False)
