"""The hosted form and the snippet: what somebody leaves on a page becomes their capture."""

import json
import threading
import time

import pytest
import uvicorn
from django.test import Client
from django.urls import reverse
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse
from starlette.routing import Route

from hotleads.hub.api.routes import build_api_routes
from hotleads.hub.intake.credentials import CredentialOptions, IssuedCredential, add_credential
from hotleads.hub.intake.inbox import process_waiting
from hotleads.hub.intake.inbox_writer import InboxWriter
from hotleads.hub.models import Capture, ConsentEvent, Event, InboxItem, LegalBasis, Purpose, Scope
from hotleads.hub.people.consent import ConsentTerms
from hotleads.hub.site.job_kinds import register_kinds
from tests.hub.installations import Installation
from tests.hub.web.conftest import Clients, build_client
from tests.pages import CHROMIUM, needs_chromium

_TERMS = ConsentTerms(Purpose.EMAIL_MARKETING, LegalBasis.CONSENT, "Send me news", "v2")
_FILLED = {"name": "Ana", "email": "ana@example.com", "phone": "11 98765-4321"}


def add_form(name: str, *scopes: Scope) -> IssuedCredential:
    return add_credential(name, CredentialOptions(scopes or (Scope.WRITE_LEADS,), "BR", _TERMS))


def process_inbox() -> None:
    register_kinds()
    while process_waiting():
        pass


@pytest.fixture
def form(sqlite_installation: Installation) -> str:
    """The address of a hosted form."""
    return reverse("capture_form", args=[add_form("form").credential.client_id])


def test_what_somebody_leaves_on_the_form_becomes_their_capture(form: str) -> None:
    client = build_client()
    shown = client.get(form)
    assert "Send me news" in shown.content.decode()
    address = f"{form}?launch=spring&utm_campaign=cake-1&fbclid=F1&utm_source={'x' * 600}"
    assert "Thank you" in client.post(address, _FILLED | {"consent": "on"}).content.decode()
    process_inbox()
    capture = Capture.objects.get()
    assert (capture.contact.phone, capture.contact.name) == ("+5511987654321", "Ana")
    assert (capture.launch_key, capture.utm_campaign, len(capture.utm_source)) == ("spring", "cake-1", 500)
    assert json.loads(capture.click_ids or "") == {"fbclid": "F1"}
    assert ConsentEvent.objects.get().text_version == "v2"


def test_without_the_tick_no_consent_is_recorded(form: str) -> None:
    build_client().post(form, _FILLED)
    process_inbox()
    assert Capture.objects.count() == 1
    assert not ConsentEvent.objects.exists()


def test_what_is_no_address_is_said_on_the_form_and_kept_nowhere(form: str) -> None:
    client = build_client()
    for wrong in ({"email": "ana"}, {"email": "ana@example.com", "name": "\0"}, {}):
        response = client.post(form, wrong | {"phone": "1"})
        assert response.status_code == 200
        assert "Thank you" not in response.content.decode()
    assert "Thank you" in client.post(form, _FILLED | {"website": "http://spam.example"}).content.decode()
    assert not InboxItem.objects.exists()


def test_an_address_that_sends_without_end_has_to_wait(form: str) -> None:
    client = build_client(REMOTE_ADDR="203.0.113.9")
    answers = [client.post(form, _FILLED).content.decode() for _ in range(31)]
    assert "Thank you" in answers[29]
    assert "Too many forms" in answers[30]


def test_a_credential_that_sends_no_leads_has_no_form(sqlite_installation: Installation) -> None:
    issued = add_form("events", Scope.WRITE_EVENTS)
    assert build_client().get(reverse("capture_form", args=[issued.credential.client_id])).status_code == 404
    assert build_client().get(reverse("capture_form", args=["nobody"])).status_code == 404


def test_the_page_of_a_credential_says_how(owner: Client, clients: Clients) -> None:
    issued = add_form("site")
    page = owner.get(reverse("credential_detail", args=[issued.credential.pk])).content.decode()
    assert f"/forms/{issued.credential.client_id}/" in page
    assert "capture.js" in page


_PAGE = """<!doctype html><title>Pricing</title>
<script src="{hub}/capture.js" data-write-key="{key}" data-consent-version="v2" defer></script>
<form data-hotleads data-launch="spring" action="#"><input name="email"><input name="goal">
<input type="checkbox" name="consent" value="yes"><button>Go</button></form>"""


@needs_chromium
@pytest.mark.slow
def test_the_snippet_sends_views_and_forms_of_a_page_elsewhere(sqlite_installation: Installation) -> None:
    from playwright import sync_api

    key = add_form("site", Scope.WRITE_LEADS, Scope.WRITE_EVENTS).write_key
    writer = InboxWriter()
    pages: dict[str, str] = {}

    async def show_page(request: Request) -> HTMLResponse:
        return HTMLResponse(pages["shop"])

    app = Starlette(routes=[Route("/pricing", show_page), *build_api_routes(writer)])
    server = uvicorn.Server(uvicorn.Config(app, host="127.0.0.1", port=0, log_level="error"))
    thread = threading.Thread(target=server.run)
    thread.start()
    while not server.started:
        time.sleep(0.01)
    port = server.servers[0].sockets[0].getsockname()[1]
    pages["shop"] = _PAGE.format(hub=f"http://localhost:{port}", key=key)
    with sync_api.sync_playwright() as play:
        browser = play.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"])
        page = browser.new_page()
        page.goto(f"http://127.0.0.1:{port}/pricing?utm_campaign=cake-1&fbclid=F1")  # another origin than the hub's
        page.fill("[name=email]", "ana@example.com")
        page.fill("[name=goal]", "career")
        page.check("[name=consent]")
        page.click("button")
        page.wait_for_timeout(1_000)
        browser.close()
    server.should_exit = True
    thread.join()
    writer.stop()
    process_inbox()
    capture = Capture.objects.get()
    assert (capture.contact.email, capture.launch_key, capture.attributes) == (
        *("ana@example.com", "spring"),
        {"goal": "career"},
    )
    assert (capture.utm_campaign, json.loads(capture.click_ids or "")) == ("cake-1", {"fbclid": "F1"})
    assert ConsentEvent.objects.get().text_version == "v2"
    assert "sales_page_visit" in set(Event.objects.values_list("event_type", flat=True))
