"""Write rows of leads and purchases, whatever brings them.

Each row has a key of what it says. A row that is there already, by this way or another, is left alone: bringing a file
again, or going on after a crash, changes nothing.
"""

import json
import re
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from ...history.schema import ATTRIBUTE_PREFIX
from ..models import Batch, Capture, Contact, LegalBasis, Purchase, PurchaseStatus, Purpose
from ..models.purchase import SALE_STATUSES
from ..money import convert_to_minor
from ..people.consent import ConsentTerms, Grant, record_consent
from ..people.contacts import resolve_contacts
from ..people.identifiers import PersonFields, build_person
from ..sealing import hash_lookup
from .consent_words import find_basis
from .countries import find_country
from .file_fields import HOTMART_TRANSACTION, NO_TRANSACTION
from .reading import EXTERNAL_ID

#: What a row says, by the names of its fields.
Row = Mapping[str, Any]
_Pair = tuple[Row, PersonFields, Contact]
#: The contact of each row, and the rows that have one.
ResolvedRows = tuple[list[int | None], list[_Pair]]
SOURCE = "csv"
_SERVICE = ConsentTerms(Purpose.SERVICE, LegalBasis.CONTRACT)
#: The field of a row that says what proves its consent; else the options do.
PROOF = "proof"
#: Statuses that a transaction has once.
_ONCE = {"approved", "billet_printed"}
#: What permits messages about a sale or slip.
_SERVICE_STATUSES = {*SALE_STATUSES, PurchaseStatus.BILLET_PRINTED}
UTM_FIELDS = ("utm_source", "utm_medium", "utm_campaign", "utm_content", "utm_term")
_CAPTURE_TEXTS = (*UTM_FIELDS, "country", "language", "consent")
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


#: By which ad platforms know the click that brought somebody.
CLICK_IDS = ("fbclid", "gclid", "fbp", "fbc")


@dataclass(frozen=True)
class WriteOptions:
    """How rows are written.

    Attributes
    ----------
    batch
        What makes them visible together; None: their own transaction does.
    proof
        What consent events refer to, such as ``upload 3``.
    imported_at
        The time of a file's rows that say none, which is no part of what they say; None where every row says one.
    default_country
        Where phone numbers without a country code are, in rows that name no country.
    currency
        That of amounts which name none.
    terms
        The purpose, basis and text that the owner declares; None: no consent is recorded.
    external_source
        Who gives the rows' ids of people.
    source
        By which way they come.
    by_file
        Whether that is a file: such leads are shown as HL-7's policy says.
    consents_by_row
        Whether each row says itself whether it consents: then one that says nothing does not.
    """

    batch: Batch | None
    proof: str
    imported_at: datetime | None = None
    default_country: str = ""
    currency: str = ""
    terms: ConsentTerms | None = None
    external_source: str = "file"
    source: str = SOURCE
    by_file: bool = True
    consents_by_row: bool = False


@dataclass
class WrittenRows:
    """How many rows are new, were there already, tell nobody apart, are of erased people; the consents recorded."""

    new: int = 0
    repeated: int = 0
    nameless: int = 0
    erased: int = 0
    consents: int = 0

    @property
    def rows(self) -> int:
        """How many rows were read."""
        return self.new + self.repeated + self.nameless + self.erased


def write_capture_rows(
    rows: Sequence[Row], options: WriteOptions, written: WrittenRows, launches: Mapping[str, int]
) -> list[int | None]:
    """Write rows of leads as captures of their contacts, in the caller's transaction, with the declared consent.

    Parameters
    ----------
    rows
        The fields of each by name, as ``typed_leads`` has them.
    options
        How they are written.
    written
        The counts to add to.
    launches
        The id of each launch by its key.

    Returns
    -------
    list of int or None
        The contact of each row; None: it tells nobody apart.
    """
    contacts, pairs = resolve_rows(rows, options, written)
    captures: dict[bytes, Capture] = {}
    for row, person, contact in pairs:
        key = _hash_capture(row, person, options)
        captures.setdefault(key, _build_capture(row, contact, launches, key, options))
    save_new_rows(Capture, captures, written, len(pairs))
    if options.terms is not None:
        grants: defaultdict[ConsentTerms, list[Grant]] = defaultdict(list)
        for row, person, contact in pairs:
            terms = _find_terms(row, options.terms, options.consents_by_row)
            if terms is not None:
                key = _hash_capture(row, person, options)
                grants[terms].append(Grant(contact, row["captured_at"], options.proof, key))
        written.consents += sum(record_consent(terms, each, options.source) for terms, each in grants.items())
    return contacts


def _find_terms(row: Row, declared: ConsentTerms, consents_by_row: bool) -> ConsentTerms | None:
    """Return the declared terms on the basis that a row of leads names; None: it does not consent."""
    said = (row["consent"] or "").strip()
    if not said and not consents_by_row:
        return declared
    basis = find_basis(said, declared.basis)
    return replace(declared, basis=basis) if basis else None


def write_purchase_rows(rows: Sequence[Row], options: WriteOptions, written: WrittenRows) -> list[int | None]:
    """Write rows of purchases, in the caller's transaction, with the consent that each sale or slip gives.

    A sale of the owner's, or an issued slip, permits messages about it, and what the owner declares in ``terms``.

    Parameters
    ----------
    rows
        The fields of each by name, as ``typed_purchases`` joined with ``typed_leads`` has them.
    options
        How they are written.
    written
        The counts to add to.

    Returns
    -------
    list of int or None
        The contact of each row; None: it tells nobody apart.
    """
    contacts, pairs = resolve_rows(rows, options, written)
    purchases: dict[bytes, Purchase] = {}
    for row, person, contact in pairs:
        key = _hash_purchase(row, person)
        purchases.setdefault(key, _build_purchase(row, contact, key, options))
    save_new_rows(Purchase, purchases, written, len(pairs))
    own = [pair for pair in pairs if pair[0]["status"] in _SERVICE_STATUSES and not pair[0].get("seller_id")]
    for terms in filter(None, (_SERVICE, options.terms)):
        written.consents += record_consent(terms, build_grants(own, options, _hash_purchase), options.source)
    return contacts


def build_grants(
    pairs: Sequence[_Pair], options: WriteOptions, hash_row: Callable[[Row, PersonFields], bytes]
) -> list[Grant]:
    """Return a grant for each row of what somebody did, proved by what it names itself, or else the options."""
    return [
        Grant(contact, row["occurred_at"], row.get(PROOF) or options.proof, hash_row(row, person))
        for row, person, contact in pairs
    ]


def resolve_rows(
    rows: Sequence[Row], options: WriteOptions, written: WrittenRows
) -> tuple[list[int | None], list[_Pair]]:
    """Return the contact of each row, and the rows that have one with what they say of the person."""
    countries = [find_country(row["country"] or "") for row in rows]
    people = [
        build_person(
            row["email"] or "",
            row["phone"] or "",
            country or options.default_country,
            said_at=row.get("occurred_at") or row.get("captured_at"),
            name=row["name"] or "",
            external_source=options.external_source,
            external_id=row.get(EXTERNAL_ID) or "",
            country=country,
            language=row["language"] or "",
        )
        for row, country in zip(rows, countries, strict=True)
    ]
    contacts = resolve_contacts(people, by_file=options.by_file)
    pairs = [(row, person, found) for row, person, found in zip(rows, people, contacts, strict=True) if found]
    nameless = sum(not person.is_identified for person in people)
    written.nameless += nameless
    written.erased += len(rows) - len(pairs) - nameless
    return [None if contact is None else contact.pk for contact in contacts], pairs


def save_new_rows(model: Any, rows: Mapping[bytes, Any], written: WrittenRows, count: int) -> None:
    """Write the rows whose key is not there yet, each in the batch that its options name.

    What an import left that stopped, and may never go on, counts for nothing: it is written anew, as nobody saw it.
    """
    batches = {row.batch_id for row in rows.values()}
    found = model.objects.filter(row_key__in=rows)
    present, unseen = set(), []
    for pk, key, batch_id, committed_at in found.values_list("pk", "row_key", "batch_id", "batch__committed_at"):
        if batch_id is None or batch_id in batches or committed_at is not None:
            present.add(bytes(key))
        else:
            unseen.append(pk)
    if unseen:
        model.objects.filter(pk__in=unseen).delete()
    new = [row for key, row in rows.items() if key not in present]
    model.objects.bulk_create(new, ignore_conflicts=True)
    written.new += len(new)
    written.repeated += count - len(new)


def find_untold(rows: Sequence[Row]) -> list[Row]:
    """Return the rows whose transaction does not have their status yet, by whichever way it came."""
    told = set(
        Purchase.objects.filter(transaction_id__in={row["transaction_id"] for row in rows}).values_list(
            "transaction_id", "status"
        )
    )
    return [row for row in rows if (row["transaction_id"], row["status"]) not in told]


def _list_attributes(row: Row) -> dict[str, str]:
    return {
        name.removeprefix(ATTRIBUTE_PREFIX): value
        for name, value in sorted(row.items())
        if name.startswith(ATTRIBUTE_PREFIX) and name != EXTERNAL_ID and value is not None
    }


def _render_click_ids(row: Row) -> str | None:
    found = {name: row[name] for name in CLICK_IDS if row.get(name)}
    return json.dumps(found) if found else None


def _hash_capture(row: Row, person: PersonFields, options: WriteOptions) -> bytes:
    """Return what makes two captures the same: who, when (where the row says it), and everything else it says."""
    time = "" if row["captured_at"] == options.imported_at else row["captured_at"].astimezone(UTC).isoformat()
    said = [
        name_person(person),
        time,
        row["launch_id"],
        row["source"],
        [row[name] for name in _CAPTURE_TEXTS],
        _list_attributes(row),
    ]
    return hash_lookup("capture", json.dumps(said, ensure_ascii=False))


def name_person(person: PersonFields) -> str:
    """Return the identifier that stays the same when the same row comes again."""
    return person.email or (f"{person.external_source}:{person.external_id}" if person.external_id else person.phone)


def _hash_purchase(row: Row, person: PersonFields) -> bytes:
    """Return what makes two rows the same: the event's id, or else what they say of the transaction.

    Files, webhooks and pulls say more or less of one transaction of Hotmart: its id and status tell it, and where a
    status may come again its second.
    """
    transaction_id = row["transaction_id"]
    said: list[Any] = [transaction_id, row["status"], row.get("seller_id") or ""]
    time = row["occurred_at"].astimezone(UTC)
    if row["event_id"]:
        said.append(row["event_id"])
    elif re.fullmatch(HOTMART_TRANSACTION, transaction_id):
        said += [] if row["status"] in _ONCE else [time.isoformat(timespec="seconds")]
    else:
        if transaction_id.startswith(NO_TRANSACTION):
            said[0] = name_person(person)
        said += [time.isoformat(), _format(row["amount"]), row["product_id"], row["recurrence_number"], row["offer"]]
    return hash_lookup("purchase", json.dumps(said, ensure_ascii=False))


def _format(amount: Decimal | None) -> str:
    return "" if amount is None else f"{amount:.4f}"


def _build_capture(
    row: Row, contact: Contact, launches: Mapping[str, int], key: bytes, options: WriteOptions
) -> Capture:
    launch_key = row["launch_id"] or ""
    texts = {name: row[name] or "" for name in _CAPTURE_TEXTS} | {"country": find_country(row["country"] or "")}
    return Capture(
        contact=contact,
        original_contact_id=contact.pk,
        captured_at=row["captured_at"],
        source=(row["source"] or options.source)[:32],
        launch_id=launches.get(launch_key),
        launch_key=launch_key,
        attributes=_list_attributes(row),
        click_ids=_render_click_ids(row),
        batch=options.batch,
        row_key=key,
        **texts,
    )


def _build_purchase(row: Row, contact: Contact, key: bytes, options: WriteOptions) -> Purchase:
    amount = row["amount"]
    currency = (row["currency"] or ("" if amount is None else options.currency)).upper()
    texts = {name: row[name] or "" for name in _PURCHASE_TEXTS} | {"country": find_country(row["country"] or "")}
    texts |= {name: row.get(name) or "" for name in UTM_FIELDS}
    if texts["transaction_id"].startswith(NO_TRANSACTION):
        texts["transaction_id"] = f"row-{key.hex()[:24]}"
    return Purchase(
        contact=contact,
        original_contact_id=contact.pk,
        occurred_at=row["occurred_at"],
        source=options.source,
        amount_minor=None if amount is None else convert_to_minor(amount, currency),
        currency=currency,
        installments=row["installments"],
        recurrence_number=row["recurrence_number"],
        seller_id=row.get("seller_id") or "",
        batch=options.batch,
        row_key=key,
        **texts,
    )
