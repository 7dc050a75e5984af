"""Uploads: files brought, a mapping proposed and corrected, a verdict, and the job that takes them in."""

import json
import tempfile
from dataclasses import replace
from pathlib import Path
from typing import Any

from django import forms
from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_POST

from ....checks import CODES
from ....history.errors import HistoryError
from ....language import Phrase, Translator
from ...engine.queue import enqueue_job
from ...errors import HubError
from ...intake.file_fields import list_fields
from ...intake.file_templates import render_leads_template
from ...intake.proposals import FileMapping, name_attribute
from ...intake.upload_checks import UploadFinding
from ...intake.uploads import UploadOptions, check_upload, propose_upload, receive_upload, restore_names
from ...models import Job, Upload, UploadKind, UploadState
from ...models.audit import record_action
from ..access import get_user
from ..documents import ACCEPTED, store_document
from ..formats import get_locale
from ..paging import read_page
from ..remedies import describe_remedy
from ..request_context import get_installation
from ..terms_form import TermsForm

_PAGE_ROWS = 50
_MAX_BYTES = 1_000_000_000
_ANSWER = "attr"
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
    field_order = ("kind", "documents", "currency")

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
        help_text=gettext_lazy("For purchases, such as BRL."),
    )

    def clean(self) -> dict[str, Any]:
        """Refuse half a declaration, and too much at once."""
        values = super().clean()
        if sum(file.size for file in values.get("documents") or []) > _MAX_BYTES:
            self.add_error("documents", _("More than 1 GB at once: bring the files one by one."))
        return values


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
    form = _UploadForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        try:
            upload = _receive(request, form)
        except (HistoryError, HubError) as error:
            form.add_error("documents", str(error))
        else:
            return redirect("upload_detail", upload_id=upload.pk)
    return render(request, "hub/upload_create.html", {"form": form})


def show_upload(request: HttpRequest, upload_id: int) -> HttpResponse:
    """Show an upload's mapping as a form and the verdict on it; a form that is sent is checked."""
    upload = get_object_or_404(Upload, pk=upload_id)
    job = Job.objects.filter(idempotency_key=_build_key(upload)).first()
    page: dict[str, Any] = {"upload": upload, "job": job, "names": json.loads(upload.file_names or "[]")}
    if upload.state in _OPEN and job is None:
        try:
            proposed = propose_upload(upload)
            if request.method == "POST":
                check_upload(upload, _read_mappings(proposed, request.POST))
                return redirect("upload_detail", upload_id=upload.pk)
            page["files"] = _describe_files(upload, proposed)
            page["fields"] = list_fields(upload.kind)
        except HubError as error:
            messages.error(request, restore_names(upload, str(error)))
    page["findings"] = [_describe_finding(finding) for finding in upload.verdict.get("findings", [])]
    page["notes"] = [_describe_note(note) for note in upload.verdict.get("notes", [])]
    page["problems"] = [restore_names(upload, text) for text in upload.verdict.get("problems", [])]
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
    options = UploadOptions(
        time_zone=installation.time_zone,
        default_country=installation.default_country,
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
    """Return a finding in the reader's language, with what to do about it; the lab's figures are in English alone."""
    translate, code = Translator(get_locale()), CODES[finding["code"]]
    message = finding["message"] if translate.language == "en" else ""
    return {**finding, "message": message, "meaning": translate(code.meaning), "remedy": describe_remedy(code.name)}


def _describe_note(note: dict[str, Any]) -> str:
    return Translator(get_locale()).translate_phrase(Phrase(note["text"], **note["values"]))


def _describe_files(upload: Upload, proposed: list[FileMapping]) -> list[dict[str, Any]]:
    """Return each file's columns with the field that each is, as it was checked last or else as it is proposed."""
    kept = {(each["file"], each["sheet"]): each["columns"] for each in json.loads(upload.mapping or "[]")}
    files = []
    for number, mapping in enumerate(proposed):
        columns = kept.get((mapping.file, mapping.sheet), mapping.columns)
        field_of = {column: name for name, column in columns.items()}
        rows = [
            {"name": f"c{number}-{position}", "column": column, "field": field_of.get(column, "")}
            for position, column in enumerate(_list_columns(mapping))
        ]
        name = restore_names(upload, mapping.file) + (f" · {mapping.sheet}" if mapping.sheet else "")
        files.append({"name": name, "rows": rows, "doubts": mapping.doubts})
    return files


def _read_mappings(proposed: list[FileMapping], form: QueryDict) -> list[FileMapping]:
    """Return the mappings that a form gives. Raises HubError where two columns are the same field."""
    mappings = []
    for number, mapping in enumerate(proposed):
        columns: dict[str, str] = {}
        for position, column in enumerate(_list_columns(mapping)):
            name = form.get(f"c{number}-{position}", "")
            name = name_attribute(column) if name == _ANSWER else name
            if name and name in columns:
                raise HubError(_("Two columns are both %(field)s: leave one of them out.") % {"field": name})
            if name:
                columns[name] = column
        unused = [column for column in _list_columns(mapping) if column not in columns.values()]
        mappings.append(replace(mapping, columns=columns, unused=unused))
    return mappings


def _list_columns(mapping: FileMapping) -> list[str]:
    return [*mapping.columns.values(), *mapping.unused]


def _build_key(upload: Upload) -> str:
    return f"import_upload:{upload.pk}"
