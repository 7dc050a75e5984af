"""A demonstration: made on an empty installation by a job, and removed by another after one question."""

from django.contrib import messages
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from ...clock import get_now
from ...engine.queue import enqueue_job
from ...figures.first_run import read_first_run
from ...models.audit import record_action
from ..access import get_user
from ..request_context import get_installation


@require_POST
def start_demo(request: HttpRequest) -> HttpResponse:
    """Ask for the job that fills an empty installation with an invented business."""
    installation, user = get_installation(request), get_user(request)
    first_run = read_first_run(installation, get_now())
    if first_run is None or not first_run.is_empty:
        messages.error(request, _("There is something here already: a demo is made on an empty installation."))
        return redirect("home")
    with transaction.atomic():
        job = enqueue_job(
            "fill_demo", {}, idempotency_key=f"fill_demo:{user.pk}:{get_now():%Y%m%d%H%M}", created_by=user
        )
        record_action(user, "demo.asked", get_installation(request))
    return redirect("job_detail", job_id=job.pk)


def remove_demo(request: HttpRequest) -> HttpResponse:
    """Ask whether the demonstration is to go, and ask for the job that removes it."""
    if not get_installation(request).is_demo:
        raise Http404
    if request.method != "POST":
        return render(request, "hub/demo_remove.html")
    user = get_user(request)
    with transaction.atomic():
        job = enqueue_job("remove_demo", {}, created_by=user)
        record_action(user, "demo.removal_asked", get_installation(request))
    return redirect("job_detail", job_id=job.pk)
