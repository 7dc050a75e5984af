"""Uploads: files brought, a mapping proposed and corrected, a verdict, and the job that takes them in."""

import json
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from django import forms
from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_POST

from ....checks import CODES
from ....history.errors import HistoryError
from ....language import Phrase, decode_text
from ...engine.queue import enqueue_job
from ...errors import HubError
from ...intake.file_templates import render_leads_template
from ...intake.upload_checks import UploadFinding
from ...intake.uploads import (
    UploadOptions,
    check_upload,
    get_upload_folder,
    propose_upload,
    receive_upload,
    restore_names,
)
from ...models import Job, Upload, UploadKind, UploadState
from ...models.audit import record_action
from ...money import find_currency
from ..access import get_user, is_allowed
from ..documents import ACCEPTED, store_document
from ..formats import translate_error, translate_phrase
from ..paging import read_page
from ..problem_words import describe_fault, describe_problem, describe_refusal, translate_text
from ..remedies import describe_remedy
from ..request_context import get_installation
from ..terms_form import TermsForm
from ..upload_mapping import describe_files, label_field, list_choices, read_left_out, read_mappings
from .installation import PlaceFields, propose_place, save_settings

_PAGE_ROWS = 50
_MAX_BYTES = 1_000_000_000
_OPEN = (UploadState.RECEIVED, UploadState.CHECKED, UploadState.REFUSED)
_KINDS = (
    (UploadKind.LEADS.value, gettext_lazy("Leads: who showed interest, and when")),
    (UploadKind.PURCHASES.value, gettext_lazy("Purchases: what people bought, with refunds")),
)


class _FilesInput(forms.ClearableFileInput):
    allow_multiple_selected = True
    template_name = "django/forms/widgets/file.html"


class _FilesField(forms.FileField):
    """Several files at once."""

    def clean(self, data: Any, initial: Any = None) -> Any:
        """Return the files, each checked as one is."""
        return [forms.FileField.clean(self, each, initial) for each in (data or [None])]


class _UploadForm(TermsForm):
    field_order: tuple[str, ...] = ("kind", "documents", "currency")
    agreement = ("purpose", "basis", "consent_text", "text_version")

    kind = forms.ChoiceField(label=gettext_lazy("The files hold"), choices=_KINDS, widget=forms.RadioSelect)
    documents = _FilesField(
        label=gettext_lazy("Files"),
        widget=_FilesInput(attrs=ACCEPTED),
        help_text=gettext_lazy("CSV, gzip CSV, Excel or Parquet; several at once are taken together."),
    )
    currency = forms.RegexField(
        "^[A-Za-z]{3}$",
        label=gettext_lazy("Currency of amounts that name none"),
        required=False,
        help_text=gettext_lazy("For purchases, such as USD or BRL."),
    )

    @property
    def is_agreement_open(self) -> bool:
        """Whether the fields about consent are shown at once: something of them was said, or is wrong."""
        return any(self[name].errors or (self.is_bound and self[name].value()) for name in self.agreement)

    def clean(self) -> dict[str, Any]:
        """Refuse half a declaration, and too much at once."""
        values = super().clean()
        if sum(file.size for file in values.get("documents") or []) > _MAX_BYTES:
            self.add_error("documents", _("More than 1 GB at once: bring the files one by one."))
        return values


class _FirstUploadForm(_UploadForm, PlaceFields):
    """An owner's, until the installation knows where its business is; every later file is read by the answer."""

    field_order = ("kind", "documents", "default_country", "time_zone", "currency")

    def __init__(self, *arguments: object, **options: object) -> None:
        super().__init__(*arguments, **options)
        self.fields["time_zone"].required = False
        self.fields["time_zone"].widget.attrs["data-own-zone"] = True
        self.fields["time_zone"].help_text = _("Of times in your files that name none: that of the tool's account.")


@require_GET
def list_uploads(request: HttpRequest) -> HttpResponse:
    """Show what was brought, newest first."""
    page = read_page(Upload.objects.all(), request.GET.get("before"), _PAGE_ROWS)
    return render(request, "hub/upload_list.html", {"page": page})


@require_GET
def get_template(request: HttpRequest) -> HttpResponse:
    """Send the template of a file of leads."""
    headers = {"Content-Disposition": 'attachment; filename="leads.csv"'}
    return HttpResponse(render_leads_template(), content_type="text/csv; charset=utf-8", headers=headers)


def create_upload(request: HttpRequest) -> HttpResponse:
    """Take files in; nothing of them is a row before the last step."""
    form = _build_form(request)
    if request.method == "POST" and form.is_valid():
        try:
            upload = _receive(request, form)
        except (HistoryError, HubError) as error:
            form.add_error("documents", describe_refusal(error))
        else:
            return redirect("upload_detail", upload_id=upload.pk)
    return render(request, "hub/upload_create.html", {"form": form})


def _build_form(request: HttpRequest) -> _UploadForm:
    """Return the form; an owner's first one asks for the place too, and proposes it by the language of the page."""
    installation = get_installation(request)
    asks_place = not installation.default_country and is_allowed(get_user(request), "installation_settings")
    place = propose_place(request) if asks_place else {"default_country": installation.default_country}
    initial = {"time_zone": installation.time_zone, **place, "currency": find_currency(place.get("default_country"))}
    form = _FirstUploadForm if asks_place else _UploadForm
    return form(request.POST or None, request.FILES or None, initial=initial)


def show_upload(request: HttpRequest, upload_id: int) -> HttpResponse:
    """Show an upload's mapping as a form and the verdict on it; a form that is sent is checked."""
    upload = get_object_or_404(Upload, pk=upload_id)
    job = Job.objects.filter(idempotency_key=_build_key(upload)).first()
    page: dict[str, Any] = {"upload": upload, "job": job, "names": json.loads(upload.file_names or "[]")}
    if upload.state in _OPEN and job is None and get_upload_folder(upload).exists():
        try:
            proposed = propose_upload(upload)
        except HubError:
            proposed = []  # the verdict says why
        try:
            page["files"] = describe_files(upload, proposed)
            page["fields"] = list_choices(upload.kind)
            if request.method == "POST" and proposed:
                check_upload(upload, read_mappings(proposed, request.POST), read_left_out(request.POST))
                return redirect("upload_detail", upload_id=upload.pk)
        except HubError as error:
            messages.error(request, translate_error(error))
    page["span"] = [parse_datetime(upload.verdict.get(name) or "") for name in ("first", "last")]
    page["statuses"] = _merge_paid(upload.verdict.get("statuses", {}))
    page["findings"] = [_describe_finding(finding) for finding in upload.verdict.get("findings", [])]
    page["notes"] = [translate_text(note) for note in upload.verdict.get("notes", [])]
    columns = {
        field: column for each in json.loads(upload.mapping or "[]") for field, column in each["columns"].items()
    }
    for name, describe in (("problems", describe_problem), ("left_out", describe_fault)):
        page[name] = [
            problem | {"text": restore_names(upload, describe(problem, columns))}
            for problem in upload.verdict.get(name, [])
        ]
    return render(request, "hub/upload_detail.html", page)


@require_POST
def import_one(request: HttpRequest, upload_id: int) -> HttpResponse:
    """Ask for the job that takes an accepted upload in."""
    upload = get_object_or_404(Upload, pk=upload_id, state=UploadState.CHECKED)
    user = get_user(request)
    with transaction.atomic():
        job = enqueue_job(
            "import_upload", {"upload_id": str(upload.pk)}, idempotency_key=_build_key(upload), created_by=user
        )
        record_action(user, "upload.import_asked", upload)
    return redirect("job_detail", job_id=job.pk)


def _receive(request: HttpRequest, form: _UploadForm) -> Upload:
    values, installation, user = form.cleaned_data, get_installation(request), get_user(request)
    place = {name: values[name] for name in ("default_country", "time_zone") if values.get(name)}
    if place:
        save_settings(place, user)
    options = UploadOptions(
        time_zone=place.get("time_zone", installation.time_zone),
        default_country=place.get("default_country", installation.default_country),
        currency=values["currency"].upper(),
        terms=form.read_terms(),
    )
    with tempfile.TemporaryDirectory() as folder:
        paths = []
        for number, document in enumerate(values["documents"]):  # two may have one name
            (own := Path(folder) / str(number)).mkdir(mode=0o700)
            paths.append(store_document(document, own))
        upload = receive_upload(UploadKind(values["kind"]), paths, options, user)
    record_action(user, "upload.received", upload, kind=upload.kind, files=len(paths))
    return upload


def _describe_finding(finding: UploadFinding) -> dict[str, Any]:
    """Return a finding in the reader's language, with what to do about it."""
    code = CODES[finding["code"]]
    return {
        **finding,
        "column": label_field(finding["column"]),
        "message": translate_phrase(decode_text(finding["message"])),
        "meaning": translate_phrase(Phrase(code.meaning)),
        "remedy": describe_remedy(code.name),
    }


def _build_key(upload: Upload) -> str:
    return f"import_upload:{upload.pk}"


def _merge_paid(statuses: Mapping[str, int]) -> dict[str, int]:
    """Return how many sales have each status; those that a page calls bought together."""
    counts = dict(statuses)
    if "complete" in counts:
        counts["approved"] = counts.get("approved", 0) + counts.pop("complete")
    return counts
