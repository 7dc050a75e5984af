"""Students of a Hotmart account's members' areas: registration, first access, progress, how long somebody was away.

No webhook tells progress or absence. Somebody who never came counts from their purchase on.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from ...connectors.hotmart_client import HotmartClient
from ...connectors.hotmart_rows import Student
from ..event_writer import write_event_rows
from ..hotmart.values import UnreadableError, read_instant, read_language
from ..row_writer import Row
from .runs import PullRun
from .sales import build_options
from .states import LatestEvent, StateRules, write_changes
from .writing import write_rows

FIRST_ACCESS, PROGRESS = "members_first_access", "members_progress"
FREE_REGISTRATION = "free_registration"
#: Days without a visit, and the event that they are.
ABSENCES = {15: "members_inactive_15_days", 30: "members_inactive_30_days"}
_ACTIVE, _STUDENT, _BUYER = "ACTIVE", "STUDENT", "BUYER"


def pull_students(run: PullRun[HotmartClient]) -> None:
    """Pull the students of each members' area of the connection, in steps of one area."""
    areas: list[tuple[str, str]] = sorted(run.connection.settings["members_areas"].items())
    for number in range(run.cursor.get("step", 0), len(areas)):
        subdomain, product_id = areas[number]
        for page in run.session.iter_pages(run.session.client.list_students(subdomain)):
            rows: list[dict[str, Any]] = []
            for student in run.note_page(page):
                try:
                    rows += build_rows(student, subdomain, product_id or subdomain, run.as_of)
                except UnreadableError:
                    run.pull.rows_unreadable += 1
            _write(run, rows)
        run.save_cursor(step=number + 1)


def build_rows(student: Student, subdomain: str, product_id: str, as_of: datetime) -> Iterator[dict[str, Any]]:
    """Yield what a student of a members' area did and did not do, as rows of events.

    Raises UnreadableError for one without an address, or with an instant that is none.
    """
    if not student.email:
        raise UnreadableError("email")
    if (student.role or _STUDENT) != _STUDENT:
        return
    row = {
        "email": student.email,
        "phone": "",
        "name": student.name or "",
        "country": "",
        "language": read_language(student.locale),
        "event_id": "",
        "product_id": product_id,
        "value": None,
        "company": "",
    }
    first, last = read_instant(student.first_access_date), read_instant(student.last_access_date)
    if first is not None:
        yield row | {"event_type": FIRST_ACCESS, "occurred_at": first}
    if not _has_bought(student):
        yield row | {"event_type": FREE_REGISTRATION, "occurred_at": first}
    percentage = student.progress and student.progress.completed_percentage
    if percentage:
        yield row | {"event_type": PROGRESS, "occurred_at": last, "value": float(percentage)}
    since = last or read_instant(student.purchase_date)
    if since is not None and (student.status or _ACTIVE) == _ACTIVE:
        yield from _build_absences(row, since, subdomain, as_of)


def _build_absences(row: dict[str, Any], since: datetime, subdomain: str, as_of: datetime) -> Iterator[dict[str, Any]]:
    for days, event_type in ABSENCES.items():
        if since + timedelta(days=days) <= as_of:
            event_id = f"{subdomain}:{since.isoformat()}"
            yield row | {"event_type": event_type, "occurred_at": since + timedelta(days=days), "event_id": event_id}


def _has_bought(student: Student) -> bool:
    """Return whether a student came by a purchase: Hotmart says since when, or that they are a buyer."""
    return student.purchase_date is not None or (student.type or _BUYER) == _BUYER


def _write(run: PullRun[HotmartClient], rows: list[dict[str, Any]]) -> None:
    options = build_options(run, None)
    for event_type, is_change in ((FIRST_ACCESS, _is_first), (FREE_REGISTRATION, _is_first), (PROGRESS, _is_more)):
        rules = StateRules({event_type}, is_change, run.as_of)
        states = [row for row in rows if row["event_type"] == event_type]
        write_rows(states, options, run.written, partial(write_changes, rules=rules))
    absences = [row for row in rows if row["event_type"] in ABSENCES.values()]
    write_rows(absences, options, run.written, write_event_rows)


def _is_first(_row: Row, latest: LatestEvent | None) -> bool:
    return latest is None


def _is_more(row: Row, latest: LatestEvent | None) -> bool:
    return latest is None or row["value"] > (latest.value or 0)
