"""Pages: the templates, the style and the plots that reports share."""

from pathlib import Path

#: The folder of all templates.
TEMPLATES = Path(__file__).parent / "templates"

__all__ = ["TEMPLATES"]
