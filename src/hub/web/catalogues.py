"""The texts of the pages in each language: found in templates and code, kept in ``locale``, compiled by Babel.

``python -m hotleads.hub.web.catalogues`` brings ``django.po`` up to date and compiles it (``make messages``).
"""

import io
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import extract
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po
from django.utils.translation.template import templatize

FOLDER = Path(__file__).parent
LANGUAGES = ("pt_BR",)
_KEYWORDS = {
    "_": None,
    "gettext": None,
    "gettext_lazy": None,
    "ngettext": (1, 2),
    "pgettext": ((1, "c"), 2),
    "npgettext": ((1, "c"), 2, 3),
    "gettext_noop": None,
}


def find_messages() -> Catalog:
    """Return every text that the pages translate, with the files that it is in."""
    catalog = Catalog()
    for path in sorted([*FOLDER.rglob("*.py"), *FOLDER.glob("templates/**/*.html")]):
        source = path.read_text(encoding="utf-8")
        text = templatize(source) if path.suffix == ".html" else source
        name = path.relative_to(FOLDER).as_posix()
        for _line, message, _comments, context in extract("python", io.BytesIO(text.encode()), _KEYWORDS):
            catalog.add(message, locations=[(name, 0)], context=context, flags=())
    return catalog


def read_catalogue(language: str) -> Catalog:
    """Return the catalogue of a language as it is kept."""
    path = get_path(language)
    if not path.is_file():
        return Catalog(locale=language)
    with path.open("rb") as file:
        return read_po(file, locale=language)


def compile_catalogue(catalog: Catalog) -> bytes:
    """Return a catalogue as Django reads it."""
    buffer = io.BytesIO()
    write_mo(buffer, catalog)
    return buffer.getvalue()


def get_path(language: str) -> Path:
    """Return the file of a language's catalogue."""
    return FOLDER / "locale" / language / "LC_MESSAGES" / "django.po"


def update_catalogues() -> None:
    """Take new texts into each catalogue, leave out those that are gone, and compile it."""
    for language in LANGUAGES:
        catalog = read_catalogue(language)
        catalog.update(find_messages(), no_fuzzy_matching=True)
        catalog.obsolete.clear()
        path = get_path(language)
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("wb") as file:
            write_po(file, catalog, width=100, omit_header=False, include_lineno=False, sort_output=True)
        path.with_suffix(".mo").write_bytes(compile_catalogue(catalog))


if __name__ == "__main__":
    update_catalogues()
