"""The language of what no reader asks for: the pages that jobs write, and answers that name none."""

from ...language import Language
from ..models import Installation


def get_language() -> Language:
    """Return the installation's language."""
    return "pt_BR" if Installation.objects.get().language.startswith("pt") else "en"
