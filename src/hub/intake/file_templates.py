"""The file of leads to fill in: the fields that an import reads without a mapping."""

import csv
import io

from ...history.schema import ATTRIBUTE_PREFIX
from ..models import UploadKind
from .file_fields import list_fields

_LEADS = ("email", "name", "phone", "captured_at", "launch_id")
_EXAMPLE = {
    "email": "ana@example.com",
    "name": "Ana Souza",
    "phone": "+5511987654321",
    "captured_at": "2026-03-01T12:00:00-03:00",
    "launch_id": "spring",
    "utm_source": "instagram",
    "utm_medium": "paid",
    "utm_campaign": "spring-leads",
    "consent": "yes",
    f"{ATTRIBUTE_PREFIX}goal": "career",
}


def render_leads_template() -> str:
    """Return the template as CSV: a header and one row to replace; ``attr_`` and a name makes an answer."""
    utm = [name for name in list_fields(UploadKind.LEADS) if name.startswith("utm_")]
    columns = [*_LEADS, *utm, "consent", f"{ATTRIBUTE_PREFIX}goal"]
    out = io.StringIO()
    writer = csv.DictWriter(out, columns, restval="", lineterminator="\n")
    writer.writeheader()
    writer.writerow(_EXAMPLE)
    return out.getvalue()
