"""An upload's mapping as a form: what each column is taken for, with examples; files with the same columns once."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from django.http import QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from ...history.importing.column_kinds import is_time
from ...language import Translator
from ..errors import HubError
from ..intake.file_fields import list_fields
from ..intake.proposals import FileMapping, list_doubts, list_time_forms, name_attribute, write_example
from ..intake.uploads import restore_names, sniff_upload
from ..models import Upload
from .formats import get_locale

#: The choice that stands for whatever field an answer's own name makes.
_ANSWER = "attr"
_MAX_EXAMPLE = 40
FIELD_LABELS = {
    "email": gettext_lazy("E-mail address"),
    "phone": gettext_lazy("Phone"),
    "external_id": gettext_lazy("The person's id in that tool"),
    "area_code": gettext_lazy("Area code of the phone"),
    "name": gettext_lazy("Name"),
    "last_name": gettext_lazy("Last name"),
    "captured_at": gettext_lazy("When they signed up"),
    "launch_id": gettext_lazy("Key of the launch"),
    "country": gettext_lazy("Country"),
    "language": gettext_lazy("Language"),
    "source": gettext_lazy("Page or form they came by"),
    "utm_source": gettext_lazy("Campaign source (utm_source)"),
    "utm_medium": gettext_lazy("Campaign medium (utm_medium)"),
    "utm_campaign": gettext_lazy("Campaign (utm_campaign)"),
    "utm_content": gettext_lazy("Ad (utm_content)"),
    "utm_term": gettext_lazy("Search term (utm_term)"),
    "consent": gettext_lazy("Consent, yes or no"),
    "transaction_id": gettext_lazy("Id of the transaction"),
    "occurred_at": gettext_lazy("When it was bought"),
    "event_id": gettext_lazy("Id of the message about it"),
    "product_id": gettext_lazy("Product"),
    "status": gettext_lazy("Status of the sale"),
    "amount": gettext_lazy("Amount paid"),
    "currency": gettext_lazy("Currency"),
    "payment_method": gettext_lazy("Means of payment"),
    "installments": gettext_lazy("Instalments"),
    "recurrence_number": gettext_lazy("Number of the charge of a subscription"),
    "seller_id": gettext_lazy("Seller"),
    "offer": gettext_lazy("Offer"),
    "unit_price": gettext_lazy("Price of one piece"),
    "quantity": gettext_lazy("How many pieces"),
}


def list_choices(kind: str) -> list[tuple[str, str]]:
    """Return the fields that a column may be taken for, each with its name for people."""
    return [(name, label_field(name)) for name in list_fields(kind)]


def label_field(name: str) -> str:
    """Return what people call a field."""
    return str(FIELD_LABELS.get(name, name))


def describe_files(upload: Upload, proposed: list[FileMapping]) -> list[dict[str, Any]]:
    """Return each file's columns with the field that each is, as it was checked last or else as it is proposed."""
    kept = {(each["file"], each["sheet"]): FileMapping(**each) for each in json.loads(upload.mapping or "[]")}
    files = []
    for first, group in _group(proposed).items():
        mapping = group[0]
        chosen = kept.get((mapping.file, mapping.sheet), mapping)
        sniffed = [sniff_upload(upload, each) for each in group]
        names = [restore_names(upload, each.file) + (f" · {each.sheet}" if each.sheet else "") for each in group]
        translate = Translator(get_locale()).translate_phrase
        doubts = [translate(doubt) for file in sniffed for doubt in list_doubts(file, chosen.columns, chosen.times)]
        rows = _describe_columns(first, mapping, chosen, [file.samples for file in sniffed])
        files.append({"names": names, "rows": rows, "doubts": list(dict.fromkeys(doubts))})
    return files


def read_mappings(proposed: list[FileMapping], form_data: QueryDict) -> list[FileMapping]:
    """Return the mappings that a form gives. Raises HubError where two columns are the same field."""
    first_of = {id(mapping): first for first, group in _group(proposed).items() for mapping in group}
    mappings = []
    for mapping in proposed:
        columns: dict[str, str] = {}
        times: dict[str, str] = {}
        for position, column in enumerate(_list_columns(mapping)):
            name = form_data.get(f"c{first_of[id(mapping)]}-{position}", "")
            name = name_attribute(column) if name == _ANSWER else name
            if name and name in columns:
                raise HubError(
                    _("Two columns are both “%(field)s”: leave one of them out.") % {"field": label_field(name)}
                )
            if name:
                columns[name] = column
            if form := form_data.get(f"t{first_of[id(mapping)]}-{position}", ""):
                times[column] = form
        unused = [column for column in _list_columns(mapping) if column not in columns.values()]
        mappings.append(replace(mapping, columns=columns, unused=unused, times=times))
    return mappings


def read_left_out(form_data: QueryDict) -> set[str]:
    """Return the problems whose rows are left out, by their names, as the page's buttons say it."""
    return set(form_data.getlist("left_out")) - set(form_data.getlist("taken_back_in"))


def _group(proposed: list[FileMapping]) -> dict[int, list[FileMapping]]:
    """Return the files that have the same columns, taken for the same, by the position of the first of them."""
    first_of: dict[tuple[tuple[str, str], ...], int] = {}
    groups: dict[int, list[FileMapping]] = {}
    for number, mapping in enumerate(proposed):
        columns = (*mapping.columns.items(), *(("", column) for column in mapping.unused))
        groups.setdefault(first_of.setdefault(columns, number), []).append(mapping)
    return groups


def _describe_columns(
    number: int, mapping: FileMapping, chosen: FileMapping, samples: Sequence[Mapping[str, list[str]]]
) -> list[dict[str, Any]]:
    field_of = {column: name for name, column in chosen.columns.items()}
    rows = []
    for position, column in enumerate(_list_columns(mapping)):
        values = [value for value in samples[0].get(column, []) if value.strip()]
        field = field_of.get(column, "")
        rows.append(
            {
                "name": f"c{number}-{position}",
                "column": column,
                "field": field,
                "example": values[0].strip()[:_MAX_EXAMPLE] if values else "",
                "is_other_time": not field and bool(values) and is_time(values),
                "form_name": f"t{number}-{position}",
                "forms": _list_forms(column, samples, chosen) if field.endswith("_at") else [],
            }
        )
    return rows


def _list_forms(
    column: str, samples: Sequence[Mapping[str, list[str]]], chosen: FileMapping
) -> list[tuple[str, str, bool]]:
    """Return the forms that a column's times may have, each with an example and whether it is the one."""
    forms = next(filter(None, (list_time_forms(each.get(column, [])) for each in samples)), [])
    return [(form, write_example(form), form == chosen.times.get(column, forms[0])) for form in forms]


def _list_columns(mapping: FileMapping) -> list[str]:
    return [*mapping.columns.values(), *mapping.unused]
