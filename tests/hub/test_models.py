"""The tables: what is sealed, what is declared as personal, what the database refuses."""

from collections.abc import Iterator

import pytest
from django.apps import apps
from django.core.management import call_command
from django.db import DatabaseError, connection, models, transaction

from hotleads.history.schema import STATUSES, STRATEGIES
from hotleads.hub.clock import get_now
from hotleads.hub.models import AuditEntry, ConsentEvent, Contact, Installation, PurchaseStatus, Strategy, User
from hotleads.hub.models.personal_columns import IMPERSONAL_COLUMNS, PERSONAL_COLUMNS, SEALED
from hotleads.hub.sealing import hash_lookup
from hotleads.hub.sealing.fields import SealedBytesField, SealedTextField
from tests.hub import installations

#: Values of these types tell nothing about a person by themselves.
_NUMBERS_AND_TIMES = (
    models.AutoField,
    models.BooleanField,
    models.DateTimeField,
    models.FloatField,
    models.ForeignKey,
    models.IntegerField,
)


def list_columns() -> Iterator[tuple[str, models.Field]]:
    for model in apps.get_app_config("hub").get_models():
        for field in model._meta.concrete_fields:
            yield f"{model._meta.db_table}.{field.column}", field


def test_every_column_that_could_hold_something_personal_is_declared() -> None:
    could = {name for name, field in list_columns() if not isinstance(field, _NUMBERS_AND_TIMES)}
    personal = {column.name for column in PERSONAL_COLUMNS}
    assert could - personal - IMPERSONAL_COLUMNS == set()
    assert (personal | IMPERSONAL_COLUMNS) - could == set()
    assert personal & IMPERSONAL_COLUMNS == set()


def test_columns_declared_as_sealed_are_those_that_seal() -> None:
    sealing = {name for name, field in list_columns() if isinstance(field, SealedTextField | SealedBytesField)}
    assert {column.name for column in PERSONAL_COLUMNS if column.storage == SEALED} == sealing - {
        "hub_installation.key_check"
    }


def test_plain_personal_columns_say_why() -> None:
    assert [column.name for column in PERSONAL_COLUMNS if (column.storage == "plain") != bool(column.reason)] == []


def test_statuses_and_strategies_are_those_of_the_history() -> None:
    assert tuple(PurchaseStatus.values) == STATUSES
    assert set(Strategy.values) == set(STRATEGIES)


def test_migrations_make_the_tables_of_the_models(installation: installations.Installation) -> None:
    call_command("makemigrations", "--check", "--dry-run", verbosity=0)


def test_sealed_columns_hold_no_byte_of_what_they_say(installation: installations.Installation) -> None:
    contact = Contact.objects.create(email="ana@example.com", name="Ana Souza", email_hmac=hash_lookup("email", "a"))
    with connection.cursor() as cursor:
        cursor.execute("SELECT email, name FROM hub_contact")
        stored = [bytes(value) for value in cursor.fetchone()]
    assert not [value for value in stored if b"ana" in value.lower()]
    assert Contact.objects.get(email_hmac=hash_lookup("email", "a")).name == "Ana Souza"
    assert Contact.objects.get(pk=contact.pk).phone is None


def test_a_changed_audit_entry_or_consent_is_refused(installation: installations.Installation) -> None:
    contact = Contact.objects.create()
    elder = Contact.objects.create()
    AuditEntry.objects.create(action="launch.create")
    ConsentEvent.objects.create(
        contact=contact,
        original_contact_id=contact.pk,
        purpose="email_marketing",
        granted=True,
        occurred_at=get_now(),
        source="csv",
        row_key=b"k" * 32,
    )
    for change in (
        lambda: AuditEntry.objects.update(action="launch.delete"),
        lambda: AuditEntry.objects.all().delete(),
        lambda: ConsentEvent.objects.update(granted=False),
        lambda: ConsentEvent.objects.all().delete(),
    ):
        with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
            change()
    assert ConsentEvent.objects.update(contact=elder) == 1  # consent follows a merge


def test_there_is_one_installation_row(installation: installations.Installation) -> None:
    assert Installation.objects.get().csv_lead_policy == ""
    with pytest.raises(DatabaseError), transaction.atomic():
        Installation.objects.create(id=2)


def test_an_address_signs_in_however_it_is_written(installation: installations.Installation) -> None:
    user = User.objects.create_user(" Ana@Example.com", "owner", "a long pass phrase")
    assert user.email == "ana@example.com"
    assert User.objects.get_by_natural_key("ANA@example.com") == user
    assert user.check_password("a long pass phrase")
    assert "ana" not in str(user)
