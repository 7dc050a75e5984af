"""Files that people bring by a form: the field with its limit, and a copy to read."""

from pathlib import Path, PurePath
from typing import TYPE_CHECKING, Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from ..intake.hostile_files import MAX_FILE_BYTES

if TYPE_CHECKING:
    from django.core.files.uploadedfile import UploadedFile

#: File systems take 255 bytes, which a name of so many letters exceeds.
_MAX_NAME_BYTES = 200
#: What a browser lets people choose.
ACCEPTED = {"accept": ".csv,.gz,.xlsx,.parquet"}


class DocumentField(forms.FileField):
    """One file of a table; what is too large to be read is refused."""

    def __init__(self, **options: Any) -> None:
        super().__init__(widget=forms.FileInput(attrs=ACCEPTED), **options)

    def clean(self, data: Any, initial: Any = None) -> Any:
        """Return the file."""
        document = super().clean(data, initial)
        if document and document.size > MAX_FILE_BYTES:
            raise ValidationError(_("More than 500 MB: bring a part of it."))
        return document


def store_document(document: "UploadedFile[Any]", folder: Path) -> Path:
    """Copy a file that was sent into a folder, under the end of its own name, and return the copy."""
    name = PurePath(document.name or "file").name.encode()[-_MAX_NAME_BYTES:].decode(errors="ignore")
    path = folder / name
    with path.open("wb") as out:
        for chunk in document.chunks():
            out.write(chunk)
    return path
