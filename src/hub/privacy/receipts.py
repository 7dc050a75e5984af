"""The receipt of an erasure: what was removed where and what stays, by ids and counts alone."""

from typing import TypedDict

from django.db.models import Sum

from ..models import AuditEntry, ConsentEvent, Erasure


class KeptRows(TypedDict):
    """What erasure leaves standing."""

    consent_events: int
    audit_entries: int
    tombstones: int


class Receipt(TypedDict):
    """One erasure, as pages and commands show it. Instants are ISO 8601."""

    erasure_id: int
    contact_id: int
    state: str
    requested_at: str
    finished_at: str | None
    compacted_at: str | None
    removed: dict[str, int]
    kept: KeptRows
    rows_kept_out: int


def describe_erasure(erasure: Erasure) -> Receipt:
    """Return the receipt of an erasure."""
    stones = erasure.tombstones.aggregate(rows=Sum("rows_kept_out"))
    return {
        "erasure_id": erasure.pk,
        "contact_id": erasure.contact_id,
        "state": erasure.state,
        "requested_at": erasure.requested_at.isoformat(),
        "finished_at": erasure.finished_at.isoformat() if erasure.finished_at else None,
        "compacted_at": erasure.compacted_at.isoformat() if erasure.compacted_at else None,
        "removed": dict(erasure.removed),
        "kept": {
            "consent_events": ConsentEvent.objects.filter(contact=erasure.contact_id).count(),
            "audit_entries": AuditEntry.objects.filter(
                subject_type="contact", subject_id=str(erasure.contact_id)
            ).count(),
            "tombstones": erasure.tombstones.count(),
        },
        "rows_kept_out": stones["rows"] or 0,
    }
