"""The access export: everything, readable, and nothing of others."""

import json

from django.apps import apps

from hotleads.hub.models import AuditEntry, Contact, InboxItem
from hotleads.hub.models.personal_columns import LOOKUP, PERSONAL_COLUMNS
from hotleads.hub.people.merging import merge_contacts
from hotleads.hub.privacy.access_report import LEFT_OUT, SECTIONS, build_access_report
from hotleads.hub.privacy.reviews import queue_review
from tests.hub.installations import Installation
from tests.hub.privacy.people import ANA, BRUNO, create_person
from tests.hub.rows import BOUGHT, create_contact, create_launch


def test_the_report_tells_all_that_is_known_with_sources_and_reasons(installation: Installation) -> None:
    launch = create_launch(tier_policy={"rule": "capacity", "leads": 200})
    ana, bruno = create_person(ANA, launch), create_person(BRUNO, launch)
    queue_review(ana, None)
    AuditEntry.objects.create(action="contact.revealed", subject_type="contact", subject_id=str(ana.pk))
    alone = InboxItem.objects.create(source="hotmart", envelope_id="1", body=b'{"buyer": "Quint\xc3\xa9ssa"}')
    both = InboxItem.objects.create(source="api", envelope_id="2", body=b"both of them")
    alone.contacts.add(ana)
    both.contacts.add(ana, bruno)

    text = json.dumps(build_access_report(ana, "pt_BR"), ensure_ascii=False)

    report = json.loads(text)
    assert report["person"][0]["email"] == ANA.email
    assert {row["value"] for row in report["identifiers"]} == {ANA.email, ANA.phone, ANA.external_id}
    assert [len(report[name]) for name in ("captures", "purchases", "events", "consent", "reviews")] == [3, 3, 3, 1, 1]
    assert report["captures"][0]["source"] == "csv"
    assert report["captures"][0]["attributes"]["nickname"] == ANA.name
    bought, works = report["scores"][0]["reasons"]
    assert bought == BOUGHT | {"text": "Comprou 3 vezes nos últimos 90 dias"}
    assert works["feature"] == f"works at {ANA.name} Ltd"
    assert report["tiers"]["rules_of_launches"] == {"spring": {"rule": "capacity", "leads": 200}}
    assert [message.get("text") for message in report["messages"]] == ['{"buyer": "Quintéssa"}', None]
    assert "contact.revealed" in [entry["what"] for entry in report["seen_by"]]
    assert BRUNO.email not in text


def test_what_came_of_merged_contacts_is_theirs(installation: Installation) -> None:
    launch = create_launch()
    ana, other = create_person(ANA, launch), create_contact(name="Q. Zephyrine")
    merge_contacts(ana, other, reason="by_hand")
    report = build_access_report(Contact.objects.get(pk=other.pk), "en")
    assert report["contact_id"] == ana.pk
    assert {person["name"] for person in report["person"]} == {ANA.name, "Q. Zephyrine"}


def test_every_table_about_people_is_a_section_or_left_out_for_a_reason() -> None:
    shown = {model._meta.db_table for _, model, _ in SECTIONS} | {"hub_auditentry"}
    about_people = {column.name.partition(".")[0] for column in PERSONAL_COLUMNS if column.storage != LOOKUP}
    for model in apps.get_app_config("hub").get_models(include_auto_created=True):
        if any(field.related_model is Contact and model is not Contact for field in model._meta.concrete_fields):
            about_people.add(model._meta.db_table)
    assert about_people - shown - set(LEFT_OUT) == set()
    assert shown.isdisjoint(LEFT_OUT)
