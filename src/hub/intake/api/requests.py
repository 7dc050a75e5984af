"""Decode what a program sends to ``/v1``: every row is valid, or the request is refused with each wrong field."""

import re
from collections.abc import Mapping
from typing import Any

import msgspec
from pydantic_core import SchemaValidator, ValidationError

from ....scoring.online.errors import MAX_PROBLEMS, ApiError, build_unknown_field_message
from ....scoring.online.rows import parse_timestamp
from ....scoring.online.validation import build_table_validator
from ...people.identifiers import build_person, normalise_email
from ..json_bodies import decode_lenient_json
from .schemas import FIELD_NAMES, MAX_ROWS, ROW_TABLES, RowTable, is_form_field

_VALIDATORS: Mapping[str, SchemaValidator] = {
    table.name: build_table_validator(table.struct, table.extras) for table in ROW_TABLES
}
_MAX_FORM_FIELDS = 100
_MAX_FIELD_NAME = 200
#: PostgreSQL keeps no text with a NUL, and no half of a surrogate pair is a character.
_UNSTORABLE = re.compile("[\0\ud800-\udfff]")

_CURRENCY = re.compile("[A-Za-z]{3}")
_SALES = (None, "approved", "complete")

Problems = list[dict[str, str]]


def decode_rows(body: bytes, table: RowTable, default_country: str = "") -> list[dict[str, Any]]:
    """Return the rows of a request: one flat row, or a list under the table's name.

    Raises ApiError with the path of every wrong field, up to twenty of them.
    """
    content = decode_json(body)
    if not isinstance(content, dict):
        raise ApiError(422, "invalid", f"send one row as an object, or {{{table.name!r}: [...]}}")
    is_list = table.name in content
    if is_list and len(content) > 1:
        name = next(name for name in content if name != table.name)
        raise ApiError(422, "invalid", f"beside the list {table.name} there is nothing else", name[:_MAX_FIELD_NAME])
    rows = content[table.name] if is_list else [content]
    if not isinstance(rows, list) or not 1 <= len(rows) <= MAX_ROWS:
        raise ApiError(422, "invalid", f"send 1 to {MAX_ROWS} rows a request", table.name)
    valid: list[dict[str, Any]] = []
    problems: Problems = []
    for number, row in enumerate(rows):
        try:
            valid.append(_validate_row(row, number, table, default_country))
        except ApiError as error:
            problems += error.problems
    if problems:
        if not is_list:
            prefix = f"{table.name}.0"
            problems = [{**problem, "path": problem["path"].removeprefix(prefix).lstrip(".")} for problem in problems]
        raise ApiError.from_problems(problems[:MAX_PROBLEMS])
    return valid


def decode_json(body: bytes) -> Any:
    """Return what a body of JSON holds. Raises ApiError for what is none."""
    try:
        return decode_lenient_json(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        raise ApiError(400, "invalid_json", "this is no JSON in UTF-8; send application/json") from None


def is_storable(text: str) -> bool:
    """Return whether a text is one that every database keeps."""
    return _UNSTORABLE.search(text) is None


def _validate_row(row: Any, number: int, table: RowTable, default_country: str) -> dict[str, Any]:
    place = (table.name, number)
    try:
        valid: dict[str, Any] = _VALIDATORS[table.name].validate_python(row)
    except ValidationError as error:
        raise ApiError.from_validation_error(error, place, FIELD_NAMES) from None
    problems = [
        {"path": f"{table.name}.{number}{'.' + name[:_MAX_FIELD_NAME] if name else ''}", "message": message}
        for name, message in _find_faults(valid, table, default_country)
    ]
    if problems:
        raise ApiError.from_problems(problems)
    if valid.get(table.time):
        parse_timestamp(valid[table.time], *place, table.time)
    return {name: value for name, value in valid.items() if value not in (None, "")}


def _find_faults(row: dict[str, Any], table: RowTable, default_country: str) -> list[tuple[str, str]]:
    """Return what no type says: each wrong field with its message; an empty name is the row itself."""
    unknown = [name for name in row if name not in FIELD_NAMES[table.name] and not is_form_field(name)]
    faults = [(name, build_unknown_field_message(name, table.name, FIELD_NAMES)) for name in unknown[:MAX_PROBLEMS]]
    if table.extras is not None and len(row) > len(FIELD_NAMES[table.name]) + _MAX_FORM_FIELDS:
        faults.append(("", f"more than {_MAX_FORM_FIELDS} form fields"))
    faults += [(name, "a form field's name is too long") for name in row if len(name) > _MAX_FIELD_NAME]
    faults += [
        (name, "holds a character that is none (NUL, or half a surrogate pair); leave it out")
        for name, value in row.items()
        if not is_storable(name) or (isinstance(value, str) and not is_storable(value))
    ]
    if row.get("email") and normalise_email(row["email"]) is None:
        faults.append(("email", "not an e-mail address; correct it, or leave it out"))
    elif not faults:
        person = build_person(
            row.get("email") or "",
            row.get("phone") or "",
            default_country,
            external_id=row.get("external_id") or "",
        )
        if not person.is_identified:
            word = "this phone number is none; write it with its country's code" if row.get("phone") else "send one"
            faults.append(("", f"email, phone or external_id says who it is; {word}"))
    if row.get("currency") and _CURRENCY.fullmatch(row["currency"]) is None:
        faults.append(("currency", "not a currency; write three letters, such as BRL"))
    if isinstance(row.get("amount"), (int, float)) and row["amount"] < 0 and row.get("status") in _SALES:
        faults.append(("amount", "a sale with a negative amount; money taken back is a row of its own: refunded"))
    return faults
