"""Contacts that share a number: which groups are shown, and in what order."""

from django.db import transaction

from hotleads.hub.models import Contact
from hotleads.hub.people.contacts import resolve_contacts
from hotleads.hub.people.duplicates import list_possible_duplicates
from hotleads.hub.people.identifiers import PersonFields
from tests.hub.installations import Installation


def create_people(phones: str) -> list[Contact]:
    """Create a contact for each letter; equal letters share a number."""
    people = [
        PersonFields(email=f"lead{place}@example.com", phone=f"+55119876543{ord(letter) - ord('a'):02}")
        for place, letter in enumerate(phones)
    ]
    with transaction.atomic():
        contacts = resolve_contacts(people, by_file=False)
    return [contact for contact in contacts if contact]


def list_ids(limit: int, *, hides_file_only: bool = False) -> list[list[int]]:
    groups = list_possible_duplicates(limit, hides_file_only=hides_file_only)
    return [[contact.pk for contact in group.contacts] for group in groups]


def test_the_groups_with_the_newest_contacts_are_shown(installation: Installation) -> None:
    ids = [contact.pk for contact in create_people("abcdxabcdy")]
    assert list_ids(2) == [[ids[3], ids[8]], [ids[2], ids[7]]]
    assert list_ids(9) == [[ids[3 - place], ids[8 - place]] for place in range(4)]


def test_hidden_contacts_make_no_group_and_none_newer(installation: Installation) -> None:
    ids = [contact.pk for contact in create_people("aabbccddbcd")]
    hidden = [ids[place] for place in (6, 8, 9, 10)]  # one of the first two of d, the newest of b, c and d
    Contact.objects.filter(pk__in=hidden).update(came_by_file_only=True)
    shown = [ids[4:6], ids[2:4], ids[0:2]]
    for limit in (1, 2, 3, 9):
        assert list_ids(limit, hides_file_only=True) == shown[:limit]
    assert list_ids(9)[0] == [ids[6], ids[7], ids[10]]
