"""The lab's checks on an upload before anything of it is written, together with what the hub has of the same people.

The rows become a history of their own, in a temporary folder beside the upload's: people by contact where the hub knows
them, with the purchases that the installation's history has of them, and the hub's launches.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TypedDict

import pyarrow as pa
import pyarrow.parquet as pq
from django.conf import settings

from ...checks import attribution, gaps, leakage, purchases, time_zones
from ...checks.context import CheckContext
from ...checks.finding import SEVERITIES, Check, Code
from ...history import History, import_history, open_history
from ...history.importing.staging import StagingDirectory
from ...history.schema import ATTRIBUTE_PREFIX, PERSONAL, TABLES
from ...history.sql import quote_identifier, quote_literal
from ..models import HISTORY_FOLDER, Contact, Launch, UploadKind
from ..sealing import hash_lookup
from .file_fields import NO_TRANSACTION, get_table
from .reading import EXTERNAL_ID, StagedRows

#: What can be said of some rows. Shifts between launches, and outcomes, are a whole history's: for the job `check`.
_CHECKS: Mapping[str, tuple[Check, ...]] = {
    UploadKind.LEADS: (gaps.CHECK, time_zones.CHECK, attribution.CHECK, leakage.CHECK),
    UploadKind.PURCHASES: (gaps.CHECK, time_zones.CHECK, purchases.STATUS_CHECK, purchases.AMOUNT_CHECK),
}
#: So many addresses are looked up at once.
_LOOKUP_ROWS = 500
#: Those that look at times: rows that say none have the import's.
_OF_TIMES = (gaps.CHECK, time_zones.CHECK)
_LAUNCH_TEXTS = ("strategy", "product_id", "entry_product_id")
_LAUNCH_TIMES = ("capture_starts_at", "capture_ends_at", "cart_opens_at", "cart_closes_at")
_MEMORY = "500MB"


class UploadFinding(TypedDict):
    """A finding as a verdict keeps it. The lab's examples stay out: they are ids."""

    code: str
    severity: str
    column: str
    rows: int
    message: str


def list_codes() -> list[Code]:
    """Return every kind of finding that an upload may have."""
    return [code for checks in _CHECKS.values() for check in checks for code in check.codes]


def check_rows(staged: StagedRows, kind: str, people: Mapping[str, str]) -> list[UploadFinding]:
    """Run the lab's checks on the staged rows of an upload, and return what they find, worst first.

    Parameters
    ----------
    staged
        The rows.
    kind
        What they are: a value of ``UploadKind``.
    people
        What tells whom each row is of apart, an address where there is one, by the row's id. Rows of nobody are
        missing, as the import leaves them out.
    """
    table = get_table(kind)
    with _open_as_history(staged, kind, people) as history, history.connect() as con:
        context = CheckContext(history, con)
        has_times = table == "purchases" or "captured_at" in staged.columns
        checks = [check for check in _CHECKS[kind] if has_times or check not in _OF_TIMES]
        findings = [finding for check in checks for finding in check.run(context)[1] if finding.table == table]
    return [
        {
            "code": finding.code,
            "severity": finding.severity,
            "column": finding.column,
            "rows": finding.rows,
            "message": finding.message,
        }
        for finding in sorted(findings, key=lambda finding: SEVERITIES.index(finding.severity))
    ]


def count_repeated_rows(staged: StagedRows, kind: str) -> int:
    """Return how many rows say what an earlier row of the files says."""
    rows = "(SELECT * EXCLUDE (lead_id, _file, _row) FROM typed_leads)"
    if kind == UploadKind.PURCHASES:
        names = {"email", "phone", EXTERNAL_ID} & set(_list_columns(staged, "leads"))
        people = ", ".join(quote_identifier(name) for name in sorted(names))
        made = f"starts_with(transaction_id, {quote_literal(NO_TRANSACTION)})"  # of the row's number
        rows = (
            f"(SELECT sold.* EXCLUDE (lead_id, transaction_id, _file, _row), {people}, CASE WHEN NOT {made} THEN "
            f"transaction_id END FROM typed_purchases AS sold JOIN (SELECT lead_id, {people} FROM typed_leads) "
            "USING (lead_id))"
        )
    total, different = staged.connection.execute(
        f"SELECT (SELECT count(*) FROM {rows}), (SELECT count(*) FROM (SELECT DISTINCT * FROM {rows}))"
    ).fetchall()[0]
    return int(total - different)


@contextmanager
def _open_as_history(staged: StagedRows, kind: str, people: Mapping[str, str]) -> Iterator[History]:
    table = get_table(kind)
    with StagingDirectory(staged.folder / "checked") as folder:
        source = folder / "source"
        source.mkdir()
        _register_people(staged, people)
        own = [name for name in _list_columns(staged, table) if name not in ("lead_id", *PERSONAL)]
        names = ", ".join(quote_identifier(name) for name in own if not name.startswith(("_", f"{ATTRIBUTE_PREFIX} ")))
        query = f"SELECT known.lead_id, {names} FROM typed_{table} AS typed JOIN known ON row_id = typed.lead_id"
        _copy(staged, query, source / f"{table}.parquet")
        past = Path(settings.HUB_DATA) / HISTORY_FOLDER / "purchases.parquet"
        if table == "leads" and past.is_file():
            columns = ", ".join(TABLES["purchases"].names)
            # The hub's latest purchase tells until when it is known who bought.
            sql = (
                f"WITH past AS (SELECT {columns} FROM read_parquet({quote_literal(str(past))})) SELECT * FROM past "
                "WHERE lead_id IN (FROM known_leads) OR occurred_at = (SELECT max(occurred_at) FROM past)"
            )
            _copy(staged, sql, source / "purchases.parquet")
        pq.write_table(_read_launches(), source / "launches.parquet")
        import_history(source, folder / "history", memory_limit=_MEMORY)
        yield open_history(folder / "history")


def _register_people(staged: StagedRows, people: Mapping[str, str]) -> None:
    """Make the table ``known``: the row's id, and the history's id of whom it is of, a contact's where there is one."""
    hashes = {hash_lookup("email", name): name for name in set(people.values()) if "@" in name}
    contacts: dict[str, int] = {}
    digests = list(hashes)
    for start in range(0, len(digests), _LOOKUP_ROWS):
        found = Contact.objects.filter(email_hmac__in=digests[start : start + _LOOKUP_ROWS], merged_into=None)
        contacts |= {
            hashes[bytes(digest)]: contact for digest, contact in found.values_list("email_hmac", "pk") if digest
        }
    numbers = {name: number for number, name in enumerate(dict.fromkeys(people.values()))}
    leads = [str(contacts[name]) if name in contacts else f"new-{numbers[name]}" for name in people.values()]
    table = pa.table({"row_id": pa.array(list(people), pa.string()), "lead_id": pa.array(leads, pa.string())})
    staged.connection.register("known", table)
    staged.connection.execute("CREATE OR REPLACE TEMP VIEW known_leads AS SELECT DISTINCT lead_id FROM known")


def _read_launches() -> pa.Table:
    launches = Launch.objects.filter(archived_at=None).order_by("pk")
    instant = pa.timestamp("us", "UTC")
    columns: dict[str, pa.Array] = {"launch_id": pa.array([launch.key for launch in launches], pa.string())}
    for name in _LAUNCH_TEXTS:
        columns[name] = pa.array([getattr(launch, name) or None for launch in launches], pa.string())
    for name in _LAUNCH_TIMES:
        columns[name] = pa.array([getattr(launch, name) for launch in launches], instant)
    columns["horizon_days"] = pa.array([launch.horizon_days for launch in launches], pa.int64())
    return pa.table(columns)


def _list_columns(staged: StagedRows, table: str) -> list[str]:
    return [row[0] for row in staged.connection.execute(f"DESCRIBE typed_{table}").fetchall()]


def _copy(staged: StagedRows, query: str, path: Path) -> None:
    staged.connection.execute(f"COPY ({query}) TO {quote_literal(str(path))} (FORMAT parquet)")
