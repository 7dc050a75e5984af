"""Judge a file: any tool's scores against what the people of this installation bought."""

import tempfile
from pathlib import Path
from typing import Any

from django import forms
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET

from ....history.errors import HistoryError
from ...engine.queue import cancel_job, enqueue_job
from ...intake.score_files import receive_scores, remove_scores_file, restore_name
from ...models import Job, JobState, Judgement, JudgementState, User
from ...models.audit import record_action
from ..access import get_user, is_allowed
from ..documents import DocumentField, store_document
from ..forms import InstantField
from ..judgement_charts import describe_result
from ..problem_words import describe_problem, describe_refusal

_SHOWN = 20
_MAX_COLUMN = 200


class JudgementForm(forms.Form):
    """A file of scores, and what is said of it; what stays empty is found by names and values."""

    document = DocumentField(
        label=gettext_lazy("File of scores"),
        help_text=gettext_lazy("One row a lead: an e-mail address or an id, and the score. CSV, Excel or Parquet."),
    )
    given_at = InstantField(
        label=gettext_lazy("The scores were given on"),
        required=False,
        help_text=gettext_lazy("The day of the export, where the file has no time of its own."),
    )
    score = forms.CharField(
        label=gettext_lazy("Column of the score"),
        required=False,
        max_length=_MAX_COLUMN,
        help_text=gettext_lazy("Empty: found by its name."),
    )
    lead = forms.CharField(
        label=gettext_lazy("Column that says who"),
        required=False,
        max_length=_MAX_COLUMN,
        help_text=gettext_lazy("Empty: the one by which most people are found."),
    )
    is_reversed = forms.BooleanField(label=gettext_lazy("Less is better, as of a churn risk"), required=False)


def create_judgement(request: HttpRequest) -> HttpResponse:
    """Take a file of scores in and ask for the job that judges it; show what was judged before."""
    form = JudgementForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        try:
            judgement = _receive(form, get_user(request))
        except HistoryError as error:
            form.add_error("document", describe_refusal(error))
        else:
            return redirect("judgement_detail", judgement_id=judgement.pk)
    page = {"form": form, "judgements": Judgement.objects.order_by("-pk")[:_SHOWN]}
    return render(request, "hub/judgement_create.html", page)


@require_GET
def show_judgement(request: HttpRequest, judgement_id: int) -> HttpResponse:
    """Show what a file's scores are worth; while its job is on its way the page asks again."""
    judgement = get_object_or_404(Judgement, pk=judgement_id)
    job = Job.objects.filter(idempotency_key=_build_key(judgement)).first()
    user = get_user(request)
    page: dict[str, Any] = {
        "judgement": judgement,
        "job": job,
        "is_open": job is not None and job.state in (JobState.QUEUED, JobState.RUNNING),
        "may_see_jobs": is_allowed(user, "job_detail"),
        "may_change": is_allowed(user, "judgement_remove"),
    }
    if judgement.result is not None:
        page["found"] = describe_result(judgement)
    problems = (describe_problem(problem, {}) for problem in judgement.problems)
    page["problems"] = [restore_name(judgement, text) for text in problems]
    if request.headers.get("HX-Request"):
        if judgement.state != JudgementState.WAITING:
            return HttpResponse(headers={"HX-Refresh": "true"})
        return render(request, "hub/judgement_waiting.html", page)
    return render(request, "hub/judgement_detail.html", page)


def remove_judgement(request: HttpRequest, judgement_id: int) -> HttpResponse:
    """Ask whether a judgement is to go, and remove it with its file."""
    judgement = get_object_or_404(Judgement, pk=judgement_id)
    if request.method != "POST":
        return render(request, "hub/judgement_remove.html", {"judgement": judgement})
    user = get_user(request)
    with transaction.atomic():
        for job in Job.objects.filter(idempotency_key=_build_key(judgement)):
            cancel_job(job.pk)
        record_action(user, "judgement.removed", judgement)
        remove_scores_file(judgement)
        judgement.delete()
    return redirect("judgement_create")


def _receive(form: JudgementForm, user: User) -> Judgement:
    values = form.cleaned_data
    given_at = values["given_at"]
    options = {
        "given_at": timezone.localtime(given_at).isoformat() if given_at else "",
        "score": values["score"].strip(),
        "lead": values["lead"].strip(),
        "is_reversed": values["is_reversed"],
    }
    with tempfile.TemporaryDirectory() as folder:
        judgement = receive_scores(store_document(values["document"], Path(folder)), options, user)
    with transaction.atomic():
        key = {"judgement_id": str(judgement.pk)}
        enqueue_job("judge_scores", key, idempotency_key=_build_key(judgement), created_by=user)
        record_action(user, "judgement.asked", judgement)
    return judgement


def _build_key(judgement: Judgement) -> str:
    return f"judge_scores:{judgement.pk}"
