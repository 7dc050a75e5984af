"""Who is the same person."""

import random
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime

import pytest
from django.db import OperationalError, connection, transaction
from django.test.utils import CaptureQueriesContext

from hotleads.hub.clock import get_now
from hotleads.hub.models import Capture, ConsentEvent, Contact, ContactMerge, Identity, LegalBasis, Purpose
from hotleads.hub.people.consent import ConsentTerms, Grant, list_objectors, list_permitted, record_consent
from hotleads.hub.people.contacts import resolve_contacts
from hotleads.hub.people.duplicates import list_possible_duplicates
from hotleads.hub.people.identifiers import PersonFields
from hotleads.hub.people.lookup_keys import normalise_name
from tests.hub.installations import Installation

ANA = PersonFields(email="ana@example.com", name="Ana")


def resolve(*people: PersonFields, by_file: bool = True) -> list[int | None]:
    with transaction.atomic():
        return [contact and contact.pk for contact in resolve_contacts(people, by_file=by_file)]


def capture(contact_id: int, key: bytes) -> Capture:
    return Capture.objects.create(
        contact_id=contact_id,
        original_contact_id=contact_id,
        captured_at=get_now(),
        source="csv",
        row_key=key.zfill(32),
    )


def test_one_address_is_one_contact_in_one_call_and_the_next(installation: Installation) -> None:
    bruno = PersonFields(email="bruno@example.com")
    first = resolve(ANA, bruno, ANA)
    assert first[0] == first[2] != first[1]
    assert resolve(bruno, ANA) == [first[1], first[0]]
    assert Contact.objects.count() == 2
    assert Identity.objects.count() == 2


def test_a_shared_phone_never_merges_people(installation: Installation) -> None:
    phone = "+5511987654321"
    ids = resolve(
        PersonFields(email="ana@example.com", phone=phone),
        PersonFields(email="bruno@example.com", phone=phone),
        PersonFields(phone=phone, name="Carla"),
        PersonFields(phone=phone, name="Davi"),
        PersonFields(phone=phone, name=" carla"),
    )
    assert len(set(ids)) == 4
    assert ids[2] == ids[4]
    assert resolve(PersonFields(phone=phone, name="Carla")) == [ids[2]]
    assert not ContactMerge.objects.exists()


def test_an_id_finds_its_contact_and_brings_it_an_address(installation: Installation) -> None:
    by_id = PersonFields(external_source="crm", external_id="007")
    (contact,) = resolve(by_id)
    assert resolve(PersonFields("ana@example.com", external_source="crm", external_id="007"), ANA) == [contact] * 2
    assert resolve(by_id) == [contact]
    assert resolve(PersonFields(external_source="other", external_id="007")) != [contact]


def test_an_id_of_somebody_with_another_address_gives_nobody_theirs(installation: Installation) -> None:
    (ana,) = resolve(PersonFields("ana@example.com", external_source="file", external_id="1"))
    (bruno,) = resolve(PersonFields("bruno@example.com", external_source="file", external_id="1"))
    assert ana != bruno
    assert not ContactMerge.objects.exists()


def test_two_contacts_with_one_address_are_merged_into_the_elder(installation: Installation) -> None:
    by_id = PersonFields(external_source="crm", external_id="7", phone="+5511987654321")
    younger_first, elder_first = resolve(by_id, ANA)
    assert younger_first is not None
    assert elder_first is not None
    capture(younger_first, b"1")
    moved = capture(elder_first, b"2")
    (merged,) = resolve(PersonFields("ana@example.com", external_source="crm", external_id="7"))
    assert merged == min(younger_first, elder_first)
    moved.refresh_from_db()
    assert (moved.contact_id, moved.original_contact_id) == (merged, elder_first)
    kept = Contact.objects.get(pk=merged)
    assert (kept.email, kept.name, kept.phone) == ("ana@example.com", "Ana", "+5511987654321")
    assert resolve(ANA, by_id) == [merged, merged]
    assert ContactMerge.objects.get().reason == "same_email"


def test_rows_of_one_call_follow_a_merge_that_a_later_row_brings(installation: Installation) -> None:
    by_id = PersonFields(external_source="crm", external_id="7")
    ids = resolve(by_id, ANA, PersonFields("ana@example.com", external_source="crm", external_id="7"), ANA, by_id)
    assert len(set(ids)) == 1
    assert Contact.objects.get(pk=ids[0]).merged_into is None


def test_blanks_are_filled_and_nothing_is_overwritten(installation: Installation) -> None:
    resolve(PersonFields("ana@example.com", country="BR"))
    (contact_id,) = resolve(PersonFields("ana@example.com", name="Ana", country="PT", phone="+5511987654321"))
    contact = Contact.objects.get(pk=contact_id)
    assert (contact.name, contact.country, contact.phone) == ("Ana", "BR", "+5511987654321")


def test_who_came_another_way_too_did_not_come_by_file_only(installation: Installation) -> None:
    resolve(ANA)
    assert Contact.objects.get().came_by_file_only
    resolve(ANA, by_file=False)
    resolve(ANA)
    assert not Contact.objects.get().came_by_file_only


def test_who_has_no_identifier_is_nobody(installation: Installation) -> None:
    assert resolve(PersonFields(name="Ana")) == [None]
    assert not Contact.objects.exists()


def test_two_writers_at_once_make_one_contact(installation: Installation) -> None:
    ids: list[int | None] = []

    def write() -> None:
        try:
            for _ in range(5):
                ids.extend(resolve(ANA, PersonFields(external_source="crm", external_id="7")))
        finally:
            connection.close()

    threads = [threading.Thread(target=write) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(ids) == 40
    assert len(set(ids)) == 2


def test_consent_is_appended_once_and_the_latest_event_counts(installation: Installation) -> None:
    (ana,) = [contact for contact in resolve_contacts([ANA], by_file=True) if contact]
    terms = ConsentTerms(Purpose.EMAIL_MARKETING, LegalBasis.CONSENT, "I agree", "2026-01")
    grant = Grant(ana, datetime(2026, 1, 1, tzinfo=UTC), "upload 1", b"row")
    assert record_consent(terms, [grant, grant], "csv") == 1
    assert record_consent(terms, [grant], "csv") == 0
    assert list_permitted([ana.pk], Purpose.EMAIL_MARKETING) == {ana.pk}
    assert list_permitted([ana.pk], Purpose.ADS_SHARING) == set()
    for purpose in (Purpose.EMAIL_MARKETING, Purpose.PROFILING):
        ConsentEvent.objects.create(
            contact=ana,
            original_contact_id=ana.pk,
            purpose=purpose,
            granted=False,
            occurred_at=datetime(2026, 2, 1, tzinfo=UTC),
            source="page",
            row_key=purpose.encode().zfill(32),
        )
    assert list_permitted([ana.pk], Purpose.EMAIL_MARKETING) == set()
    assert list_objectors() == {ana.pk}


def test_a_number_that_many_share_reads_none_of_the_others(sqlite_installation: Installation) -> None:
    phone = "+5511987654321"
    resolve(*(PersonFields(email=f"person{number}@example.com", phone=phone) for number in range(300)))
    with CaptureQueriesContext(connection) as queries:
        resolve(PersonFields(email="person7@example.com", phone=phone), PersonFields(phone=phone, name="Carla"))
    reads = [query["sql"] for query in queries.captured_queries if 'FROM "hub_identity"' in query["sql"]]
    with connection.cursor() as cursor:
        assert max(len(cursor.execute(sql).fetchall()) for sql in reads) <= 2


def write_beside(phone: str, *, waits: bool) -> list[int | None]:
    """Let two people come with a number at once, and return the second; ``waits`` is whether it waits for the first."""
    ids: list[int | None] = []

    def write() -> None:
        try:
            ids.extend(resolve(PersonFields(email="bruno@example.com", phone=phone)))
        finally:
            connection.close()

    thread = threading.Thread(target=write)
    with transaction.atomic():
        resolve_contacts([PersonFields(email="ana@example.com", phone=phone)], by_file=False)
        thread.start()
        thread.join(timeout=0.3 if waits else 10)
        assert bool(ids) is not waits
    thread.join()
    return ids


def test_people_of_one_shared_number_do_not_wait_for_each_other(postgres_installation: Installation) -> None:
    phone = "+5511987654321"
    resolve(*(PersonFields(email=f"person{number}@example.com", phone=phone) for number in range(2)))
    assert write_beside(phone, waits=False)
    assert Identity.objects.filter(kind="phone", is_shared=True).count() == 4


def test_the_first_two_who_come_with_a_number_at_once_share_it(postgres_installation: Installation) -> None:
    assert write_beside("+5511987654321", waits=True)
    assert Identity.objects.filter(kind="phone", is_shared=True).count() == 2
    assert len(list_possible_duplicates(5, hides_file_only=False)[0].contacts) == 2


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(4))
def test_writers_at_once_make_no_duplicates(postgres_installation: Installation, seed: int) -> None:
    pool = random.Random(seed)  # noqa: S311
    calls = [[_draw_person(pool) for _ in range(6)] for _ in range(80)]
    with ThreadPoolExecutor(4) as threads:
        for done in [threads.submit(_resolve_all, calls[number::4]) for number in range(4)]:
            done.result()
    present = Contact.objects.filter(merged_into=None)
    addresses = [contact.email for contact in present if contact.email]
    assert sorted(addresses) == sorted({person.email for people in calls for person in people if person.email})
    of_ids = Identity.objects.filter(kind="vendor")
    assert of_ids.count() == len({person.external_id for people in calls for person in people} - {""})
    alone = present.filter(email_hmac=None).exclude(pk__in=of_ids.values("contact_id"))
    names = [(contact.phone, normalise_name(contact.name)) for contact in alone]
    assert len(names) == len(set(names))
    count = Contact.objects.count()
    _resolve_all(calls)  # whoever comes again is known
    assert Contact.objects.count() == count


def _resolve_all(calls: list[list[PersonFields]]) -> None:
    try:
        for people in calls:
            while True:
                try:
                    resolve(*people)
                    break
                except OperationalError:  # a deadlock: the worker tries again too
                    continue
    finally:
        connection.close()


def _draw_person(pool: random.Random) -> PersonFields:
    email = pool.choice(["", "", *(f"{name}@example.com" for name in "abcdef")])
    external_id = pool.choice(["", "", "", "1", "2", "3"])
    phone = pool.choice(["", "+5511987654321", "+5511987654322"])
    if not (email or external_id or phone):
        phone = "+5511987654321"
    return PersonFields(
        email=email, phone=phone, external_source="crm", external_id=external_id, name=pool.choice(("Ana", "Bruno", ""))
    )
