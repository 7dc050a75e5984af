"""The audit log, newest first."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from ...models import AuditEntry
from ..action_names import ACTION_NAMES
from ..paging import read_page

_PAGE_ROWS = 50


@require_GET
def list_entries(request: HttpRequest) -> HttpResponse:
    """Show who changed what."""
    entries = AuditEntry.objects.select_related("actor")
    page = read_page(entries, request.GET.get("before"), _PAGE_ROWS)
    rows = [(entry, ACTION_NAMES.get(entry.action, ""), _list_details(entry)) for entry in page.rows]
    return render(request, "hub/audit_list.html", {"page": page, "rows": rows})


def _list_details(entry: AuditEntry) -> list[tuple[str, str]]:
    """Return what is noted of an action, by the names that it is kept under."""
    details = entry.details.items()
    return [(name, ", ".join(map(str, value)) if isinstance(value, list) else str(value)) for name, value in details]
