"""The end of a demonstration: one question, and the job that removes all of it."""

from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from ...engine.queue import enqueue_job
from ...models import AuditEntry
from ..access import get_user
from ..request_context import get_installation


def remove_demo(request: HttpRequest) -> HttpResponse:
    """Ask whether the demonstration is to go, and ask for the job that removes it."""
    if not get_installation(request).is_demo:
        raise Http404
    if request.method != "POST":
        return render(request, "hub/demo_remove.html")
    user = get_user(request)
    with transaction.atomic():
        job = enqueue_job("remove_demo", {}, created_by=user)
        AuditEntry.objects.create(actor=user, action="demo.removal_asked", subject_type="installation", subject_id="1")
    return redirect("job_detail", job_id=job.pk)
