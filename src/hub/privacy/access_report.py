"""Everything that is known of a person, as one JSON object: what the law gives them a right to.

A table with a key of a contact is in a section here or in ``LEFT_OUT``: a test reads the schema.
"""

from datetime import date, datetime
from typing import Any

from django.db import models

from ...language import Language
from ..clock import get_now
from ..feed.reasons import ReasonWriter
from ..models import (
    AuditEntry,
    Capture,
    ConsentEvent,
    Contact,
    ContactMerge,
    CurrentScore,
    Event,
    Identity,
    InboxItem,
    Launch,
    Purchase,
    ReviewRequest,
    Score,
    Subscription,
)
from ..models.launch_lead import LaunchLead
from ..sealing.fields import DigestField

#: Each section, the table that it shows, and the column by which rows are a person's.
SECTIONS: tuple[tuple[str, type[models.Model], str], ...] = (
    ("identifiers", Identity, "contact"),
    ("captures", Capture, "contact"),
    ("purchases", Purchase, "contact"),
    ("events", Event, "contact"),
    ("subscriptions", Subscription, "contact"),
    ("consent", ConsentEvent, "contact"),
    ("scores", CurrentScore, "contact"),
    ("earlier_scores", Score, "contact"),
    ("launches", LaunchLead, "contact"),
    ("merges", ContactMerge, "kept"),
    ("reviews", ReviewRequest, "contact"),
)
#: Tables about people that are no section, with the reason.
LEFT_OUT = {
    "hub_contact": "shown as the person",
    "hub_inboxitem": "shown as messages; what speaks of others too without its text",
    "hub_inboxitem_contacts": "says which messages are the person's",
    "hub_erasure": "of erased people nothing is known",
    "hub_tombstone": "of erased people nothing is known",
    "hub_connection": "an account of the owner",
    "hub_upload": "files of many people, removed after the import; their rows are shown",
    "hub_judgement": "files of many people's scores, removed once they are read; what is kept names nobody",
    "hub_user": "somebody who works here; shown to them on their own page",
}
_HIDDEN = {"row_key", "batch", "contact", "requested_by", "answered_by"}
_CRITERIA = (
    "A score is the estimated chance to buy in the launch, times 100, from what was known at its time. The rule of a "
    "launch sets two thresholds of that chance: from the upper one on a lead is hot, from the lower one on warm, below "
    "it cold. The reasons are what moved this score most. Nobody decides by the tier alone: ask for a review."
)


def build_access_report(contact: Contact, language: Language) -> dict[str, Any]:
    """Return what is known of a contact and of everybody merged into it, ready for JSON.

    Parameters
    ----------
    contact
        Of whom; of a merged one it is that of whom they became.
    language
        In which the reasons of scores are said.

    Returns
    -------
    dict
        The person, their rows by section with source and time of each, how tiers are decided, and who looked.
    """
    kept = contact.merged_into or contact
    people = [kept, *kept.merged_contacts.all()]
    report: dict[str, Any] = {"made_at": get_now().isoformat(), "contact_id": kept.pk}
    report["person"] = [_describe_row(person) for person in people]
    for name, model, column in SECTIONS:
        rows = model._default_manager.filter(**{f"{column}__in": people}).order_by("pk")
        report[name] = [_describe_row(row) for row in rows.iterator(1_000)]
    writer = ReasonWriter(language)
    for name, model in (("scores", CurrentScore), ("earlier_scores", Score)):
        rows = model.objects.filter(contact__in=people).order_by("pk")
        report[name] = [_describe_score(row, writer) for row in rows.iterator(1_000)]
    report["messages"] = [_describe_message(item) for item in _list_messages(people)]
    report["tiers"] = _describe_tiers(people)
    report["seen_by"] = [
        {"at": entry.occurred_at.isoformat(), "what": entry.action, "role": entry.actor.role if entry.actor else ""}
        for entry in AuditEntry.objects.filter(
            subject_type="contact", subject_id__in=[str(person.pk) for person in people]
        ).select_related("actor")
    ]
    return report


def _describe_row(row: models.Model) -> dict[str, Any]:
    fields = [
        field
        for field in row._meta.concrete_fields
        if field.name not in _HIDDEN and not isinstance(field, DigestField | models.BinaryField)
    ]
    return {field.name: _convert(getattr(row, field.attname)) for field in fields}


def _describe_score(row: CurrentScore | Score, writer: ReasonWriter) -> dict[str, Any]:
    return _describe_row(row) | {"reasons": writer.write_reasons(row), "moved_because": writer.write_change(row)}


def _convert(value: Any) -> Any:
    return value.isoformat() if isinstance(value, datetime | date) else value


def _list_messages(people: list[Contact]) -> models.QuerySet[InboxItem]:
    return InboxItem.objects.filter(contacts__in=people).order_by("pk").distinct()


def _describe_message(item: InboxItem) -> dict[str, Any]:
    """Return a message as it arrived; without its text where it speaks of others too."""
    message: dict[str, Any] = {
        "source": item.source,
        "received_at": item.received_at.isoformat(),
        "event_type": item.event_type,
    }
    if item.body is not None and item.contacts.count() == 1:
        message["text"] = bytes(item.body).decode("utf-8", "replace")
    return message


def _describe_tiers(people: list[Contact]) -> dict[str, Any]:
    launches = Launch.objects.filter(pk__in=CurrentScore.objects.filter(contact__in=people).values("launch"))
    rules = {launch.key: launch.tier_policy or "the usual rule" for launch in launches}
    return {"criteria": _CRITERIA, "rules_of_launches": rules}
