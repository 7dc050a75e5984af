"""Merges and their undoing: what belongs to whom, whatever is merged with whom and in which order."""

import pytest
from django.db import models, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hotleads.hub.models import (
    Capture,
    ConsentEvent,
    Contact,
    ContactMerge,
    CurrentScore,
    Event,
    Identity,
    Purchase,
    Purpose,
    Score,
)
from hotleads.hub.models.launch_lead import LaunchLead
from hotleads.hub.models.rollups import update_rollups
from hotleads.hub.people.consent import list_permitted, withdraw_consent
from hotleads.hub.people.contacts import resolve_contacts
from hotleads.hub.people.duplicates import list_possible_duplicates
from hotleads.hub.people.identifiers import PersonFields
from hotleads.hub.people.merging import MergeError, merge_contacts, undo_merge
from tests.hub.installations import Installation
from tests.hub.privacy.people import ANA, BRUNO, create_person, resolve
from tests.hub.rows import build_capture, create_contact, create_launch

PHONE = "+5511987654321"
PEOPLE = (
    PersonFields(email="ana@example.com", phone=PHONE, name="Ana"),
    PersonFields(email="ana.s@example.com", phone=PHONE, name="Ana", country="BR"),
    PersonFields(phone="+5511911112222", name="A. Souza", external_source="crm", external_id="7"),
    PersonFields(external_source="crm", external_id="8", language="pt"),
)
_TABLES = (Contact, Identity, Capture, Purchase, Event, ConsentEvent, Score, LaunchLead)


def read_state() -> dict[str, list[dict[str, object]]]:
    """Everything but present scores, which the next scoring makes, and the record of merges itself."""
    ordered = {LaunchLead: ("launch", "contact")}
    return {
        model.__name__: [read_row(row) for row in model.objects.order_by(*ordered.get(model, ("pk",)))]
        for model in _TABLES
    }


def read_row(row: models.Model) -> dict[str, object]:
    left_out = {"id"} if isinstance(row, LaunchLead) else set()
    return {field.attname: getattr(row, field.attname) for field in row._meta.concrete_fields} | dict.fromkeys(left_out)


@pytest.mark.slow
@given(data=st.data())
@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_merges_that_are_undone_leave_everything_as_it_was(
    sqlite_installation: Installation, data: st.DataObject
) -> None:
    with transaction.atomic():
        launch = create_launch()
        chosen = data.draw(st.lists(st.sampled_from(PEOPLE), min_size=2, unique=True), label="people")
        contacts = [create_person(person, launch, data.draw(st.integers(1, 2))) for person in chosen]
        CurrentScore.objects.all().delete()
        update_rollups([contact.pk for contact in contacts])
        Contact.objects.filter(pk=contacts[0].pk).update(came_by_file_only=data.draw(st.booleans()))
        before = read_state()
        for _ in range(data.draw(st.integers(1, len(contacts) - 1), label="merges")):
            alive = list(Contact.objects.filter(merged_into=None).order_by("pk"))
            one, other = data.draw(st.permutations(alive))[:2]
            kept, _merged = merge_contacts(one, other, reason="by_hand")
            assert kept.pk == min(one.pk, other.pk)
        assert set(Capture.objects.values_list("contact__merged_into", flat=True)) == {None}
        for merge in ContactMerge.objects.order_by("-pk"):
            undo_merge(merge)
        assert read_state() == before
        transaction.set_rollback(True)


def test_what_arrived_since_a_merge_stays_with_the_elder(installation: Installation) -> None:
    launch = create_launch()
    elder, younger = create_person(ANA, launch), create_person(BRUNO, launch)
    with transaction.atomic():
        merge_contacts(elder, younger, reason="by_hand")
        withdraw_consent(Contact.objects.get(pk=elder.pk), [Purpose.EMAIL_MARKETING], "unsubscribe")
    assert resolve(BRUNO)[0] == elder
    build_capture(elder, 99, launch=launch, source="snippet").save()
    with transaction.atomic():
        undo_merge(ContactMerge.objects.get())
    assert Capture.objects.filter(contact=elder).count() == 4
    assert Capture.objects.filter(contact=younger).count() == 3
    assert list_permitted([elder.pk, younger.pk], Purpose.EMAIL_MARKETING) == {younger.pk}
    assert not Contact.objects.get(pk=elder.pk).came_by_file_only
    assert resolve(BRUNO, ANA) == [younger, elder]


def test_an_earlier_merge_waits_for_the_later_one(installation: Installation) -> None:
    first, second, third = (create_contact(name=name) for name in ("Ana", "Bruno", "Carla"))
    with transaction.atomic():
        merge_contacts(second, third, reason="by_hand")
        merge_contacts(first, second, reason="by_hand")
    earlier, later = ContactMerge.objects.order_by("pk")
    with pytest.raises(MergeError, match=f"undo merge {later.pk} first"):
        undo_merge(earlier)
    with pytest.raises(MergeError, match="one contact already"):
        merge_contacts(Contact.objects.get(pk=first.pk), Contact.objects.get(pk=third.pk), reason="by_hand")
    with transaction.atomic():
        undo_merge(later)
    assert Contact.objects.get(pk=third.pk).merged_into_id == second.pk
    with pytest.raises(MergeError, match="undone already"):
        undo_merge(later)


def test_a_shared_number_makes_possible_duplicates_the_same_name_first(installation: Installation) -> None:
    with transaction.atomic():
        families = [
            PersonFields(email="a@example.com", phone=PHONE, name="Ana Souza"),
            PersonFields(email="b@example.com", phone=PHONE, name=" ana  souza"),
            PersonFields(email="c@example.com", phone="+5511911112222", name="Bruno"),
            PersonFields(email="d@example.com", phone="+5511911112222", name="Carla"),
            PersonFields(email="e@example.com", phone="+5511933334444", name="Davi"),
        ]
        ids = [contact and contact.pk for contact in resolve_contacts(families, by_file=True)]
    found = list_possible_duplicates(10, hides_file_only=False)
    assert [([contact.pk for contact in one.contacts], one.has_same_name) for one in found] == [
        (ids[:2], True),
        (ids[2:4], False),
    ]
    assert list_possible_duplicates(10, hides_file_only=True) == []


def test_a_number_that_comes_for_another_contact_later_is_shared(installation: Installation) -> None:
    for email in ("a@example.com", "b@example.com", "c@example.com"):
        with transaction.atomic():
            resolve_contacts([PersonFields(email=email, phone=PHONE)], by_file=False)
    (found,) = list_possible_duplicates(10, hides_file_only=False)
    assert [contact.email for contact in found.contacts] == ["a@example.com", "b@example.com", "c@example.com"]


def test_of_a_number_that_many_gave_a_few_contacts_are_shown(installation: Installation) -> None:
    with transaction.atomic():
        resolve_contacts([PersonFields(email=f"p{n}@example.com", phone=PHONE) for n in range(12)], by_file=False)
    (found,) = list_possible_duplicates(10, hides_file_only=False)
    assert len(found.contacts) == 10
