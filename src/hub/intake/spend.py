"""What campaigns cost: read from the export of an ad platform or typed, and kept by launch, day and campaign."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation
from pathlib import Path
from zoneinfo import ZoneInfo

from django.db import transaction

from ...history.importing.column_kinds import normalise_name
from ...jobs.formulas import is_formula
from ...judge.exports import ExportReader, open_export
from ...language import Phrase, get_message
from ..errors import HubError
from ..models import Launch, Spend, User
from ..models.audit import record_action
from ..models.counted_leads import find_campaigns
from ..models.launch_lead import CAMPAIGN_FIELDS
from ..money import convert_to_minor
from .hostile_files import MAX_TEXT, check_file

MAX_ROWS = 50_000
MAX_MINOR = 10**15
_CHUNK = 200
#: What ad platforms call each column, in English and Portuguese, the surest first; the part in brackets goes.
_NAMES: dict[str, tuple[str, ...]] = {
    "day": ("date", "day", "data", "dia", "reporting starts", "inicio dos relatorios"),
    "utm_source": ("source", "utm source", "origem", "fonte", "platform", "plataforma"),
    "utm_medium": ("medium", "utm medium", "midia", "meio"),
    "utm_campaign": ("campaign", "utm campaign", "campaign name", "campanha", "nome da campanha"),
    "utm_content": ("content", "utm content", "ad name", "ad", "conteudo", "nome do anuncio", "anuncio"),
    "currency": ("currency", "currency code", "moeda", "codigo da moeda"),
    "amount": (
        "amount",
        "amount spent",
        "spend",
        "cost",
        "valor",
        "valor usado",
        "valor gasto",
        "custo",
        "investimento",
    ),
}
_REQUIRED = ("day", "amount")


class SpendError(HubError):
    """The spend cannot be taken in; the message names the row or column, and the remedy."""

    code = "spend"


@dataclass(frozen=True)
class SpendRow:
    """What a campaign cost on a day.

    Attributes
    ----------
    day
        The day.
    fields
        Source, medium, campaign and content; empty where not told.
    currency
        Three letters.
    amount
        In whole units.
    """

    day: date
    fields: tuple[str, ...]
    currency: str
    amount: Decimal


def read_spend(path: Path, time_zone: str, currency: str) -> list[SpendRow]:
    """Read a file of spend: date, source, medium, campaign, content, currency, amount, by these or vendors' names.

    Parameters
    ----------
    path
        CSV, Excel or Parquet.
    time_zone
        The zone of times without an offset.
    currency
        That of rows which name none; empty: each must.

    Raises
    ------
    HistoryError
        For what cannot be read.
    SpendError
        For columns or rows that are missing something.
    """
    check_file(path)
    with open_export(path, time_zone) as export:
        columns = _match_columns(list(export.samples))
        missing = [name for name in _REQUIRED if name not in columns]
        if missing:
            wanted = Phrase("date") if "day" in missing else Phrase("amount")
            raise SpendError(
                Phrase(
                    "{file} has no column {wanted}: name the columns date, campaign, currency and amount",
                    file=path.name,
                    wanted=wanted,
                )
            )
        reader = ExportReader(export)
        for name, column in columns.items():
            add = {"day": reader.add_time, "amount": reader.add_number}.get(name, reader.add_text)
            add(name, column)
        table = reader.read()
    if table.num_rows > MAX_ROWS:
        raise SpendError(Phrase("{file} has over {most:,} rows: bring it in parts", file=path.name, most=MAX_ROWS))
    zone = ZoneInfo(time_zone)
    return [_build_row(values, zone, currency) for values in table.to_pylist()]


def store_spend(launch: Launch, rows: Sequence[SpendRow], created_by: User, source: str) -> int:
    """Keep what campaigns of a launch cost, and return how many rows there are; a day's row stands in for its former.

    Rows of one day and campaign are added up. Raises SpendError for a second currency.

    Parameters
    ----------
    launch
        The launch.
    rows
        What it cost.
    created_by
        Who says so, for the audit log.
    source
        ``file`` or ``typed``.
    """
    currency = _check_currency(launch, rows)
    sums: dict[tuple[date, tuple[str, ...]], Decimal] = {}
    for row in rows:
        key = (row.day, row.fields)
        sums[key] = sums.get(key, Decimal(0)) + row.amount
    total, keys = 0, sorted(sums)
    for start in range(0, len(keys), _CHUNK):
        chunk = {key: convert_to_minor(sums[key], currency) for key in keys[start : start + _CHUNK]}
        with transaction.atomic():
            _write_chunk(launch, chunk, currency, created_by)
        total += sum(chunk.values())
    details = {"launch": launch.key, "rows": len(keys), "source": source, "currency": currency, "amount_minor": total}
    record_action(created_by, "spend.kept", launch, **details)
    return len(keys)


def remove_spend(spend: Spend, removed_by: User) -> None:
    """Remove one row, and note it so that it can be typed again."""
    campaign = spend.campaign
    fields = {name: getattr(campaign, name) for name in CAMPAIGN_FIELDS}
    amount = {"currency": spend.currency, "amount_minor": spend.amount_minor}
    with transaction.atomic():
        details = {"day": spend.day.isoformat(), **fields, **amount}
        record_action(removed_by, "spend.removed", spend.launch, **details)
        spend.delete()


def find_currency(launch: Launch) -> str:
    """Return the currency of what a launch has cost so far; empty where nothing is known."""
    return Spend.objects.filter(launch=launch).values_list("currency", flat=True).first() or ""


def _write_chunk(launch: Launch, chunk: Mapping[tuple[date, tuple[str, ...]], int], currency: str, by: User) -> None:
    campaigns = find_campaigns({fields for _day, fields in chunk})
    rows = [
        Spend(
            launch=launch,
            day=day,
            campaign_id=campaigns[fields],
            currency=currency,
            amount_minor=amount,
            created_by=by,
        )
        for (day, fields), amount in chunk.items()
    ]
    Spend.objects.bulk_create(
        rows,
        update_conflicts=True,
        unique_fields=["launch", "day", "campaign"],
        update_fields=["currency", "amount_minor", "created_by"],
    )


def _match_columns(names: Sequence[str]) -> dict[str, str]:
    called = {_fold(name): name for name in reversed(names)}
    found: dict[str, str] = {}
    for field, known in _NAMES.items():
        column = next((called[word] for word in known if word in called and called[word] not in found.values()), None)
        if column is not None:
            found[field] = column
    return found


def _fold(name: str) -> str:
    return normalise_name(name.partition("(")[0])


def _build_row(values: dict[str, object], zone: ZoneInfo, currency: str) -> SpendRow:
    where = Phrase("row {number}", number=str(values["row"]))
    day, amount = values["day"], values["amount"]
    if day is None or amount is None:
        raise SpendError(
            Phrase(
                "{where} lacks its {column}: fill it in, or remove the row",
                where=where,
                column=Phrase("date") if day is None else Phrase("amount"),
            )
        )
    fields = tuple(str(values.get(name) or "").strip() for name in CAMPAIGN_FIELDS)
    code = str(values.get("currency") or currency).strip().upper()
    try:
        return check_row(SpendRow(day.astimezone(zone).date(), fields, code, Decimal(str(amount))))  # type: ignore[attr-defined]
    except (SpendError, InvalidOperation) as error:
        raise SpendError(Phrase("{where}: {error}", where=where, error=get_message(error))) from None


def check_row(row: SpendRow) -> SpendRow:
    """Return a row as it is; raise SpendError for what no spend is."""
    if len(row.currency) != 3 or not row.currency.isalpha():
        raise SpendError(Phrase("no currency: name one of three letters, such as BRL"))
    if row.amount < 0 or convert_to_minor(row.amount, row.currency) > MAX_MINOR:
        raise SpendError(Phrase("an amount below zero, or beyond anything that was ever spent"))
    if any(len(text) > MAX_TEXT for text in row.fields):
        raise SpendError(Phrase("a name of over {most} characters: shorten it", most=MAX_TEXT))
    if any(is_formula(text) for text in row.fields):
        raise SpendError(Phrase("a name that a spreadsheet would run as a formula: remove its first sign"))
    return row


def _check_currency(launch: Launch, rows: Iterable[SpendRow]) -> str:
    currencies = {row.currency for row in rows} | ({find_currency(launch)} - {""})
    if len(currencies) != 1:
        named = ", ".join(sorted(currencies)) or "none"
        raise SpendError(Phrase("one launch, one currency: these are {named}; convert them first", named=named))
    return currencies.pop()
