"""Every page in Chromium: wide and narrow, light and dark, in both languages."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import transaction

from hotleads.hub.intake.credentials import CredentialOptions, add_credential
from hotleads.hub.models import (
    Connection,
    Contact,
    Job,
    JobState,
    Judgement,
    Launch,
    LegalBasis,
    Purpose,
    Scope,
    Upload,
    User,
)
from hotleads.hub.models import Installation as InstallationRow
from hotleads.hub.people.consent import ConsentTerms
from hotleads.hub.people.consent_links import build_consent_token
from hotleads.hub.people.contacts import resolve_contacts
from hotleads.hub.people.identifiers import PersonFields
from hotleads.hub.privacy.reviews import queue_review
from hotleads.hub.site.job_kinds import register_kinds
from tests.hub.installations import Installation
from tests.hub.web.browser import find_faults, open_browser, serve_pages
from tests.hub.web.conftest import Clients
from tests.hub.web.example_data import create_example, store_evidence
from tests.hub.web.test_connections import FORM as CONNECTION
from tests.hub.web.test_judgements import store_example
from tests.hub.web.test_spend import SPEND
from tests.pages import needs_chromium

#: Where pictures of the pages go, for whoever wants to look at them.
PICTURES = os.environ.get("HOTLEADS_TEST_PICTURES", "")

_TERMS = ConsentTerms(Purpose.EMAIL_MARKETING, LegalBasis.CONSENT, "Send me news about courses", "v2")


@pytest.fixture(scope="module")
def launch(web: Installation) -> Launch:
    Job.objects.create(kind="sync", state=JobState.FAILED, error="the disk is full")
    return create_example()


@pytest.fixture(scope="module")
def paths(launch: Launch, clients: Clients, tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    register_kinds()
    job = Job.objects.latest("pk")
    file = SimpleUploadedFile("leads.csv", b"email,name,utm_campaign,goal\na@example.org,Ana,cake,career\n")
    clients.sign_in("owner").post("/uploads/new/", {"kind": "leads", "documents": [file]})
    upload = Upload.objects.latest("pk")
    credential = add_credential("shop", CredentialOptions((Scope.WRITE_LEADS,), "BR", _TERMS)).credential
    lead = Contact.objects.earliest("pk")
    clients.sign_in("owner").post("/connections/new/", CONNECTION)
    for _ in range(2):
        scores = SimpleUploadedFile("scores.csv", b"email,score\na@example.org,1\n")
        clients.sign_in("owner").post("/quality/judge/", {"document": scores})
    judged, waiting = Judgement.objects.order_by("pk")
    store_example(judged, tmp_path_factory.mktemp("scores"))
    spend = SimpleUploadedFile("spend.csv", SPEND.encode())
    clients.sign_in("owner").post(f"/campaigns/spend/{launch.pk}/", {"document": spend})
    store_evidence(launch)
    with transaction.atomic():
        twins = [PersonFields(email=f"twin{n}@example.org", phone="+5511977778888", name="Twin") for n in range(2)]
        resolve_contacts(twins, by_file=False)
    return {
        "uploads": "/uploads/",
        "new-upload": "/uploads/new/",
        "upload": f"/uploads/{upload.pk}/",
        "today": "/",
        "launches": "/launches/",
        "new-to-it": "/quality/",
        "judge": "/quality/judge/",
        "judged": f"/quality/judge/{judged.pk}/",
        "judging": f"/quality/judge/{waiting.pk}/",
        "remove-judgement": f"/quality/judge/{judged.pk}/remove/",
        "base": "/base/",
        "campaigns": "/campaigns/",
        "spend": f"/campaigns/spend/{launch.pk}/",
        "help": "/help/",
        "connections": "/connections/",
        "new-connection": "/connections/new/",
        "new-hotmart-api": "/connections/new/hotmart-api/",
        "new-activecampaign": "/connections/new/activecampaign/",
        "connection": f"/connections/{Connection.objects.latest('pk').pk}/",
        "demo": "/settings/demo/",
        "launch": f"/launches/{launch.pk}/",
        "launch-form": f"/launches/{launch.pk}/edit/",
        "new-launch": "/launches/new/perpetual/",
        "leads": "/leads/",
        "lead": f"/leads/{lead.pk}/",
        "consent": f"/leads/{lead.pk}/consent/",
        "erasure-question": f"/leads/{lead.pk}/erase/",
        "preferences": f"/preferences/{build_consent_token(lead)}/",
        "privacy": "/privacy/",
        "privacy-days": "/privacy/days/",
        "reviews": "/privacy/reviews/",
        "review": f"/privacy/reviews/{queue_review(lead, None).pk}/",
        "duplicates": "/privacy/duplicates/",
        "erasures": "/privacy/erasures/",
        "jobs": "/jobs/",
        "job": f"/jobs/{job.pk}/",
        "users": "/users/",
        "user": f"/users/{clients.cast.viewer.pk}/",
        "new-user": "/users/new/",
        "credentials": "/credentials/",
        "new-credential": "/credentials/new/",
        "credential": f"/credentials/{credential.pk}/",
        "form": f"/forms/{credential.client_id}/",
        "audit": "/audit/",
        "settings": "/settings/",
        "profile": "/account/",
        "factors": "/account/factors/",
        "password": "/account/password/",
    }


@pytest.fixture(scope="module")
def address(web: Installation) -> Iterator[str]:
    with serve_pages() as address:
        yield address


@needs_chromium
@pytest.mark.slow
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_new_installation_is_led_on_in_three_steps(
    scheme: str, sqlite_installation: Installation, tmp_path: Path
) -> None:
    faults: list[str] = []
    clients = Clients()
    InstallationRow.objects.update(csv_lead_policy="listed")
    User.objects.update(language="pt-br")
    options = {"viewport": {"width": 390, "height": 900}, "color_scheme": scheme}
    with serve_pages() as own:
        for step in ("welcome", "begun"):
            with open_browser(own, clients.sign_in("owner"), **options) as browser:
                page = browser.new_page()
                faults += find_faults(page, own, own)
                if PICTURES:
                    page.screenshot(path=f"{PICTURES}/first-{step}-pt-br-390-{scheme}.png", full_page=True)
            Launch.objects.create(key=step, strategy="classic")
    assert not faults


@needs_chromium
@pytest.mark.slow
@pytest.mark.parametrize("language", ["en", "pt-br"])
@pytest.mark.parametrize(("width", "scheme"), [(1280, "light"), (390, "dark")])
def test_nothing_is_cut_off_and_axe_finds_nothing(
    language: str, width: int, scheme: str, address: str, paths: dict[str, str], clients: Clients
) -> None:
    User.objects.filter(pk=clients.cast.owner.pk).update(language=language)
    is_demo = width == 390
    InstallationRow.objects.update(csv_lead_policy="listed", is_demo=is_demo)
    faults: list[str] = []
    client = clients.sign_in("owner")
    with open_browser(address, client, viewport={"width": width, "height": 900}, color_scheme=scheme) as browser:
        for name, path in paths.items():
            if name == "demo" and not is_demo:
                continue
            page = browser.new_page()
            faults += find_faults(page, address + path, address)
            if PICTURES:
                Path(PICTURES).mkdir(parents=True, exist_ok=True)
                page.screenshot(path=f"{PICTURES}/{name}-{language}-{width}-{scheme}.png", full_page=True)
            page.close()
    assert not faults
