"""The language of what is kept with scores in words."""

from ...language import Language
from ..models import Installation


def get_language() -> Language:
    """Return the language of reasons: the installation's."""
    return "pt_BR" if Installation.objects.get().language.startswith("pt") else "en"
