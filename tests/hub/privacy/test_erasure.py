"""Erasure: nothing of the person is left, and nothing brings them back."""

import subprocess
from pathlib import Path

import psycopg
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from django.apps import apps
from django.db import connection, transaction

from hotleads.hub.feed.sync import export_history
from hotleads.hub.intake.uploads import UploadOptions, get_upload_folder, receive_upload
from hotleads.hub.models import (
    AuditEntry,
    Capture,
    ConsentEvent,
    Contact,
    Erasure,
    Identity,
    InboxItem,
    InboxOutcome,
    Tombstone,
    UploadKind,
)
from hotleads.hub.models.personal_columns import PERSONAL_COLUMNS
from hotleads.hub.people.identifiers import PersonFields
from hotleads.hub.people.merging import merge_contacts
from hotleads.hub.privacy import compaction
from hotleads.hub.privacy.erasers import ERASERS, KEPT_TABLES
from hotleads.hub.privacy.erasure import run_erasure, start_erasure
from hotleads.hub.privacy.tombstone_file import TOMBSTONES_FILE, read_tombstones
from tests.hub.installations import Installation
from tests.hub.postgres import find_client_programs
from tests.hub.privacy.byte_search import find_traces, read_folder
from tests.hub.privacy.people import ANA, BRUNO, TEXTS, create_person, resolve
from tests.hub.rows import create_launch


def erase(contact: Contact) -> Erasure:
    return run_erasure(start_erasure(contact, None))


def read_database(installation: Installation) -> dict[str, bytes]:
    """The bytes of the database: its files, and on PostgreSQL a dump too."""
    if installation.vendor == "sqlite":
        return {}  # its files are in the folder
    dump = subprocess.run(
        [str(find_client_programs() / "pg_dump"), installation.url], capture_output=True, check=True
    ).stdout
    with psycopg.connect(installation.url, autocommit=True) as server:
        server.execute("CHECKPOINT")
        folder = server.execute("SELECT current_setting('data_directory')").fetchone()
        oid = server.execute("SELECT oid FROM pg_database WHERE datname = current_database()").fetchone()
    assert folder is not None
    assert oid is not None
    return {"dump": dump} | read_folder(Path(folder[0]) / "base" / str(oid[0]))


def test_a_short_name_or_id_removes_no_message_of_others(sqlite_installation: Installation) -> None:
    ana = create_person(
        PersonFields(email="ana@example.com", name="Ana", external_source="crm", external_id="7"), create_launch()
    )
    bodies = {
        "hers": b'{"buyer": "ANA@example.com"}',
        "others": b'{"buyer": "mariana@example.net", "name": "Mariana", "amount": 77}',
    }
    for name, body in bodies.items():
        InboxItem.objects.create(source="api", envelope_id=name, body=body, outcome=InboxOutcome.FAILED)

    assert erase(ana).removed["inbox"] == 1

    assert InboxItem.objects.get(body__isnull=False).envelope_id == "others"


@pytest.mark.slow
def test_no_byte_of_an_erased_person_is_left(installation: Installation, tmp_path: Path) -> None:
    launch = create_launch()
    ana, bruno = create_person(ANA, launch), create_person(BRUNO, launch)
    export_history(installation.data / "history")
    scored = installation.data / "jobs" / "1" / "attempt-1" / "scores.parquet"
    scored.parent.mkdir(parents=True)
    pq.write_table(pa.table({"lead_id": [str(ana.pk), str(bruno.pk)], "text": [ANA.name, ""]}), scored)
    scored.with_suffix(".csv").write_text(f"lead_id,text\n{ana.pk},{ANA.name}\n{bruno.pk},\n", encoding="utf-8")
    waiting = tmp_path / f"{ANA.name}.csv"
    waiting.write_text(f"email,name\n{ANA.email},{ANA.name}\n", encoding="utf-8")
    upload = receive_upload(UploadKind.LEADS, [waiting], UploadOptions())
    connection.close()
    before = read_folder(installation.data) | read_database(installation)
    assert {text for _, text in find_traces(before, TEXTS)} >= {ANA.email, ANA.name}, "the search finds nothing"

    brought, other, _unread = (
        InboxItem.objects.create(source="api", envelope_id=name, body=body, outcome=outcome)
        for name, body, outcome in [
            ("1", b"{}", InboxOutcome.PROCESSED),
            ("2", b"{}", InboxOutcome.PROCESSED),
            ("3", ANA.email.upper().encode(), InboxOutcome.UNKNOWN),
        ]
    )
    brought.contacts.add(ana, bruno)
    other.contacts.add(bruno)

    erasure = erase(ana)

    connection.close()
    assert find_traces(read_folder(installation.data) | read_database(installation), TEXTS) == []
    assert erasure.removed["rows"] == 10
    assert erasure.removed["feed"] == 9
    assert erasure.removed["history"] >= 3
    assert erasure.removed["files"] == 2
    assert (erasure.state, erasure.compacted_at is None) == ("done", False)
    assert pq.read_table(scored)["lead_id"].to_pylist() == [str(bruno.pk)]
    assert pq.read_table(installation.data / "history" / "leads.parquet").num_rows == 1
    upload.refresh_from_db()
    assert (upload.state, upload.file_names, get_upload_folder(upload).exists()) == ("refused", None, False)
    kept = InboxItem.objects.filter(body__isnull=False)
    assert ([item.pk for item in kept], list(brought.contacts.all())) == ([other.pk], [bruno])
    assert erasure.removed["inbox"] == 2
    launch.rollup.refresh_from_db()
    assert (launch.rollup.leads, launch.rollup.captures, launch.rollup.hot) == (1, 3, 1)
    assert Contact.objects.get(pk=bruno.pk).phone == BRUNO.phone
    assert Capture.objects.filter(contact=bruno).count() == 3
    assert ConsentEvent.objects.filter(contact=ana).count() == 1
    entry = AuditEntry.objects.get(action="contact.erased")
    assert (entry.subject_id, entry.details) == (str(ana.pk), {})


def test_rows_that_bring_an_erased_person_back_are_left_out_and_counted(installation: Installation) -> None:
    ana = create_person(ANA, create_launch())
    erase(ana)
    family = PersonFields(email="family@example.com", phone=ANA.phone, name=ANA.name)
    rows = [
        ANA,
        PersonFields(email=ANA.email, name="Another Name"),
        PersonFields(external_source="crm", external_id=ANA.external_id, phone="+5511999999999"),
        PersonFields(phone=ANA.phone, name=f"  {ANA.name.upper()} "),
        PersonFields(phone=ANA.phone),
    ]
    assert resolve(*rows) == [None] * len(rows)
    assert sum(Tombstone.objects.values_list("rows_kept_out", flat=True)) == len(rows)
    others = resolve(family, PersonFields(phone=ANA.phone, name="Somebody Else"), PersonFields("", "", "No One"))
    assert [contact is not None for contact in others] == [True, True, False]
    assert set(Identity.objects.values_list("contact_id", flat=True)).isdisjoint({ana.pk})


def test_who_was_merged_into_the_person_is_erased_with_them(installation: Installation) -> None:
    launch = create_launch()
    ana = create_person(ANA, launch)
    other = create_person(PersonFields(email="other.zephyrine@forgotten.example", name="Q. Zephyrine"), launch)
    with transaction.atomic():
        merge_contacts(ana, other, reason="by_hand")
    erasure = erase(Contact.objects.get(pk=other.pk))
    assert erasure.contact_id == ana.pk
    assert not Capture.objects.exists()
    assert not Contact.objects.filter(name__isnull=False).exists()
    assert resolve(ANA, PersonFields(email="other.zephyrine@forgotten.example")) == [None, None]


def test_an_erasure_that_was_stopped_goes_on_and_asking_again_gives_its_receipt(
    installation: Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    ana = create_person(ANA, create_launch())
    erasure = start_erasure(ana, None)

    def stop(_person: object) -> int:
        raise OSError("the disk is full")

    monkeypatch.setattr("hotleads.hub.privacy.erased_files.erase_history", stop)
    with pytest.raises(OSError, match="full"):
        run_erasure(erasure)
    assert resolve(ANA) == [None]
    monkeypatch.undo()
    again = start_erasure(Contact.objects.get(pk=ana.pk), None)
    assert again.pk == erasure.pk
    assert run_erasure(again).removed["rows"] == 10
    assert run_erasure(again).state == "done"
    assert Contact.objects.get(pk=ana.pk).name is None


def test_tombstones_are_kept_beside_the_key_too(installation: Installation) -> None:
    erase(create_person(ANA, create_launch()))
    path = installation.data / TOMBSTONES_FILE
    assert read_tombstones(path) == set(Tombstone.objects.values_list("digest", flat=True))
    assert path.stat().st_mode & 0o077 == 0


def test_a_large_database_is_written_anew_at_night(
    sqlite_installation: Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    from hotleads.hub.models import Job
    from hotleads.hub.privacy.jobs import run_compact
    from hotleads.hub.site.job_kinds import register_kinds

    register_kinds()
    monkeypatch.setattr(compaction, "MAX_BYTES_BY_DAY", 1)
    erasure = erase(create_person(ANA, create_launch()))
    assert (erasure.state, erasure.compacted_at) == ("done", None)
    assert Job.objects.get(kind="compact").run_at.hour == 3
    assert run_compact({}, lambda message: None) == {"is_done": True}
    erasure.refresh_from_db()
    assert erasure.compacted_at is not None


def test_every_table_with_something_about_a_person_is_erased_or_kept_for_a_reason() -> None:
    reached = {table for eraser in ERASERS for table in eraser.tables}
    about_people = {column.name.partition(".")[0] for column in PERSONAL_COLUMNS}
    for model in apps.get_app_config("hub").get_models(include_auto_created=True):
        keys = {"contact_id", "original_contact_id", "kept_id", "merged_id"}
        if any(field.column in keys or field.related_model is Contact for field in model._meta.concrete_fields):
            about_people.add(model._meta.db_table)
    assert about_people - reached - set(KEPT_TABLES) == set()
    assert reached.isdisjoint(KEPT_TABLES)


def test_every_eraser_is_there() -> None:
    assert [eraser.name for eraser in ERASERS if not callable(eraser.load())] == []
