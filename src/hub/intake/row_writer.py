"""Write the staged rows of an upload: in chunks, under a batch that the last transaction makes visible.

Each row has a key of what it says. A row that is there already, of this upload or another, is left alone: bringing a
file again, or going on after a crash, changes nothing.
"""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from django.db import transaction

from ...history.schema import ATTRIBUTE_PREFIX
from ...history.timestamps import EPOCH
from ..models import Batch, Capture, Contact, Launch, LegalBasis, Purchase, Purpose
from ..money import convert_to_minor
from ..people.consent import ConsentTerms, Grant, record_consent
from ..people.contacts import resolve_contacts
from ..people.identifiers import PersonFields, build_person
from ..sealing import hash_lookup
from .countries import find_country
from .reading import EXTERNAL_ID, NO_TRANSACTION, SELLER_ID, StagedRows

#: What one transaction writes: within SQLite's 100 ms.
CHUNK_ROWS = 100
SOURCE = "csv"
_NO_CONSENT = {"0", "false", "f", "n", "no", "nao", "não", "opt-out", "unsubscribed", "non-subscribed"}
_SERVICE = ConsentTerms(Purpose.SERVICE, LegalBasis.CONTRACT)
_SALE_STATUSES = {"approved", "complete"}
_SERVICE_STATUSES = _SALE_STATUSES | {"billet_printed"}
_CAPTURE_TEXTS = (
    "utm_source",
    "utm_medium",
    "utm_campaign",
    "utm_content",
    "utm_term",
    "country",
    "language",
    "consent",
)
_PURCHASE_TEXTS = (
    "transaction_id",
    "event_id",
    "product_id",
    "status",
    "payment_method",
    "offer",
    "country",
    "language",
)
_INSTANTS = ("captured_at", "occurred_at")


@dataclass(frozen=True)
class WriteOptions:
    """How rows are written.

    Attributes
    ----------
    batch
        What makes them visible together.
    proof
        What consent events refer to, such as ``upload 3``.
    imported_at
        The time of rows that say none.
    default_country
        Where phone numbers without a country code are.
    currency
        That of amounts which name none.
    terms
        The purpose, basis and text that the owner declares; None: no consent is recorded.
    external_source
        Who gives the files' ids of people.
    """

    batch: Batch
    proof: str
    imported_at: datetime
    default_country: str = ""
    currency: str = ""
    terms: ConsentTerms | None = None
    external_source: str = "file"


@dataclass
class WrittenRows:
    """How many rows are new, were there already, or tell nobody apart, and the consents recorded."""

    new: int = 0
    repeated: int = 0
    nameless: int = 0
    consents: int = 0


def write_captures(
    staged: StagedRows, options: WriteOptions, progress: Callable[[int], None] = lambda rows: None
) -> WrittenRows:
    """Write the staged rows of leads as captures of their contacts, with the consent that the owner declares."""
    written = WrittenRows()
    launches = dict(Launch.objects.values_list("key", "pk"))
    for rows in _read_chunks(staged, "SELECT * FROM typed_leads ORDER BY _file, _row"):
        with transaction.atomic():
            pairs = _resolve(rows, options, written, by_file=True)
            captures: dict[bytes, Capture] = {}
            for row, person, contact in pairs:
                key = _hash_capture(row, person, options)
                captures.setdefault(key, _build_capture(row, contact, launches, key, options))
            _save(Capture, captures, written, len(pairs))
            if options.terms is not None:
                grants = [
                    Grant(contact, row["captured_at"], options.proof, _hash_capture(row, person, options))
                    for row, person, contact in pairs
                    if (row["consent"] or "").strip().lower() not in _NO_CONSENT
                ]
                written.consents += record_consent(options.terms, grants, SOURCE)
        progress(written.new + written.repeated + written.nameless)
    return written


def write_purchases(
    staged: StagedRows, options: WriteOptions, progress: Callable[[int], None] = lambda rows: None
) -> WrittenRows:
    """Write the staged rows of purchases. A sale of the owner's, or an issued slip, permits service messages."""
    written = WrittenRows()
    query = (
        "SELECT typed_leads.* EXCLUDE (country, language), typed_purchases.* EXCLUDE (lead_id, _bad, _file, _row) "
        "FROM typed_purchases JOIN typed_leads USING (lead_id) ORDER BY typed_purchases._file, typed_purchases._row"
    )
    for rows in _read_chunks(staged, query):
        own = [row for row in rows if _is_own_sale(row)]
        others = [row for row in rows if not _is_own_sale(row)]
        with transaction.atomic():
            pairs = _resolve(own, options, written, by_file=False) + _resolve(others, options, written, by_file=True)
            purchases: dict[bytes, Purchase] = {}
            for row, person, contact in pairs:
                key = _hash_purchase(row, person)
                purchases.setdefault(key, _build_purchase(row, contact, key, options))
            _save(Purchase, purchases, written, len(pairs))
            grants = [
                Grant(contact, row["occurred_at"], options.proof, f"sale of contact {contact.pk}".encode())
                for row, _, contact in pairs
                if row["status"] in _SERVICE_STATUSES and not row.get(SELLER_ID)
            ]
            written.consents += record_consent(_SERVICE, grants, SOURCE)
        progress(written.new + written.repeated + written.nameless)
    return written


_Pair = tuple[Mapping[str, Any], PersonFields, Contact]


def _read_chunks(staged: StagedRows, query: str) -> Iterator[list[dict[str, Any]]]:
    """Yield rows by their columns' names; instants are aware."""
    described = staged.connection.execute(f"DESCRIBE {query}").fetchall()
    names = [row[0] for row in described]
    instants = [name for name in _INSTANTS if name in names]
    selected = "*" + (f" REPLACE ({', '.join(f'epoch_us({name}) AS {name}' for name in instants)})" if instants else "")
    cursor = staged.connection.cursor().execute(f"SELECT {selected} FROM ({query})")
    while tuples := cursor.fetchmany(CHUNK_ROWS):
        rows = [dict(zip(names, values, strict=True)) for values in tuples]
        for row in rows:
            row.update({name: EPOCH + timedelta(microseconds=row[name]) for name in instants})
        yield rows


def _is_own_sale(row: Mapping[str, Any]) -> bool:
    return not row.get(SELLER_ID) and row["status"] in _SALE_STATUSES


def _resolve(
    rows: Sequence[Mapping[str, Any]], options: WriteOptions, written: WrittenRows, *, by_file: bool
) -> list[_Pair]:
    people = [
        build_person(
            row["email"] or "",
            row["phone"] or "",
            options.default_country,
            name=row["name"] or "",
            external_source=options.external_source,
            external_id=row.get(EXTERNAL_ID) or "",
            country=find_country(row["country"] or ""),
            language=row["language"] or "",
        )
        for row in rows
    ]
    contacts = resolve_contacts(people, by_file=by_file)
    pairs = [(row, person, found) for row, person, found in zip(rows, people, contacts, strict=True) if found]
    written.nameless += len(rows) - len(pairs)
    return pairs


def _save(model: Any, rows: Mapping[bytes, Any], written: WrittenRows, count: int) -> None:
    """Write the rows whose key is not there yet."""
    present = {bytes(key) for key in model.objects.filter(row_key__in=rows).values_list("row_key", flat=True)}
    new = [row for key, row in rows.items() if key not in present]
    model.objects.bulk_create(new, ignore_conflicts=True)
    written.new += len(new)
    written.repeated += count - len(new)


def _list_attributes(row: Mapping[str, Any]) -> dict[str, str]:
    carried = (EXTERNAL_ID, SELLER_ID)
    return {
        name.removeprefix(ATTRIBUTE_PREFIX): value
        for name, value in sorted(row.items())
        if name.startswith(ATTRIBUTE_PREFIX) and name not in carried and value is not None
    }


def _hash_capture(row: Mapping[str, Any], person: PersonFields, options: WriteOptions) -> bytes:
    """Return what makes two captures the same: who, when (where the row says it), and everything else it says."""
    time = "" if row["captured_at"] == options.imported_at else row["captured_at"].astimezone(UTC).isoformat()
    said = [
        _name_person(person),
        time,
        row["launch_id"],
        row["source"],
        [row[name] for name in _CAPTURE_TEXTS],
        _list_attributes(row),
    ]
    return hash_lookup("capture", json.dumps(said, ensure_ascii=False))


def _name_person(person: PersonFields) -> str:
    """Return the identifier that stays the same when the same row comes again."""
    return person.email or (f"{person.external_source}:{person.external_id}" if person.external_id else person.phone)


def _hash_purchase(row: Mapping[str, Any], person: PersonFields) -> bytes:
    """Return what makes two rows the same: the event's id, or else what they say of the transaction."""
    transaction_id = row["transaction_id"]
    if transaction_id.startswith(NO_TRANSACTION):
        transaction_id = _name_person(person)
    said: list[Any] = [transaction_id, row["status"], row.get(SELLER_ID)]
    if row["event_id"]:
        said.append(row["event_id"])
    else:
        said += [row["occurred_at"].astimezone(UTC).isoformat(), _format(row["amount"]), row["currency"]]
        said += [row["product_id"], row["recurrence_number"], row["offer"]]
    return hash_lookup("purchase", json.dumps(said, ensure_ascii=False))


def _format(amount: Decimal | None) -> str:
    return "" if amount is None else f"{amount:.4f}"


def _build_capture(
    row: Mapping[str, Any], contact: Contact, launches: Mapping[str, int], key: bytes, options: WriteOptions
) -> Capture:
    launch_key = row["launch_id"] or ""
    texts = {name: row[name] or "" for name in _CAPTURE_TEXTS} | {"country": find_country(row["country"] or "")}
    return Capture(
        contact=contact,
        original_contact_id=contact.pk,
        captured_at=row["captured_at"],
        source=(row["source"] or SOURCE)[:32],
        launch_id=launches.get(launch_key),
        launch_key=launch_key,
        attributes=_list_attributes(row),
        batch=options.batch,
        row_key=key,
        **texts,
    )


def _build_purchase(row: Mapping[str, Any], contact: Contact, key: bytes, options: WriteOptions) -> Purchase:
    amount = row["amount"]
    currency = (row["currency"] or ("" if amount is None else options.currency)).upper()
    texts = {name: row[name] or "" for name in _PURCHASE_TEXTS} | {"country": find_country(row["country"] or "")}
    if texts["transaction_id"].startswith(NO_TRANSACTION):
        texts["transaction_id"] = f"row-{key.hex()[:24]}"
    return Purchase(
        contact=contact,
        original_contact_id=contact.pk,
        occurred_at=row["occurred_at"],
        source=SOURCE,
        amount_minor=None if amount is None else convert_to_minor(amount, currency),
        currency=currency,
        installments=row["installments"],
        recurrence_number=row["recurrence_number"],
        seller_id=row.get(SELLER_ID) or "",
        batch=options.batch,
        row_key=key,
        **texts,
    )
