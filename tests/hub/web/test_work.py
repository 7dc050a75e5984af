"""What pages say is under way."""

import pytest
from django.test import Client
from django.urls import reverse

from hotleads.hub.clock import get_now
from hotleads.hub.engine.queue import claim_job, enqueue_job, finish_job
from hotleads.hub.models import Job
from hotleads.hub.site.job_kinds import register_kinds
from tests.hub.installations import Installation
from tests.hub.web.conftest import Clients


@pytest.fixture
def job(web: Installation) -> Job:
    register_kinds()
    Job.objects.all().delete()
    enqueue_job("train", {}, followed_by=["score"])
    job = claim_job("jobs", 60.0)
    assert job is not None
    Job.objects.filter(pk=job.pk).update(progress="window 3 of 9")
    return job


def test_every_page_says_what_is_worked_on_until_it_is_done(job: Job, owner: Client) -> None:
    page = owner.get(reverse("launch_list")).content.decode()
    assert "At work:" in page
    assert "training" in page
    assert "window 3 of 9" in page
    assert "scores" in page
    assert "At work:" in owner.get(reverse("work")).content.decode()
    assert "At work:" not in owner.get(reverse("job_detail", args=[job.pk])).content.decode()  # it says so itself
    Job.objects.filter(pk=job.pk).update(followed_by=[])
    job.refresh_from_db()
    assert finish_job(job, {})
    assert "Show what is new" in owner.get(reverse("work")).content.decode()
    assert 'id="work"' not in owner.get(reverse("launch_list")).content.decode()


def test_who_sees_counts_sees_it_and_others_do_not(job: Job, clients: Clients) -> None:
    assert "At work:" in clients.sign_in("viewer").get(reverse("home")).content.decode()
    seller = clients.sign_in("seller")
    assert "At work:" not in seller.get(reverse("home")).content.decode()
    assert seller.get(reverse("work")).status_code == 403
    assert "At work:" not in clients.outsider.get("/account/login/").content.decode()


def test_a_job_of_another_day_is_not_under_way_and_says_when_it_is_due(web: Installation, owner: Client) -> None:
    register_kinds()
    Job.objects.all().delete()
    enqueue_job("sync", {}, run_at=get_now().replace(year=2099))
    page = owner.get(reverse("job_list")).content.decode()
    assert "due " in page
    assert "2099" in page
    assert 'id="work"' not in page
