#!/usr/bin/env python3
"""Take the texts that people see into the catalogues of src/language/locale and compile them (`make messages`).

Texts stand in the code: as literals, in templates, and in the declarations of features, checks and codes.
"""

import ast
import io
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import get_args

from babel.messages.catalog import Catalog
from babel.messages.extract import extract
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po
from django.utils.translation.template import templatize
from jinja2.ext import babel_extract

from hotleads.checks import CHECKS, CODES, SEVERITIES
from hotleads.features import FEATURES
from hotleads.features.wording import NAMES
from hotleads.history.schema import STRATEGIES
from hotleads.language.catalogue import FOLDER
from hotleads.monitoring.advice import Action
from hotleads.monitoring.signals import Cause
from hotleads.scoring import TIERS
from hotleads.scoring.scorecard import DEFAULT_SCORECARD

SOURCE = Path(__file__).parents[1] / "src"
PAGES = SOURCE / "hub" / "web"
LANGUAGES = ("pt_BR",)
#: Which arguments of a function are texts: all of one message, its context first in the last two.
_PAGE_KEYWORDS = {
    "_": None,
    "gettext": None,
    "gettext_lazy": None,
    "gettext_noop": None,
    "ngettext": (1, 2),
    "pgettext": ((1, "c"), 2),
    "npgettext": ((1, "c"), 2, 3),
}
_KEYWORDS = {"translate": 1, "mark": 1, "Phrase": 1, "ngettext": 2, "pgettext": 2}


def find_page_messages() -> Catalog:
    """Return the texts of the hub's pages, with the files that each is in."""
    catalog = Catalog()
    for path in sorted([*PAGES.rglob("*.py"), *PAGES.glob("templates/**/*.html")]):
        text = path.read_text(encoding="utf-8")
        source = templatize(text) if path.suffix == ".html" else text
        for _line, message, _comments, context in extract("python", io.BytesIO(source.encode()), _PAGE_KEYWORDS):
            catalog.add(message, locations=[(path.relative_to(PAGES).as_posix(), 0)], context=context, flags=())
    return catalog


def find_messages() -> Catalog:
    """Return all other texts, with the files that each is in."""
    catalog = Catalog()
    for path in sorted([*SOURCE.rglob("*.py"), *SOURCE.glob("reports/templates/*.html")]):
        if not path.is_relative_to(PAGES):
            list_texts = _list_code_texts if path.suffix == ".py" else _list_template_texts
            for name, texts in list_texts(path):
                context, message = texts if name == "pgettext" else (None, texts if len(texts) > 1 else texts[0])
                where = [(path.relative_to(SOURCE).as_posix(), 0)]
                catalog.add(message, locations=where, context=context, flags=())
    for room, texts in {
        "checks": [
            *(text for code in CODES.values() for text in (code.meaning, code.remedy)),
            *(check.name for check in CHECKS),
            *SEVERITIES,
            "ok",
        ],
        "history": [*STRATEGIES],
        "features": [text for feature in FEATURES for text in (feature.phrase, feature.phrase_missing)],
        "monitoring": [*get_args(Action), *get_args(Cause), "none", "expected", "realised", "training"],
        "scoring": [*TIERS, "all", *(signal.name for signal in DEFAULT_SCORECARD.signals)],
        "training": ["customers", "newcomers", "plain", "mature"],
    }.items():
        for text in texts:
            catalog.add(text, locations=[(room, 0)], flags=())
    for name in NAMES:
        catalog.add(name, locations=[("features", 0)], context="name", flags=())
    return catalog


def _list_code_texts(path: Path) -> Iterator[tuple[str, list[str]]]:
    source = path.read_text(encoding="utf-8")
    tree = ast.parse(source) if any(f"{name}(" in source for name in _KEYWORDS) else ast.Module([], [])
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            name = getattr(node.func, "id", getattr(node.func, "attr", ""))
            literals = node.args[: _KEYWORDS.get(name, 0)]
            if any(isinstance(argument, ast.JoinedStr) for argument in literals):
                raise SystemExit(f"{path}:{node.lineno}: a text with values by name, not an f-string")
            texts = [argument.value for argument in literals if isinstance(argument, ast.Constant)]
            if texts and len(texts) == len(literals):
                yield name, texts


def _list_template_texts(path: Path) -> Iterator[tuple[str, list[str]]]:
    with path.open("rb") as file:
        for _line, name, message, _comments in babel_extract(file, ("_", "ngettext", "pgettext"), (), {}):
            if message is not None:  # a variable holds it
                yield name, [message] if isinstance(message, str) else [text for text in message if text]


#: What finds the texts of each catalogue.
DOMAINS: dict[str, Callable[[], Catalog]] = {"django": find_page_messages, "hotleads": find_messages}


def get_path(domain: str, language: str) -> Path:
    """Return the file of a catalogue."""
    return FOLDER / language / "LC_MESSAGES" / f"{domain}.po"


def read_catalogue(domain: str, language: str) -> Catalog:
    """Return a catalogue as it is kept."""
    path = get_path(domain, language)
    if not path.is_file():
        return Catalog(locale=language)
    with path.open("rb") as file:
        return read_po(file, locale=language)


def compile_catalogue(catalog: Catalog) -> bytes:
    """Return a catalogue as gettext reads it."""
    buffer = io.BytesIO()
    write_mo(buffer, catalog)
    return buffer.getvalue()


def update_catalogues() -> None:
    """Take new texts into each catalogue, leave out those that are gone, and compile it."""
    for domain, find_texts in DOMAINS.items():
        texts = find_texts()
        for language in LANGUAGES:
            catalog = read_catalogue(domain, language)
            texts.creation_date = catalog.creation_date  # else two branches always differ in it
            catalog.update(texts, no_fuzzy_matching=True)
            catalog.obsolete.clear()
            path = get_path(domain, language)
            with path.open("wb") as file:
                write_po(file, catalog, width=100, omit_header=False, include_lineno=False, sort_output=True)
            path.with_suffix(".mo").write_bytes(compile_catalogue(catalog))


if __name__ == "__main__":
    update_catalogues()
