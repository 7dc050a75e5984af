"""Columns of Django models that hold sealed texts and bytes, and digests."""

from typing import TYPE_CHECKING

from django.core.exceptions import FieldError
from django.db import models
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models.expressions import Expression
from django.db.models.lookups import Lookup

from .cipher import seal, seal_bytes, unseal, unseal_bytes
from .lookup import DIGEST_BYTES

if TYPE_CHECKING:
    _TextField = models.Field[str | None, str | None]
    _BytesField = models.BinaryField[bytes | None, bytes | None]
else:
    _TextField = models.Field
    _BytesField = models.BinaryField


class _SealedColumn(models.Field):  # type: ignore[type-arg]
    """What sealed columns share: their type in the database, and that nothing is searched in them."""

    def get_internal_type(self) -> str:
        """Return the type of the column."""
        return "BinaryField"

    def get_lookup(self, lookup_name: str) -> type[Lookup] | None:
        """Refuse to search a sealed column: no two seals of one value are equal."""
        if lookup_name != "isnull":
            raise FieldError(f"{self.column_name} is sealed; search its look-up column instead")
        return super().get_lookup(lookup_name)

    @property
    def column_name(self) -> str:
        """``table.column``, for which its values are sealed."""
        return f"{self.model._meta.db_table}.{self.column}"


class SealedTextField(_SealedColumn, _TextField):
    """A text that is sealed in the database and plain in Python; None is NULL. It can be looked up by isnull alone."""

    def get_prep_value(self, value: str | None) -> bytes | None:
        """Seal a value on its way to the database."""
        return None if value is None else seal(str(value), self.column_name)

    def from_db_value(
        self, value: bytes | memoryview | None, _expression: Expression, _connection: BaseDatabaseWrapper
    ) -> str | None:
        """Unseal a value of the database."""
        return None if value is None else unseal(bytes(value), self.column_name)


class SealedBytesField(_SealedColumn, _BytesField):
    """Bytes that are sealed in the database, as ``SealedTextField`` seals a text."""

    def get_prep_value(self, value: bytes | None) -> bytes | None:
        """Seal a value on its way to the database."""
        return None if value is None else seal_bytes(bytes(value), self.column_name)

    def from_db_value(
        self, value: bytes | memoryview | None, _expression: Expression, _connection: BaseDatabaseWrapper
    ) -> bytes | None:
        """Unseal a value of the database."""
        return None if value is None else unseal_bytes(bytes(value), self.column_name)


class DigestField(_BytesField):
    """The 32 bytes of a keyed hash; the database gives them as bytes."""

    def __init__(self, *args: object, **options: object) -> None:
        options["max_length"] = DIGEST_BYTES
        super().__init__(*args, **options)  # type: ignore[arg-type]

    def from_db_value(
        self, value: bytes | memoryview | None, _expression: Expression, _connection: BaseDatabaseWrapper
    ) -> bytes | None:
        """Return bytes, whatever the driver gives."""
        return None if value is None else bytes(value)
