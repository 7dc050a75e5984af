"""The buttons that ask for scores, the job's page with its run, and the nightly update's form."""

import pytest
from django.test import Client
from django.test.utils import override_settings
from django.urls import reverse

from hotleads.hub.engine.runner import get_job_folder
from hotleads.hub.models import AuditEntry, Job, JobState, Launch, Schedule
from tests.hub.installations import Installation
from tests.hub.web.conftest import Clients
from tests.hub.web.example_data import create_example


@pytest.fixture(scope="module")
def launch(web: Installation) -> Launch:
    return create_example(2)


def read(client: Client, name: str, *arguments: int) -> str:
    return client.get(reverse(name, args=arguments)).content.decode()


def test_a_marketer_asks_for_an_update_or_a_launchs_scores_and_a_viewer_may_not(
    clients: Clients, launch: Launch
) -> None:
    marketer, viewer = clients.sign_in("marketer"), clients.sign_in("viewer")
    assert "Update everything" in read(marketer, "job_list")
    assert "Score now" in read(marketer, "launch_detail", launch.pk)
    assert "Score now" not in read(viewer, "launch_detail", launch.pk)
    for name, arguments in (("job_update", []), ("launch_score", [launch.pk])):
        address = reverse(name, args=arguments)
        assert viewer.post(address).status_code == 403
        assert marketer.get(address).status_code == 405
        answer = marketer.post(address)
        job = Job.objects.latest("pk")
        assert answer.headers["Location"] == reverse("job_detail", args=[job.pk])
        assert (job.kind, job.created_by) == ("sync", clients.cast.marketer)
    assert set(AuditEntry.objects.values_list("action", flat=True)) >= {"update.requested", "scores.requested"}
    assert "When it succeeds: checks, the backtest, training, scores" in read(marketer, "job_detail", job.pk - 1)


def test_a_job_leads_to_its_run_or_says_how_to_see_it(owner: Client) -> None:
    job = Job.objects.create(kind="train", state=JobState.FAILED, mlflow_run_id="0a" * 16, followed_by=["score"])
    folder = get_job_folder(job)
    folder.mkdir(parents=True)
    (folder / "log.txt").write_text("fitting for <next>")
    page = read(owner, "job_detail", job.pk)
    assert "0a" * 16 in page
    assert "mlflow ui" in page
    assert "Did not come to pass: scores" in page
    assert "fitting for &lt;next&gt;" in page
    with override_settings(HUB_MLFLOW_URL="https://mlflow.example"):
        assert f'href="https://mlflow.example/#/runs/{"0a" * 16}"' in read(owner, "job_detail", job.pk)


def test_an_owner_moves_the_nightly_update_or_switches_it_off(owner: Client) -> None:
    assert 'value="03:00"' in read(owner, "installation_settings")
    owner.post(reverse("installation_updates"), {"at": "05:15"})
    schedule = Schedule.objects.get(name="update")
    assert (schedule.cron, schedule.is_active) == ("15 5 * * *", False)
    owner.post(reverse("installation_updates"), {"at": "noon", "is_active": "on"})
    assert "Give a time of day" in read(owner, "installation_settings")
    schedule.refresh_from_db()
    assert not schedule.is_active


def test_a_launch_has_as_many_hot_leads_as_its_form_says(owner: Client, launch: Launch) -> None:
    address = reverse("launch_edit", args=[launch.pk])
    form = {
        "name": launch.name, "product_id": "cake", "campaigns": "", "sources": "", "hot_leads": "200",
        "cart_opens_at": "2026-05-01T10:00", "cart_closes_at": "2026-05-08T10:00",
    }  # fmt: skip
    owner.post(address, form)
    launch.refresh_from_db()
    assert launch.tier_policy == {"rule": "capacity", "leads": 200}
    assert 'value="200"' in read(owner, "launch_edit", launch.pk)
    owner.post(address, form | {"hot_leads": ""})
    launch.refresh_from_db()
    assert launch.tier_policy == {}
