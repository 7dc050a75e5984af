"""Whose a file's values are: by address, number, a vendor's id, or the hub's own id, after merges."""

from django.db import transaction

from hotleads.hub.models import Contact
from hotleads.hub.people.contacts import resolve_contacts
from hotleads.hub.people.finding import find_contacts
from hotleads.hub.people.identifiers import PersonFields
from hotleads.hub.people.merging import merge_contacts
from tests.hub.installations import Installation


def create_people() -> list[int]:
    people = [
        PersonFields(email="ana@example.org", external_source="file", external_id="v7"),
        PersonFields(email="bia@example.org", phone="+5511987654321"),
        PersonFields(external_source="crm", external_id="v1"),
    ]
    with transaction.atomic():
        return [contact.pk for contact in resolve_contacts(people, by_file=False) if contact]


def test_values_are_found_by_what_they_are(installation: Installation) -> None:
    ana, bia, third = create_people()
    assert find_contacts("Email", [" ANA@Example.org", None, "", "x@example.org"]) == [ana, None, None, None]
    assert find_contacts("Phone", ["(11) 98765-4321", "+55 11 98765-4321"], "BR") == [bia, bia]
    assert find_contacts("Record ID", ["v7", "v1", "v9"]) == [ana, third, None]


def test_numbers_are_ids_of_the_hub_in_its_own_column_alone(installation: Installation) -> None:
    ana, bia, third = create_people()
    assert find_contacts("lead_id", [str(bia), "0", "x", "9" * 40]) == [bia, None, None, None]
    assert find_contacts("id", [str(bia)]) == [None]
    with transaction.atomic():
        kept, merged = merge_contacts(Contact.objects.get(pk=ana), Contact.objects.get(pk=bia), reason="same_person")
    assert find_contacts("lead_id", [str(merged.pk)]) == [kept.pk]
    assert find_contacts("e-mail", ["bia@example.org", "ana@example.org"]) == [kept.pk, kept.pk]
    assert third not in (kept.pk, merged.pk)
