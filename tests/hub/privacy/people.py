"""Two people with something in every table: one to be erased, and one with the same number, who stays."""

from django.db import transaction

from hotleads.hub.intake.row_writer import SOURCE
from hotleads.hub.models import Contact, CurrentScore, Launch, LegalBasis, Purpose, ScoreState
from hotleads.hub.models.rollups import update_rollups
from hotleads.hub.people.consent import ConsentTerms, Grant, record_consent
from hotleads.hub.people.contacts import resolve_contacts
from hotleads.hub.people.identifiers import PersonFields
from tests.hub.rows import BOUGHT, NOON, build_capture, build_event, build_purchase, store_example_features

ANA = PersonFields(
    email="quintessa.zephyrine@forgotten.example",
    phone="+5511912345678",
    name="Quintéssa Zephyrine",
    external_source="crm",
    external_id="person-771177",
)
TEXTS = [ANA.email, ANA.phone, ANA.phone[1:], ANA.name, "Zephyrine", ANA.external_id]
BRUNO = PersonFields(email="bruno@example.com", phone=ANA.phone, name="Bruno Braga")


def resolve(*people: PersonFields) -> list[Contact | None]:
    with transaction.atomic():
        return resolve_contacts(people, by_file=True)


def create_person(person: PersonFields, launch: Launch, times: int = 3) -> Contact:
    (contact,) = resolve(person)
    assert contact is not None
    said = {"nickname": person.name, "mail again": person.email.upper()}
    for number in range(times):
        build_capture(contact, number, launch=launch, attributes=said, consent=person.name, language="pt").save()
        build_purchase(contact, number).save()
        build_event(contact, number, company=f"{person.name} Ltd").save()
    CurrentScore.objects.create(
        contact=contact,
        launch=launch,
        state=ScoreState.PROVISIONAL,
        as_of=NOON,
        probability=0.3,
        logit=0,
        score=30,
        tier="hot",
        tier_policy="default",
        reasons=[BOUGHT, {"feature": f"works at {person.name} Ltd", "group": "", "value": 1.0, "contribution": 0.1}],
        model_version="m",
        feature_hash=store_example_features(),
        context_hash="c",
    )
    update_rollups([contact.pk])
    terms = ConsentTerms(Purpose.EMAIL_MARKETING, LegalBasis.CONSENT, "I agree", "2026-01")
    record_consent(terms, [Grant(contact, NOON, "upload 1", f"{contact.pk}".encode())], SOURCE)
    return contact
