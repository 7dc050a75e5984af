"""The demonstration: a new folder is filled by an owner's own steps, and all of it goes again."""

from dataclasses import replace

import pytest
from django.apps import apps
from django.db import DatabaseError, transaction

from hotleads.hub.intake.uploads import import_upload
from hotleads.hub.models import (
    AuditEntry,
    Capture,
    ConsentEvent,
    Contact,
    Job,
    Launch,
    LaunchRollup,
    Strategy,
    Upload,
    UploadState,
)
from hotleads.hub.models import Installation as InstallationRow
from hotleads.hub.people.merging import merge_contacts
from hotleads.hub.site import demo, demo_removal
from tests.hub.installations import Cast, Installation
from tests.hub.rows import create_launch


@pytest.fixture(autouse=True)
def small_world(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(demo, "_OPTIONS", replace(demo._OPTIONS, leads=60))


def test_a_demo_has_past_launches_of_each_strategy_and_an_open_one_and_all_of_it_can_be_removed(
    installation: Installation, cast: Cast
) -> None:
    assert demo.fill_demo()
    assert InstallationRow.objects.get().is_demo
    assert set(Launch.objects.values_list("strategy", flat=True)) == set(Strategy.values)
    assert Launch.objects.filter(cart_opens_at__gt=InstallationRow.objects.get().created_at).count() == 1
    assert set(Upload.objects.values_list("state", flat=True)) == {UploadState.CHECKED}
    assert Job.objects.filter(kind="import_upload").count() == 2
    for upload in Upload.objects.order_by("pk"):
        import_upload(upload)
    Job.objects.update(state="succeeded")
    assert Contact.objects.count() > 50
    assert not Capture.objects.exclude(launch_key="").filter(launch=None).exists()
    assert LaunchRollup.objects.filter(leads__gt=0).count() == Launch.objects.count()
    assert ConsentEvent.objects.exists()
    merge_contacts(*Contact.objects.order_by("pk")[:2], reason="same_email")
    assert not demo.fill_demo()

    demo_removal.run_removal({}, lambda message: None)
    left = {model.__name__ for model in apps.get_app_config("hub").get_models() if model._default_manager.exists()}
    assert left - {"Schedule"} == {"User", "Installation", "AuditEntry"}
    row = InstallationRow.objects.get()
    assert (row.is_demo, row.csv_lead_policy) == (False, "")
    assert AuditEntry.objects.filter(action="demo.removed").exists()
    assert not list(installation.data.glob("uploads/*"))


def test_consent_cannot_be_deleted_after_a_demo_was_removed_either(installation: Installation) -> None:
    InstallationRow.objects.update(is_demo=True)
    event = create_consent(Contact.objects.create())
    demo_removal.run_removal({}, lambda message: None)
    assert not ConsentEvent.objects.filter(pk=event.pk).exists()
    event = create_consent(Contact.objects.create())
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
        ConsentEvent.objects.filter(pk=event.pk)._raw_delete("default")  # type: ignore[attr-defined]


def test_an_installation_with_rows_of_its_own_is_no_demo(sqlite_installation: Installation) -> None:
    create_launch()
    with pytest.raises(demo.DemoError, match="rows of its own"):
        demo.fill_demo()
    with pytest.raises(ValueError, match="no demonstration"):
        demo_removal.run_removal({}, lambda message: None)
    assert Launch.objects.count() == 1


def create_consent(contact: Contact) -> ConsentEvent:
    return ConsentEvent.objects.create(
        contact=contact, original_contact_id=contact.pk, purpose="email_marketing", granted=True, basis="consent",
        occurred_at=InstallationRow.objects.get().created_at, source="csv", row_key=contact.pk.to_bytes(32, "big"),
    )  # fmt: skip
