"""A hub with something on every page, and the addresses of all pages: what is looked at, and read, page by page."""

from pathlib import Path

from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import transaction

from hotleads.hub.engine.queue import claim_job, enqueue_job
from hotleads.hub.intake.credentials import CredentialOptions, add_credential
from hotleads.hub.intake.proposals import propose_mappings
from hotleads.hub.intake.uploads import check_upload, get_upload_folder
from hotleads.hub.modelling.judging import run_judging
from hotleads.hub.models import (
    Connection,
    Contact,
    EventRule,
    Job,
    JobState,
    Judgement,
    LegalBasis,
    Pull,
    Purpose,
    Scope,
    Upload,
)
from hotleads.hub.people.consent import ConsentTerms
from hotleads.hub.people.consent_links import build_consent_token
from hotleads.hub.people.contacts import resolve_contacts
from hotleads.hub.people.identifiers import PersonFields
from hotleads.hub.privacy.reviews import queue_review
from hotleads.hub.site.job_kinds import register_kinds
from hotleads.language import Phrase, encode_text
from tests.hub.rows import build_event
from tests.hub.web.conftest import Clients
from tests.hub.web.example_data import create_example, store_evidence
from tests.hub.web.test_connections import FORM as CONNECTION
from tests.hub.web.test_judgements import store_example
from tests.hub.web.test_pulled_connections import HOTMART
from tests.hub.web.test_spend import SPEND

_TERMS = ConsentTerms(Purpose.EMAIL_MARKETING, LegalBasis.CONSENT, "Quero novidades sobre cursos", "v2")
_LEADS = b"email,nome,utm_campaign,objetivo\na@example.org,Ana,cake,career\n"
#: Sales of which some are in another currency, and some of a time that is not over.
_SALES = "email,data,valor,moeda,produto,transacao,status\n" + "".join(
    f"a{number}@example.org,{2099 if number == 3 else 2025}-0{1 + number % 9}-01 10:00:00,"
    f"{97 + number},{'USD' if number % 2 else 'BRL'},cake,t{number},approved\n"
    for number in range(1500)
)
_WRONG_TIME = b"email,captured_at\na@example.org,soon\n"


def fill_hub(clients: Clients, folder: Path) -> dict[str, str]:
    """Fill an empty installation, and return the addresses of its pages by a short name of each."""
    register_kinds()
    failed = Job.objects.create(kind="sync", state=JobState.FAILED, error=Phrase("no launch is over"))
    launch = create_example()
    store_evidence(launch)
    lead = Contact.objects.earliest("pk")
    build_event(lead, 1, event_type="cart_abandoned").save()
    EventRule.objects.create(event_name="click_video", event_type="webinar_attended")
    owner = clients.sign_in("owner")
    files = {"mapping": ("leads", _LEADS), "verdict": ("purchases", _SALES.encode()), "refusal": ("leads", _WRONG_TIME)}
    uploads = {}
    for name, (kind, content) in files.items():
        document = SimpleUploadedFile(f"{kind}.csv", content)
        owner.post("/uploads/new/", {"kind": kind, "documents": [document], "currency": ""})
        upload = uploads[name] = Upload.objects.latest("pk")
        if name != "mapping":
            check_upload(upload, propose_mappings(get_upload_folder(upload), upload.kind))
    credential = add_credential("shop", CredentialOptions((Scope.WRITE_LEADS,), "BR", _TERMS)).credential
    owner.post("/connections/new/", CONNECTION)
    pushed = Connection.objects.latest("pk")
    owner.post("/connections/new/hotmart-api/", HOTMART)
    pulled = Connection.objects.latest("pk")
    stopped = Phrase("{request}: no connection", request="Hotmart GET /sales")
    Pull.objects.create(connection=pulled, resource="sales", error=stopped, rows_read=1234)
    for content in (
        b"email,score\na@example.org,1\n",
        b"email,score\na@example.org,1\n",
        b"email,shade\nana@example.org,red\n",
    ):
        owner.post("/quality/judge/", {"document": SimpleUploadedFile("scores.csv", content)})
    judged, waiting, refused = Judgement.objects.order_by("pk")
    store_example(judged, folder)
    run_judging({"judgement_id": str(refused.pk)}, lambda _message: None)
    owner.post(f"/campaigns/spend/{launch.pk}/", {"document": SimpleUploadedFile("spend.csv", SPEND.encode())})
    with transaction.atomic():
        twins = [PersonFields(email=f"twin{n}@example.org", phone="+5511977778888", name="Twin") for n in range(2)]
        resolve_contacts(twins, by_file=False)
    Job.objects.filter(state=JobState.QUEUED).exclude(options={"judgement_id": str(waiting.pk)}).delete()
    enqueue_job("train", {}, followed_by=["score"])
    Job.objects.filter(kind="judge_scores").update(lane="later")
    running = claim_job("jobs", 86_400.0)
    assert running is not None
    doing = Phrase("fitting for {launch_id} on everything that is over", launch_id=launch.key)
    Job.objects.filter(pk=running.pk).update(progress=doing)
    why = encode_text(Phrase("there is no champion yet"))
    done = {"version": "1", "in use": True, "because": why, "scored": 1234}
    ended = Job.objects.create(kind="train", state=JobState.SUCCEEDED, result=done)
    return {
        "uploads": "/uploads/",
        "new-upload": "/uploads/new/",
        **{f"upload-{name}": f"/uploads/{upload.pk}/" for name, upload in uploads.items()},
        "today": "/",
        "launches": "/launches/",
        "new-to-it": "/quality/",
        "judge": "/quality/judge/",
        "judged": f"/quality/judge/{judged.pk}/",
        "judging": f"/quality/judge/{waiting.pk}/",
        "judge-refused": f"/quality/judge/{refused.pk}/",
        "remove-judgement": f"/quality/judge/{judged.pk}/remove/",
        "base": "/base/",
        "campaigns": "/campaigns/",
        "spend": f"/campaigns/spend/{launch.pk}/",
        "help": "/help/",
        "connections": "/connections/",
        "new-connection": "/connections/new/",
        "new-hotmart-api": "/connections/new/hotmart-api/",
        "new-activecampaign": "/connections/new/activecampaign/",
        "connection": f"/connections/{pushed.pk}/",
        "connection-pulled": f"/connections/{pulled.pk}/",
        "events": "/events/",
        "new-event-rule": "/events/new/",
        "launch": f"/launches/{launch.pk}/",
        "launch-form": f"/launches/{launch.pk}/edit/",
        "new-launch": "/launches/new/perpetual/",
        "leads": "/leads/",
        "lead": f"/leads/{lead.pk}/",
        "consent": f"/leads/{lead.pk}/consent/",
        "erasure-question": f"/leads/{lead.pk}/erase/",
        "preferences": f"/preferences/{build_consent_token(lead)}/",
        "unsubscribe": f"/unsubscribe/{build_consent_token(lead)}/",
        "privacy": "/privacy/",
        "privacy-days": "/privacy/days/",
        "reviews": "/privacy/reviews/",
        "review": f"/privacy/reviews/{queue_review(lead, None).pk}/",
        "duplicates": "/privacy/duplicates/",
        "erasures": "/privacy/erasures/",
        "jobs": "/jobs/",
        "job-failed": f"/jobs/{failed.pk}/",
        "job-done": f"/jobs/{ended.pk}/",
        "job-running": f"/jobs/{running.pk}/",
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
        "nothing-here": "/launches/999999/",
    }
