"""A hub of a given size, written at once: contacts, launches, captures, purchases, scores, and the counts of them.

The rows are those that intake and scoring would have made, written by COPY or executemany; ``count_again`` proves it.
"""

import hashlib
import json
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import chain
from typing import Any

import numpy as np

ZONE, ZONE_HOURS = "America/Sao_Paulo", -3
_STRIDE = 7_919  # contacts of a launch are scattered among all, each once
_CAMPAIGNS = 200
_SALE = timedelta(days=3)
_SECOND_CAPTURE, _NO_UTM, _SCORED, _GRANTED, _WITHDRAWN, _SHARED_PHONE = 0.2, 0.1, 0.9, 0.7, 0.1, 0.01
_BILLION = 1_000_000_000


@dataclass(frozen=True)
class Size:
    """How many contacts and launches; the launch under way has a fifth of the contacts, each other a sixtieth."""

    contacts: int
    launches: int

    def count_leads(self, launch: int) -> int:
        """Return the leads of a launch by its number; the last one is under way."""
        return self.contacts // (5 if launch == self.launches - 1 else 60)


def fill_hub(size: Size, now: datetime) -> None:
    """Write everything into the migrated database that Django is set up for."""
    from hotleads.hub.models import CsvLeadPolicy, Installation

    draws = np.random.default_rng(size.contacts)
    Installation.objects.update(csv_lead_policy=CsvLeadPolicy.LISTED, time_zone=ZONE, default_country="BR")
    with _write_quickly() as cursor:
        ids = 1 + np.arange(size.contacts)
        _write_contacts(ids, draws)
        campaigns = _write_campaigns()
        for number in range(size.launches):
            _write_launch(size, number, now, draws, campaigns)
        _write_activity(ids, now, draws)
        _write_counts(cursor)
        cursor.execute(_SHARED_PHONES)
        _write_records(size, now)


def fill_launch(launch: Any, contacts: int, now: datetime) -> None:
    """Write so many leads of one launch that sells later, each with a score and a purchase of another product.

    They are contacts of their own, ``person0@example.com`` and so on. Leads were not counted before.
    """
    from hotleads.hub.models import Contact

    draws = np.random.default_rng(contacts)
    last = Contact.objects.order_by("-pk").values_list("pk", flat=True).first() or 0
    ids = last + 1 + np.arange(contacts)
    with _write_quickly() as cursor:
        _write_contacts(ids, draws)
        campaigns = _write_campaigns()
        begins = int((now - timedelta(days=12)).timestamp())
        leads = _draw_leads(launch, ids, begins, 11, draws)
        _write_captures(leads, campaigns)
        _write_scores(leads, now, is_last=False)
        _write_leads(leads, campaigns)
        _write_activity(ids, now, draws)
        _write_counts(cursor)


@contextmanager
def _write_quickly() -> Iterator[Any]:
    """Give a cursor whose connection checks no foreign key and waits for no disk."""
    from django.db import connection

    with connection.cursor() as cursor:
        is_postgres = connection.vendor == "postgresql"
        cursor.execute("SET session_replication_role = replica" if is_postgres else "PRAGMA foreign_keys = OFF")
        if not is_postgres:
            cursor.execute("PRAGMA synchronous = OFF")
            cursor.execute("PRAGMA cache_size = -1000000")  # the keys are scattered, and each transaction is large
        yield cursor
        if is_postgres:
            cursor.execute("VACUUM (ANALYZE)")  # as autovacuum does by itself
    connection.close()


def write_rows(model: Any, columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    """Write rows of some columns of a model; the others have their defaults."""
    from django.db import connection, transaction

    fields = [field for field in model._meta.concrete_fields if not field.primary_key or field.column in columns]
    rest = [field for field in fields if field.column not in columns]
    defaults = tuple(_adapt(field.get_default()) for field in rest)
    names = [*columns, *(field.column for field in rest)]
    given = ((*row, *defaults) for row in rows)
    with transaction.atomic(), connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            with cursor.copy(f"COPY {model._meta.db_table} ({', '.join(names)}) FROM STDIN") as copy:
                for row in given:
                    copy.write_row(row)
        else:
            marks = ", ".join(["?"] * len(names))
            sql = f"INSERT INTO {model._meta.db_table} ({', '.join(names)}) VALUES ({marks})"
            connection.connection.executemany(sql, given)


def _adapt(value: object) -> object:
    if isinstance(value, datetime):
        return value.replace(tzinfo=None).isoformat(" ")
    return json.dumps(value) if isinstance(value, (dict, list)) else value


def _write_contacts(ids: Any, draws: np.random.Generator) -> None:
    """Write contacts who all have the same sealed texts, which costs a reader no less, and keys of their own."""
    from hotleads.hub.models import ConsentEvent, Contact, Identity
    from hotleads.hub.sealing import hash_lookup, seal

    count = len(ids)
    texts = {"email": "person@example.com", "phone": "+5511900000000", "name": "Ana Souza"}
    sealed = {name: seal(text, f"hub_contact.{name}") for name, text in texts.items()}
    values = {name: seal(text, "hub_identity.value") for name, text in texts.items()}
    phones = np.arange(count) - (draws.random(count) < _SHARED_PHONE)
    keys = {
        "email": [hash_lookup("email", f"person{number}@example.com") for number in range(count)],
        "phone": [hash_lookup("phone", f"+55119{number:08d}") for number in phones.tolist()],
    }
    contacts = (
        (sealed["email"], email, sealed["phone"], phone, sealed["name"], "BR", "pt_BR", False)
        for email, phone in zip(keys["email"], keys["phone"], strict=True)
    )
    identities = (
        (pk, kind, values[kind], key) for kind in keys for pk, key in zip(ids.tolist(), keys[kind], strict=True)
    )
    names = ("email", "email_hmac", "phone", "phone_hmac", "name", "country", "language", "came_by_file_only")
    write_rows(Contact, names, contacts)
    write_rows(Identity, ("contact_id", "kind", "value", "value_hmac"), identities)
    granted = ids[draws.random(count) < _GRANTED]
    withdrawn = granted[draws.random(len(granted)) < _WITHDRAWN]
    events = chain(
        ((pk, True, "consent", "2025-01-01 12:00:00") for pk in granted.tolist()),
        ((pk, False, "", "2025-06-01 12:00:00") for pk in withdrawn.tolist()),
    )
    write_rows(
        ConsentEvent,
        (*("contact_id", "original_contact_id", "purpose", "granted", "basis", "occurred_at", "source"), "row_key"),
        ((pk, pk, "email_marketing", yes, basis, at, "api", _key("consent", pk, yes)) for pk, yes, basis, at in events),
    )


def _write_campaigns() -> list[tuple[int, tuple[str, ...]]]:
    """Return the campaigns with their ids; the first has no UTM fields."""
    from hotleads.hub.models import Campaign

    sources = ("instagram", "facebook", "google", "newsletter", "youtube")
    values = [
        (sources[number % 5], ("cpc", "organic")[number % 2], f"cake-{number % 40}", f"ad-{number}")
        for number in range(_CAMPAIGNS)
    ]
    values.insert(0, ("", "", "", ""))
    return [(Campaign.objects.create(**_read_columns(Campaign.build(value))).pk, value) for value in values]


def _read_columns(campaign: Any) -> dict[str, Any]:
    """Return the columns of a campaign that is not saved."""
    return {field.attname: getattr(campaign, field.attname) for field in campaign._meta.concrete_fields}


@dataclass(frozen=True)
class _Leads:
    """The leads of one launch, drawn: an entry of each column a lead."""

    launch: Any
    is_over: bool
    contacts: Any
    first: Any  # seconds since 1970
    captures: Any
    campaign: Any  # its place in the list of campaigns
    is_scored: Any
    probability: Any
    tier: Any
    bought: Any


def _write_launch(size: Size, number: int, now: datetime, draws: np.random.Generator, campaigns: Sequence[Any]) -> None:
    from hotleads.hub.models import Launch

    count, days = size.count_leads(number), 60 if number == size.launches - 1 else 30
    opens = now + timedelta(days=10) - timedelta(days=14 * (size.launches - 1 - number))
    launch = Launch.objects.create(
        key=f"launch-{number:02d}",
        name=f"Cake course {number}",
        strategy="classic",
        product_id="cake",
        capture_starts_at=opens - timedelta(days=days + 10),
        cart_opens_at=opens,
        cart_closes_at=opens + _SALE,  # the one before the last is over: *Today* shows the last
        capture_rules=[{"field": "utm_campaign", "value": "cake-*"}] if number == size.launches - 1 else [],
    )
    begins = int((opens - timedelta(days=days + 9)).timestamp())
    contacts = 1 + (draws.integers(size.contacts) + np.arange(count) * _STRIDE) % size.contacts
    leads = _draw_leads(launch, contacts, begins, days, draws, is_over=opens + _SALE <= now)
    _write_captures(leads, campaigns)
    _write_scores(leads, now, is_last=number == size.launches - 1)
    _write_leads(leads, campaigns)


def _draw_leads(
    launch: Any, contacts: Any, begins: int, days: int, draws: np.random.Generator, *, is_over: bool = False
) -> _Leads:
    """Draw leads who came within some days after an instant."""
    count = len(contacts)
    is_scored, probability = draws.random(count) < _SCORED, draws.beta(1.2, 20.0, count)
    return _Leads(
        launch=launch,
        is_over=is_over,
        contacts=contacts,
        first=begins + draws.integers(0, days * 86_400 - 3_600, count),
        captures=1 + (draws.random(count) < _SECOND_CAPTURE),
        campaign=np.where(draws.random(count) < _NO_UTM, 0, 1 + draws.integers(0, _CAMPAIGNS, count)),
        is_scored=is_scored,
        probability=probability,
        tier=np.select([~is_scored, probability > 0.12, probability > 0.05], ["", "hot", "warm"], "cold"),
        bought=draws.random(count) < probability,
    )


def _write_captures(leads: _Leads, campaigns: Sequence[Any]) -> None:
    from hotleads.hub.models import Capture

    # Of a launch with rules captures name none: they joined it by them.
    key, named = leads.launch.pk, "" if leads.launch.capture_rules else leads.launch.key

    def iter_captures() -> Iterator[Sequence[Any]]:
        times = (_format(leads.first), _format(leads.first + 3_600))
        rows = zip(leads.contacts.tolist(), *times, leads.campaign.tolist(), leads.captures.tolist(), strict=True)
        for contact, one, other, place, count in rows:
            for at in (one, other)[:count]:
                row_key = _key("capture", key, contact, at)
                yield contact, contact, at, at, "api", key, named, *campaigns[place][1], row_key

    write_rows(Capture, _CAPTURE_COLUMNS, iter_captures())


def _write_scores(leads: _Leads, now: datetime, *, is_last: bool) -> None:
    """Write the present scores; of the launch under way an earlier one of each lead too."""
    from hotleads.features import FEATURES
    from hotleads.hub.feed.reasons import store_features
    from hotleads.hub.models import CurrentScore, Score

    feature_hash = store_features(FEATURES)
    chances, as_of = leads.probability, now.replace(tzinfo=None).isoformat(" ")
    columns = (leads.contacts, chances, np.log(chances / (1 - chances)), 100 * chances, leads.tier)

    def iter_scores() -> Iterator[Sequence[Any]]:
        rows = zip(*(column[leads.is_scored].tolist() for column in columns), strict=True)
        for place, (contact, chance, odds, score, tier) in enumerate(rows):
            yield (
                *(contact, leads.launch.pk, "provisional", as_of, as_of, chance, odds, score, tier, "default"),
                *(_REASONS[place % 8], "1", feature_hash, "c" * 64),
            )

    write_rows(CurrentScore, _SCORE_COLUMNS, iter_scores())
    if is_last:
        write_rows(Score, _SCORE_COLUMNS, iter_scores())


def _write_leads(leads: _Leads, campaigns: Sequence[Any]) -> None:
    from hotleads.hub.models import LaunchLead

    days = ((leads.first + ZONE_HOURS * 3_600) // 86_400).astype("datetime64[D]").astype(str).tolist()
    ids = np.array([pk for pk, _ in campaigns])
    with_utm = np.where(leads.campaign > 0, leads.captures, 0)
    chance = np.where(leads.is_scored, np.round(leads.probability * _BILLION), 0).astype(np.int64)
    paid = np.where(leads.is_over & leads.bought, 19_700, 0)
    columns = (leads.contacts, ids[leads.campaign], leads.tier, chance, leads.captures, with_utm, leads.bought, paid)
    rows = (
        (leads.launch.pk, contact, day, *row[:4], *[row[4]] * 4, 0, row[5] if leads.is_over else None, row[6])
        for day, contact, *row in zip(days, *(column.tolist() for column in columns), strict=True)
    )
    write_rows(LaunchLead, _LEAD_COLUMNS, rows)


def _write_activity(ids: Any, now: datetime, draws: np.random.Generator) -> None:
    """Write a purchase of each contact, and an event of every second one."""
    from hotleads.hub.models import Event, Purchase

    seconds = int(now.timestamp()) - draws.integers(86_400, 700 * 86_400, len(ids))
    instants = _format(seconds)
    write_rows(
        Purchase,
        (
            *("contact_id", "original_contact_id", "transaction_id", "occurred_at", "received_at", "source"),
            *("product_id", "status", "amount_minor", "currency", "row_key"),
        ),
        (
            (pk, pk, f"HP{pk}", at, at, "hotmart", "cake", "approved", 19_700, "BRL", _key("purchase", pk))
            for pk, at in zip(ids.tolist(), instants, strict=True)
        ),
    )
    write_rows(
        Event,
        (
            *("contact_id", "original_contact_id", "event_type", "event_name", "page", "occurred_at", "received_at"),
            *("source", "row_key"),
        ),
        (
            (pk, pk, "page_view", f"visit_{pk % 37}", f"/cake/{pk % 101}", at, at, "api", _key("event", pk))
            for pk, at in zip(ids[::2].tolist(), instants[::2], strict=True)
        ),
    )


def _write_counts(cursor: Any) -> None:
    from hotleads.hub.models import LaunchRollup

    columns, counted = _COUNTS["hub_launch_day"]
    cursor.execute(f"INSERT INTO hub_launch_day ({columns}) {counted}")
    columns, counted = _COUNTS["hub_launch_rollup"]
    cursor.execute(counted)
    names = columns.split(", ")
    LaunchRollup.objects.bulk_create(
        [LaunchRollup(currency="BRL", **dict(zip(names, row, strict=True))) for row in cursor.fetchall()]
    )


def _write_records(size: Size, now: datetime) -> None:
    """Write what stands beside the leads: jobs, uploads, the audit log, deliveries, reviews, the model's card."""
    from hotleads.hub.figures.base import store_flows
    from hotleads.hub.figures.launch_figures import MODEL_KEY
    from hotleads.hub.models import (
        AuditEntry,
        Connection,
        InboxItem,
        Job,
        ReviewRequest,
        StoredFigures,
        Upload,
    )
    from hotleads.hub.sealing.cipher import seal_bytes

    many, at = size.contacts // 50, now.replace(tzinfo=None).isoformat(" ")
    kinds = ("import_upload", "score_arrivals", "sync", "train", "recount")
    instants = _format(int(now.timestamp()) - 30 * np.arange(many))
    ended = ((kinds[k % 5], "failed" if k % 97 == 0 else "succeeded", instant) for k, instant in enumerate(instants))
    write_rows(Job, ("kind", "state", "ended_at"), ended)
    write_rows(Upload, ("kind", "state"), (("leads", "imported") for _ in range(many // 20)))
    write_rows(AuditEntry, ("action", "subject_type"), (("leads.exported", "launch") for _ in range(many)))
    write_rows(ReviewRequest, ("contact_id",), ((1 + number,) for number in range(many // 20)))
    connection = Connection.objects.create(kind="hotmart", name="Main", secrets="{}")
    body = seal_bytes(b"{}" * 700, "hub_inboxitem.body")
    write_rows(
        InboxItem,
        ("source", "envelope_id", "origin_id", "body", "outcome", "event_type", "processed_at"),
        (
            ("hotmart", str(number), connection.pk, body, "processed", "PURCHASE_APPROVED", at)
            for number in range(size.contacts // 10)
        ),
    )
    window = {"n": 20_000, "mean_probability": 0.06, "buyers": 1_180, "roc_auc": 0.75, "lift_10": 3.1}
    card = {
        "version": "1",
        "spread": 0.1,
        "quality": {"grade": "good"},
        "windows": {f"launch-{number:02d}": window for number in range(min(size.launches, 6))},
        "learned_from": ["launch-00"],
        "notes": [],
        "findings": [],
    }
    StoredFigures.objects.create(key=MODEL_KEY, values=card)
    store_flows()


def count_again() -> dict[str, int]:
    """Return how many rows of the counts differ from a recount in SQL, which shares no code with the rollups."""
    from django.db import connection

    differences = {}
    with connection.cursor() as cursor:
        for table, (columns, counted) in _COUNTS.items():
            kept = f"SELECT {columns} FROM {table}"
            for one, other in ((kept, counted), (counted, kept)):
                cursor.execute(f"SELECT count(*) FROM ({one} EXCEPT {other}) differing")
                differences[table] = differences.get(table, 0) + int(cursor.fetchone()[0])
        cursor.execute(_DIFFERING_LEADS)
        differences["hub_launch_lead"] = int(cursor.fetchone()[0])
    return differences


def _format(seconds: Any) -> list[str]:
    texts: list[str] = np.datetime_as_string(seconds.astype("datetime64[s]")).tolist()
    return [text.replace("T", " ") for text in texts]


def _key(*parts: object) -> bytes:
    return hashlib.sha256(repr(parts).encode()).digest()


_CAPTURE_COLUMNS = (
    *("contact_id", "original_contact_id", "captured_at", "received_at", "source", "launch_id", "launch_key"),
    *("utm_source", "utm_medium", "utm_campaign", "utm_content", "row_key"),
)
_SCORE_COLUMNS = (
    *("contact_id", "launch_id", "state", "as_of", "scored_at", "probability", "logit", "score", "tier"),
    *("tier_policy", "reasons", "model_version", "feature_hash", "context_hash"),
)
_LEAD_COLUMNS = (
    *("launch_id", "contact_id", "day", "campaign_id", "tier", "chance", "captures"),
    *(f"with_utm_{name}" for name in ("source", "medium", "campaign", "content", "term")),
    *("bought", "net_minor"),
)
FEATURE_NAMES = ("purchases_90d", "days_since_last_purchase", "spend")
_REASONS = [
    json.dumps(
        [
            {
                "feature": name,
                "group": "purchases",
                "value": k,
                "contribution": 0.4,
                "comparison": "more",
                "percent": 50 + k,
                "covers_all": True,
            }
            for name in FEATURE_NAMES
        ]
    )
    for k in range(8)
]
_SHARED_PHONES = (
    "UPDATE hub_identity SET is_shared = true WHERE kind = 'phone' AND value_hmac IN (SELECT value_hmac "
    "FROM hub_identity WHERE kind = 'phone' GROUP BY value_hmac HAVING count(*) > 1)"
)
#: By table of counts its columns, and what they are of the leads: ``rollups`` keeps them by what changes.
_COUNTS = {
    "hub_launch_day": (
        "launch_id, day, tier, campaign_id, leads, captures, chance, variance, judged, buyers, net_minor",
        "SELECT launch_id, day, tier, campaign_id, count(*), sum(captures), sum(chance), "
        f"sum(chance * ({_BILLION} - chance) / {_BILLION}), count(bought), sum(CASE WHEN bought THEN 1 ELSE 0 END), "
        "sum(net_minor) FROM hub_launch_lead GROUP BY launch_id, day, tier, campaign_id",
    ),
    "hub_launch_rollup": (
        "launch_id, leads, captures, with_utm_source, with_utm_medium, with_utm_campaign, with_utm_content, "
        "with_utm_term, hot, warm, cold",
        "SELECT launch_id, count(*), sum(captures), sum(with_utm_source), sum(with_utm_medium), "
        "sum(with_utm_campaign), sum(with_utm_content), sum(with_utm_term), "
        "sum(CASE WHEN tier = 'hot' THEN 1 ELSE 0 END), sum(CASE WHEN tier = 'warm' THEN 1 ELSE 0 END), "
        "sum(CASE WHEN tier = 'cold' THEN 1 ELSE 0 END) FROM hub_launch_lead GROUP BY launch_id",
    ),
}
#: Leads whose row differs from their captures and their present score.
_DIFFERING_LEADS = (
    "SELECT count(*) FROM hub_launch_lead kept LEFT JOIN (SELECT launch_id, contact_id, count(*) AS captures "
    "FROM hub_capture GROUP BY launch_id, contact_id) counted USING (launch_id, contact_id) "
    "LEFT JOIN hub_score_current score USING (launch_id, contact_id) WHERE kept.captures <> "
    "coalesce(counted.captures, 0) OR kept.tier <> coalesce(score.tier, '') "
    f"OR abs(kept.chance - coalesce(score.probability, 0) * {_BILLION}) > 1"
)
