"""Retention: what is too old goes at night, and nothing else does."""

from datetime import timedelta

from django.contrib.sessions.models import Session

from hotleads.hub.clock import get_now
from hotleads.hub.intake.score_files import find_scores, receive_scores
from hotleads.hub.intake.uploads import UploadOptions, get_upload_folder, receive_upload
from hotleads.hub.models import (
    AuditEntry,
    InboxItem,
    InboxOutcome,
    Job,
    JobState,
    Judgement,
    Purchase,
    Schedule,
    Upload,
    UploadKind,
)
from hotleads.hub.privacy.erasure import run_erasure, start_erasure
from hotleads.hub.privacy.retention import run_retention
from tests.hub.installations import Installation
from tests.hub.privacy.people import ANA, BRUNO, create_person
from tests.hub.rows import build_purchase, create_launch

LONG_AGO = timedelta(days=400)


def test_what_is_too_old_goes_and_the_rest_stays(installation: Installation) -> None:
    now = get_now()
    old, waiting, new = (
        InboxItem.objects.create(source="api", envelope_id=name, body=b"{}", received_at=at, outcome=outcome)
        for name, at, outcome in [
            ("old", now - LONG_AGO, InboxOutcome.PROCESSED),
            ("waiting", now - LONG_AGO, InboxOutcome.WAITING),
            ("new", now, InboxOutcome.PROCESSED),
        ]
    )
    leads = installation.data / "leads.csv"
    leads.write_text("email\nzoe@example.com\n", encoding="utf-8")
    forgotten, recent = (receive_upload(UploadKind.LEADS, [leads], UploadOptions()) for _ in range(2))
    Upload.objects.filter(pk=forgotten.pk).update(created_at=now - LONG_AGO)
    scores = receive_scores(leads, {})
    Judgement.objects.update(created_at=now - LONG_AGO)
    ended = Job.objects.create(kind="sync", state=JobState.SUCCEEDED, ended_at=now - LONG_AGO)
    running = Job.objects.create(kind="sync", state=JobState.RUNNING)
    for key in (None, "score_arrivals:1:0"):
        arrivals = {"kind": "score_arrivals", "state": JobState.SUCCEEDED, "idempotency_key": key}
        Job.objects.create(ended_at=now - timedelta(days=2), **arrivals)
    Job.objects.create(kind="score_arrivals", state=JobState.SUCCEEDED, ended_at=now)
    for name in (str(ended.pk), str(running.pk), "987"):
        (installation.data / "jobs" / name).mkdir(parents=True)
    Session.objects.create(session_key="gone", expire_date=now - LONG_AGO)
    Session.objects.create(session_key="here", expire_date=now + LONG_AGO)

    removed = run_retention({}, lambda message: None)["removed"]

    assert removed == {
        "messages": 1,
        "uploads": 1,
        "judged_files": 1,
        "job_files": 2,
        "arrival_jobs": 1,
        "sessions": 1,
        "rows_of_erased_people": 0,
    }
    assert Job.objects.filter(kind="score_arrivals").count() == 2
    assert {item.pk for item in InboxItem.objects.filter(body__isnull=False)} == {waiting.pk, new.pk}
    assert InboxItem.objects.filter(pk=old.pk).exists()
    assert (get_upload_folder(forgotten).exists(), get_upload_folder(recent).exists()) == (False, True)
    assert find_scores(scores) is None
    assert Judgement.objects.get().state == "refused"
    forgotten.refresh_from_db()
    assert forgotten.state == "refused"
    assert [path.name for path in (installation.data / "jobs").iterdir()] == [str(running.pk)]
    assert list(Session.objects.values_list("session_key", flat=True)) == ["here"]
    assert AuditEntry.objects.get(action="retention.run").details == removed


def test_rows_written_of_an_erased_person_meanwhile_go_too(installation: Installation) -> None:
    launch = create_launch()
    ana, bruno = create_person(ANA, launch), create_person(BRUNO, launch)
    run_erasure(start_erasure(ana, None))
    build_purchase(ana, 99).save()
    assert run_retention({}, lambda message: None)["removed"]["rows_of_erased_people"] == 1
    assert set(Purchase.objects.values_list("contact_id", flat=True)) == {bruno.pk}


def test_an_installation_asks_for_it_every_night(sqlite_installation: Installation) -> None:
    schedule = Schedule.objects.get(name="retention")
    assert (schedule.kind, schedule.is_active) == ("retention", True)
    assert schedule.next_run_at > get_now()
