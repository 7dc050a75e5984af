"""What a job tells of itself at its end, as its page says it."""

from collections.abc import Iterator, Mapping

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from ...language import decode_text
from .formats import format_number, translate_phrase

_NOTHING = "–"
#: What a job counted, as people call it; what is not here is shown by its own name.
_NAMES = {
    "new": gettext_lazy("New rows"),
    "repeated": gettext_lazy("Rows that were here already"),
    "nameless": gettext_lazy("Left out: nobody named"),
    "erased": gettext_lazy("Left out: of people who were erased"),
    "consents": gettext_lazy("Consents recorded"),
    "leads": gettext_lazy("Leads"),
    "purchases": gettext_lazy("Purchases"),
    "scored": gettext_lazy("Scored"),
    "reason": gettext_lazy("Why"),
    "rows": gettext_lazy("Rows"),
    "launches": gettext_lazy("Launches"),
    "findings": gettext_lazy("What the checks find"),
    "errors": gettext_lazy("Errors"),
    "warnings": gettext_lazy("Warnings"),
    "notes": gettext_lazy("Notes"),
    "skipped": gettext_lazy("Left out"),
    "judged": gettext_lazy("Judged"),
    "mature": gettext_lazy("Mature"),
    "buyers": gettext_lazy("Buyers"),
    "verdict": gettext_lazy("Verdict"),
    "events": gettext_lazy("Events"),
    "changed": gettext_lazy("Changed"),
    "removed": gettext_lazy("Removed"),
    "is_done": gettext_lazy("Done"),
    "filled": gettext_lazy("Filled"),
    "job": gettext_lazy("Job"),
    "roc_auc": "ROC AUC",
    "average_precision": gettext_lazy("Average precision"),
    "version": gettext_lazy("Version of the model"),
    "model": gettext_lazy("Model"),
    "in use": gettext_lazy("In use"),
    "because": gettext_lazy("Why"),
    "drift": gettext_lazy("Drift"),
    "flows": gettext_lazy("Moves between tiers"),
    "read": gettext_lazy("Rows read"),
    "sales": gettext_lazy("Sales"),
    "subscriptions": gettext_lazy("Subscriptions"),
    "students": gettext_lazy("Students"),
    "products": gettext_lazy("Products"),
    "contacts": gettext_lazy("Contacts"),
}


def describe_job_result(result: Mapping[str, object] | None) -> Iterator[tuple[str, str]]:
    """Yield what is counted, and the counts, in the reader's language."""
    for name, value in (result or {}).items():
        yield str(_NAMES.get(name, name)), _describe(value)


def _describe(value: object) -> str:
    """Return a value as a line: counts in the reader's form, parts beside one another."""
    if isinstance(value, dict):
        return ", ".join(f"{name}: {text}" for name, text in describe_job_result(value)) or _NOTHING
    if isinstance(value, list):
        return ", ".join(map(_describe, value)) or _NOTHING
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if value is None or isinstance(value, int | float):
        return format_number(value)
    return translate_phrase(decode_text(str(value)))
