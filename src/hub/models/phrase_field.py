"""A column of texts that people read: a phrase comes back with its values, so that each reader has their language."""

from django.db import models
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models.expressions import Expression

from ...language import decode_text, encode_text


class PhraseField(models.TextField):  # type: ignore[type-arg]
    """A phrase with its values, or any other text."""

    def get_prep_value(self, value: str | None) -> str | None:
        """Return a text as the database keeps it."""
        return None if value is None else encode_text(value)

    def from_db_value(self, value: str | None, _expression: Expression, _connection: BaseDatabaseWrapper) -> str | None:
        """Return a text of the database."""
        return None if value is None else decode_text(value)
