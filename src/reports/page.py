"""Rendering of a page from the shared templates: one file without scripts, which loads nothing and opens offline."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from jinja2 import ChainableUndefined, Environment, FileSystemLoader, StrictUndefined

from ..language import Translator
from .palette import DARK, LIGHT, format_css_variables

_TEMPLATES = Path(__file__).parent / "templates"


def render_page(
    template: str,
    values: Mapping[str, Any],
    translate: Translator,
    filters: Mapping[str, Callable[..., Any]] | None = None,
    *,
    allow_missing: bool = False,
) -> str:
    """Render a page; values are escaped.

    Parameters
    ----------
    template : str
        Name of the template's file.
    values : mapping of str to object
        What the template shows.
    translate : Translator
        Gives the template's messages: ``_``, ``ngettext`` and ``pgettext``; its ``language`` is the page's.
    filters : mapping of str to callable or None
        Filters that the template uses beside Jinja's own.
    allow_missing : bool
        Leave out what ``values`` lacks, instead of raising.

    Returns
    -------
    str
        The page's HTML.

    Raises
    ------
    jinja2.UndefinedError
        The template shows a value that is missing.
    """
    environment = Environment(
        loader=FileSystemLoader(_TEMPLATES),
        autoescape=True,
        undefined=ChainableUndefined if allow_missing else StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters.update(filters or {})
    environment.globals.update(_=translate, ngettext=translate.ngettext, pgettext=translate.pgettext)
    environment.globals.update(language=translate.language.replace("_", "-"))
    environment.globals.update(light_palette=format_css_variables(LIGHT), dark_palette=format_css_variables(DARK))
    return environment.get_template(template).render(values)
