"""Jobs: what the workers do, and how far they are."""

import os
from datetime import timedelta

from django.conf import settings
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_GET, require_POST

from ...clock import get_now
from ...engine.arrivals import SCORE_ARRIVALS
from ...engine.queue import cancel_job
from ...engine.runner import read_log
from ...modelling.requests import request_update
from ...models import Job, JobState
from ...models.audit import record_action
from ..access import get_user
from ..job_results import describe_job_result
from ..paging import read_page
from ..request_context import find_work

_PAGE_ROWS = 50
_OPEN = (JobState.QUEUED, JobState.RUNNING)


@require_GET
def list_jobs(request: HttpRequest) -> HttpResponse:
    """Show the jobs, newest first; those that scored arrivals well, which are many, as a number."""
    arrivals = Job.objects.filter(kind=SCORE_ARRIVALS, state=JobState.SUCCEEDED)
    others = Job.objects.exclude(kind=SCORE_ARRIVALS, state=JobState.SUCCEEDED).select_related("created_by")
    page = read_page(others, request.GET.get("before"), _PAGE_ROWS)
    count = arrivals.filter(ended_at__gte=get_now() - timedelta(days=1)).count()
    return render(request, "hub/job_list.html", {"page": page, "arrivals": count})


@require_GET
def show_job(request: HttpRequest, job_id: int) -> HttpResponse:
    """Show a job; while it is not ended the page asks for its state again."""
    job = get_object_or_404(Job.objects.select_related("created_by", "previous"), pk=job_id)
    template = "hub/job_state.html" if request.headers.get("HX-Request") else "hub/job_detail.html"
    page = {
        "job": job,
        "is_open": job.state in _OPEN,
        "following": job.following.first(),
        "log": read_log(job),
        "result": list(describe_job_result(job.result)),
        "upload_id": job.options.get("upload_id") if job.kind == "import_upload" else None,
        "tracking_ui": settings.HUB_MLFLOW_URL,
        "tracking_store": _get_tracking_file(),
    }
    return render(request, template, page)


@require_GET
def show_work(request: HttpRequest) -> HttpResponse:
    """Show what is being worked on, as a line above a page that asks for it again; afterwards that it is done."""
    return render(request, "hub/work.html", {"work": find_work(), "was_working": True})


@require_POST
def update_everything(request: HttpRequest) -> HttpResponse:
    """Ask for everything to be brought up to date, and lead to its first job."""
    return redirect("job_detail", job_id=request_update(get_user(request)).pk)


@require_POST
def cancel_one(request: HttpRequest, job_id: int) -> HttpResponse:
    """Ask for a job to be ended."""
    job = get_object_or_404(Job, pk=job_id)
    with transaction.atomic():
        cancel_job(job.pk)
        record_action(get_user(request), "job.cancelled", job)
    return redirect("job_detail", job_id=job.pk)


def _get_tracking_file() -> str:
    """Return the URI of an MLflow store in a file; empty for a server, whose address may hold a password."""
    uri = os.environ.get("MLFLOW_TRACKING_URI", "")
    return uri if uri.startswith("sqlite:") else ""
