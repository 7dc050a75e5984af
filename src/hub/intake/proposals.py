"""What the columns of a file seem to be: a proposal that a form shows, a person corrects and an import obeys."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from ...history.importing.column_kinds import is_free_text, is_personal, is_time, normalise_name
from ...history.importing.column_matching import find_currency, match_columns
from ...history.importing.file_sniffing import SniffedFile, list_sheets, sniff_file
from ...history.importing.type_inference import are_emails, infer_time_format, list_distinct
from ...history.schema import ATTRIBUTE_PREFIX
from ...language import Phrase
from ..errors import HubError
from ..models import UploadKind
from .file_fields import (
    IDENTIFYING_FIELDS,
    PERSON_FIELDS,
    PRICE_FIELDS,
    PRODUCT_DESCRIPTIONS,
    get_table,
    is_field,
    list_fields,
    list_words,
)
from .hostile_files import check_file

#: A time that shows a form.
_EXAMPLE = datetime(2024, 5, 31, 18, tzinfo=UTC)
#: A description of more texts than these says more than the product.
_MAX_DESCRIPTIONS = 60


@dataclass(frozen=True)
class FileMapping:
    """How one file, or one sheet of a workbook, is read. It names columns and nothing else: no SQL of anybody's.

    Attributes
    ----------
    file
        The file's name in the upload's folder.
    sheet
        The sheet of a workbook with several; None: the only one.
    columns
        The file's column of each field.
    unused
        The columns that no field takes.
    doubts
        What is unsure about how the file is written.
    times
        The form of columns of times whose days may be months, where somebody chose it.
    """

    file: str
    sheet: str | None
    columns: dict[str, str]
    unused: list[str] = field(default_factory=list)
    doubts: list[str] = field(default_factory=list)
    times: dict[str, str] = field(default_factory=dict)


def propose_mappings(folder: Path, kind: str) -> list[FileMapping]:
    """Propose a mapping for each file of a folder, each sheet a file of its own.

    Raises HistoryError for a file that cannot be read.
    """
    paths = sorted(path for path in folder.iterdir() if path.is_file())
    for path in paths:
        check_file(path)
    return [_propose(sniff_file(path, sheet), kind) for path in paths for sheet in list_sheets(path)]


def check_mapping(mapping: FileMapping, file: SniffedFile, kind: str) -> None:
    """Raise HubError for a mapping that names what is not there, or that tells nobody apart."""
    has = ", ".join(list(file.samples)[:12])
    for name, column in mapping.columns.items():
        if not is_field(kind, name):
            known = ", ".join(list_fields(kind))
            raise HubError(
                Phrase(
                    "{file}: there is no field {name}; known are {known}", file=file.name, name=repr(name), known=known
                )
            )
        if column not in file.samples:
            raise HubError(
                Phrase("{file}: there is no column {name}; it has {has}", file=file.name, name=repr(column), has=has)
            )
    if not set(IDENTIFYING_FIELDS) & set(mapping.columns):
        message = Phrase(
            "{file}: no column is an e-mail address, a phone or an id of the person; it has {has}",
            file=file.name,
            has=has,
        )
        raise HubError(message)
    if kind == UploadKind.PURCHASES and "occurred_at" not in mapping.columns:
        raise HubError(Phrase("{file}: no column says when the purchase was; name one (occurred_at)", file=file.name))
    prices = set(PRICE_FIELDS) & set(mapping.columns)
    if prices and ("amount" in mapping.columns or len(prices) < len(PRICE_FIELDS)):
        raise HubError(
            Phrase(
                "{file}: take one column for the amount paid, or one for the price of a piece and one for how many "
                "pieces: then the amount is the one times the other",
                file=file.name,
            )
        )


def _propose(file: SniffedFile, kind: str) -> FileMapping:
    columns = _match_contract(file.samples, kind)
    for find in (_find_by_words, _find_by_beginning):
        for name in list_fields(kind):
            taken = set(columns.values())
            if name not in columns and (column := find(file.samples, list_words(kind, name), taken)):
                columns[name] = column
    columns = _choose_amount(columns)
    for name, column in match_columns(get_table(kind), file, None).items():
        if (
            name not in columns
            and column not in columns.values()
            and name not in PERSON_FIELDS
            and is_field(kind, name)
            and not (name == "amount" and "unit_price" in columns)
        ):
            columns[name] = column
    if "email" not in columns:
        emails = [name for name, values in file.samples.items() if are_emails(values) and name not in columns.values()]
        columns |= {"email": emails[0]} if emails else {}
    columns |= find_currency(columns, file.samples)
    columns |= _find_answers(file.samples, columns) if kind == UploadKind.LEADS else _find_product(file, columns)
    unused = [name for name in file.samples if name not in columns.values()]
    return FileMapping(file.path.name, file.dialect.sheet, columns, unused, list_doubts(file, columns, {}))


def _choose_amount(columns: Mapping[str, str]) -> dict[str, str]:
    """Return the columns with either an amount, or the price of one piece and how many."""
    if "amount" not in columns and set(PRICE_FIELDS) <= set(columns):
        return dict(columns)
    return {name: column for name, column in columns.items() if name not in PRICE_FIELDS}


def _find_answers(samples: Mapping[str, Sequence[str]], columns: Mapping[str, str]) -> dict[str, str]:
    """Return the columns that no field takes and that are called by a question: each is an answer of a form."""
    return {
        name_attribute(column): column
        for column, values in samples.items()
        if column.strip().endswith("?")
        and column not in columns.values()
        and normalise_name(column)
        and any(values)
        and not (is_time(values) or is_personal(column, values) or is_free_text(values))
    }


def _find_product(file: SniffedFile, columns: Mapping[str, str]) -> dict[str, str]:
    """Return the description of a sale as its product, where no column is one: Stripe's payments have no other."""
    if "product_id" in columns:
        return {}
    column = _find_by_words(file.samples, PRODUCT_DESCRIPTIONS, set(columns.values()))
    values = list_distinct(file.samples[column]) if column else []
    return {"product_id": column} if column and 0 < len(values) <= _MAX_DESCRIPTIONS else {}


def list_time_forms(values: Sequence[str]) -> list[str]:
    """Return the two forms in which times may be written, the likelier first, where days may be months; else none."""
    inferred = infer_time_format(values)
    return [inferred.format, inferred.other] if inferred is not None and inferred.other else []


def write_example(form: str) -> str:
    """Return the last day of May in a form of times."""
    return _EXAMPLE.strftime(form)


def list_doubts(file: SniffedFile, columns: Mapping[str, str], times: Mapping[str, str]) -> list[str]:
    """Return what is unsure about how a file is written: itself, and its times whose form nobody has chosen.

    Parameters
    ----------
    file
        The file.
    columns
        The file's column of each field.
    times
        The forms that somebody chose, by column.
    """
    doubts = [*file.doubts.values(), *_find_amount_doubts(file.samples, columns)]
    unsure = [column for name, column in columns.items() if name.endswith("_at") and column not in times]
    return [*doubts, *_find_time_doubts(file.samples, unsure)]


def _find_amount_doubts(samples: Mapping[str, Sequence[str]], columns: Mapping[str, str]) -> Iterator[Phrase]:
    """Yield that an amount may be the price of a piece, where another column says how many pieces."""
    amount = columns.get("amount")
    quantity = _find_by_words(samples, list_words(UploadKind.PURCHASES, "quantity"), set(columns.values()))
    if amount and quantity and {value.strip() for value in samples[quantity]} - {"", "1"}:
        yield Phrase(
            "{amount} is taken for what was paid. If it is the price of one piece, say so below, and that {quantity} "
            "is how many",
            amount=amount,
            quantity=quantity,
        )


def _find_time_doubts(samples: Mapping[str, Sequence[str]], columns: Sequence[str]) -> Iterator[Phrase]:
    """Yield what is unsure about the form of the times that are read: 03/04 may be in March or in April."""
    for column in columns:
        inferred = infer_time_format(samples[column])
        if inferred is None or not inferred.doubt:
            continue
        read_as = write_example(inferred.format or "%Y-%m-%d %H:%M")
        if inferred.other:
            yield Phrase(
                "{column}: the last day of May is read as {form}, and {other} would fit all values too. Say below "
                "which it is",
                column=column,
                form=read_as,
                other=write_example(inferred.other),
            )
        else:
            yield Phrase(
                "{column}: times are read in the form {form}. {doubt}: the check names their rows",
                column=column,
                form=read_as,
                doubt=inferred.doubt,
            )


def _match_contract(samples: Mapping[str, Sequence[str]], kind: str) -> dict[str, str]:
    """Return the columns that have a field's own name, in upper or lower case; lead_id is the file's id of a person."""
    columns: dict[str, str] = {}
    for column in samples:
        name = column.strip().lower().replace("lead_id", "external_id")
        if is_field(kind, name):
            columns.setdefault(name, column)
    return columns


def _find_by_words(samples: Mapping[str, Sequence[str]], words: Sequence[str], taken: set[str]) -> str | None:
    """Return the column that is called by one of some words; of several the one with fewest gaps, then the first."""
    called = {normalise_name(column): column for column in reversed(list(samples)) if column not in taken}
    found = [called[word] for word in words if word in called]
    return min(found, key=lambda column: list(samples[column]).count(""), default=None)


def _find_by_beginning(samples: Mapping[str, Sequence[str]], words: Sequence[str], taken: set[str]) -> str | None:
    """Return a column whose name goes on after one of some words, such as ``Base legal para comunicações``."""
    beginnings = tuple(f"{word} " for word in words if " " in word)
    return next((column for column in samples if column not in taken and _begins(column, beginnings)), None)


def _begins(column: str, beginnings: tuple[str, ...]) -> bool:
    return normalise_name(column).startswith(beginnings)


def name_attribute(column: str) -> str:
    """Return the field that takes a column of a file of leads as an answer."""
    return ATTRIBUTE_PREFIX + re.sub(r"\W+", "_", normalise_name(column).removeprefix("attr ")).strip("_")
