"""Contacts of an ActiveCampaign account: each is a capture, at the time that ActiveCampaign first saw it.

UTM fields are custom fields there, under whatever title: the connection names them, or they are found by their titles.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from functools import partial
from typing import Any

from django.db import transaction

from ...connectors.activecampaign_client import (
    ACTIVE,
    UNSUBSCRIBED,
    ActiveCampaignClient,
    Contact,
    ContactFilter,
    CustomField,
)
from ...models import Identity, Launch, Purpose
from ...models.launch_rules import join_matching_captures
from ...people.consent import read_terms, withdraw_consent
from ...people.identifiers import normalise_email
from ...sealing import hash_lookup
from ..hotmart.values import MAX_NAME, UnreadableError, read_instant, read_text
from ..reading import EXTERNAL_ID
from ..row_writer import UTM_FIELDS, WriteOptions, write_capture_rows
from .runs import PullRun
from .utm_values import UtmValue, UtmValueStore
from .writing import write_rows

SOURCE = "activecampaign"
#: The clocks of two machines may differ: what was changed shortly before the last pull is asked for again.
_OVERLAP = timedelta(days=1)
_NO_DELETED = {None, 0, "0", ""}

#: By a contact's id what it has in the custom fields that are UTM fields.
_UtmValues = dict[str, dict[str, str]]


def pull_contacts(run: PullRun[ActiveCampaignClient]) -> None:
    """Pull the contacts of the chosen lists, or of all; after the first time those that were changed since."""
    lists: list[str] = run.connection.settings["lists"] or [""]
    fields = _find_utm_fields(run)
    if run.pull.covered_until is None:
        with UtmValueStore() as store:
            _store_values(run, fields, store)
            _pull_lists(run, lists, lambda contacts: store.read([read_text(contact.id) for contact in contacts]))
    else:
        _pull_lists(run, lists, lambda contacts: _ask_for_values(run, fields, contacts))
    for launch in Launch.objects.filter(archived_at=None).exclude(capture_rules=[]):
        join_matching_captures(launch)


def match_utm_fields(fields: Sequence[CustomField], chosen: Mapping[str, str]) -> dict[str, str]:
    """Return which custom field, by its id, is which UTM field: as chosen by title or id, or called like it."""
    found: dict[str, str] = {}
    for field in fields:
        names = {read_text(field.id), _fold(field.title), _fold(field.perstag)}
        for name in UTM_FIELDS:
            wanted = chosen.get(name, name)
            if wanted in names or _fold(wanted) in names:
                found[read_text(field.id)] = name
    return found


def _find_utm_fields(run: PullRun[ActiveCampaignClient]) -> dict[str, str]:
    pages = run.session.iter_pages(run.session.client.list_fields())
    return match_utm_fields([field for page in pages for field in page.rows], run.connection.settings["utm_fields"])


def _pull_lists(
    run: PullRun[ActiveCampaignClient], lists: list[str], read_values: Callable[[Sequence[Contact]], _UtmValues]
) -> None:
    """Pull the contacts of lists, each page with its UTM fields."""
    cursor = run.cursor if run.cursor.get("lists") == lists else {}
    for number in range(cursor.get("list", 0), len(lists)):
        after = cursor.get("after", 0) if number == cursor.get("list", 0) else 0
        since = run.pull.covered_until and run.pull.covered_until - _OVERLAP
        wanted = ContactFilter(lists[number], after, since, ACTIVE if lists[number] else "")
        # Somebody may be listed in both states: whom the pull had read before it stopped is asked for again.
        active = _list_ids(run, replace(wanted, after_id=0), after) if lists[number] else set()
        for page in run.session.iter_pages(run.session.client.list_contacts(wanted)):
            contacts = run.note_page(page)
            active |= {contact.number for contact in contacts}
            if contacts:
                _write_contacts(run, contacts, read_values(contacts))
                run.save_cursor(lists=lists, list=number, after=max(contact.number for contact in contacts))
        if lists[number]:
            _take_back_consent(run, ContactFilter(lists[number], 0, since, UNSUBSCRIBED), active)
        run.save_cursor(lists=lists, list=number + 1, after=0)


def _store_values(run: PullRun[ActiveCampaignClient], fields: Mapping[str, str], store: UtmValueStore) -> None:
    """Store the UTM fields of all contacts: of many at once this takes a fraction of the calls."""
    pages = run.session.iter_pages(run.session.client.list_field_values()) if fields else ()
    for page in pages:
        named = [(row, fields.get(read_text(row.field))) for row in page.rows]
        store.add(
            UtmValue(read_text(row.contact), name, _read_utm(row.value)) for row, name in named if name and row.value
        )


def _ask_for_values(
    run: PullRun[ActiveCampaignClient], fields: Mapping[str, str], contacts: Sequence[Contact]
) -> _UtmValues:
    """Ask for the UTM fields of some contacts, one after the other."""
    values: _UtmValues = {}
    for contact in contacts if fields else ():
        rows = run.session.run(run.session.client.get_field_values(contact.number))
        named = [(fields.get(read_text(row.field)), row.value) for row in rows]
        values[read_text(contact.id)] = {name: _read_utm(value) for name, value in named if name and value}
    return values


def _list_ids(run: PullRun[ActiveCampaignClient], wanted: ContactFilter, until: int) -> set[int]:
    """Return the ids of contacts up to one."""
    found: set[int] = set()
    pages = run.session.iter_pages(run.session.client.list_contacts(wanted)) if until else ()
    for page in pages:
        found |= {contact.number for contact in page.rows if contact.number <= until}
        if len(found) < len(page.rows) or max(contact.number for contact in page.rows) >= until:
            break
    return found


def _write_contacts(run: PullRun[ActiveCampaignClient], contacts: Sequence[Contact], values: _UtmValues) -> None:
    rows = []
    for contact in contacts:
        try:
            captured_at = read_instant(contact.created_at)
        except UnreadableError:
            captured_at = None
        if captured_at is None or contact.deleted not in _NO_DELETED:
            run.pull.rows_unreadable += captured_at is None
            continue
        rows.append(_build_row(contact, values.get(read_text(contact.id), {})) | {"captured_at": captured_at})
    launches = dict(Launch.objects.values_list("key", "pk"))
    write_rows(rows, _build_options(run), run.written, partial(write_capture_rows, launches=launches))


def _take_back_consent(run: PullRun[ActiveCampaignClient], wanted: ContactFilter, active: set[int]) -> None:
    """Withdraw the consent to marketing by e-mail of those who have unsubscribed from a list, where they are known."""
    for page in run.session.iter_pages(run.session.client.list_contacts(wanted)):
        addresses = [normalise_email(row.email or "") for row in page.rows if row.number not in active]
        keys = [hash_lookup("email", address) for address in addresses if address]
        with transaction.atomic():
            for identity in Identity.objects.filter(value_hmac__in=keys).select_related("contact__merged_into"):
                contact = identity.contact.merged_into or identity.contact
                withdraw_consent(contact, [Purpose.EMAIL_MARKETING], SOURCE, f"pull {run.pull.pk}")


def _build_row(contact: Contact, utm: Mapping[str, str]) -> dict[str, Any]:
    names = (contact.first_name, contact.last_name)
    return dict.fromkeys(UTM_FIELDS, "") | {
        "email": contact.email or "",
        "phone": contact.phone or "",
        "name": " ".join(name.strip() for name in names if name and name.strip()),
        EXTERNAL_ID: read_text(contact.id),
        "country": "",
        "language": "",
        "consent": "",
        "launch_id": "",
        "source": "",
        **utm,
    }


def _build_options(run: PullRun[ActiveCampaignClient]) -> WriteOptions:
    declared = run.connection.terms.get("contacts", {})
    return WriteOptions(
        batch=None,
        proof=f"pull {run.pull.pk}",
        default_country=run.connection.settings["default_country"],
        terms=read_terms(**declared) if declared else None,
        external_source=f"{SOURCE}:{run.connection.pk}",
        source=SOURCE,
        by_file=False,
    )


def _read_utm(value: str) -> str:
    """Return a UTM field as it is kept."""
    return read_text(value[:MAX_NAME], MAX_NAME)


def _fold(name: str | None) -> str:
    return re.sub(r"[^a-z0-9]+", "_", (name or "").casefold()).strip("_")
