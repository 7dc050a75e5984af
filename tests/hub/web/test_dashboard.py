"""The dashboard's pages: what they say, to whom, in both languages, and how large they are."""

import csv
import io
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from hotleads.hub.clock import get_now, set_clock
from hotleads.hub.figures.base import store_flows
from hotleads.hub.figures.day_counts import read_day_counts
from hotleads.hub.figures.launch_figures import MODEL_KEY, get_rollup, read_launch_figures
from hotleads.hub.figures.recount import run_recount
from hotleads.hub.models import (
    AuditEntry,
    CurrentScore,
    InboxItem,
    Job,
    Launch,
    LaunchLead,
    LaunchRollup,
    StoredFigures,
    User,
)
from hotleads.hub.models import Installation as InstallationRow
from hotleads.hub.models.rollups import Outcome, update_rollups
from hotleads.hub.site.job_kinds import register_kinds
from hotleads.hub.web.charts import Line, Span, draw_lines, draw_spans, draw_stacks
from tests.hub.installations import Installation
from tests.hub.rows import build_purchase
from tests.hub.web.conftest import Clients, strip_marks
from tests.hub.web.example_data import FORMULA, OPENS, create_capture, create_contact, create_example, store_evidence

_MODEL = {
    "version": "0123456789ab",
    "spread": 0.2,
    "quality": {"grade": "good"},
    "windows": {"2026-03-cake": {"n": 50, "buyers": 9, "mean_probability": 0.1, "roc_auc": 0.81, "lift_10": 3.2}},
    "learned_from": ["2026-03-cake"],
    "notes": [],
    "findings": [],
}
_MAX_BYTES = 300_000


@pytest.fixture(scope="module")
def launch(web: Installation) -> Launch:
    launch = create_example()
    hostile = create_contact(50)
    create_capture(hostile, launch, 50, utm_campaign=FORMULA)
    update_rollups([hostile.pk])
    leads = list(LaunchLead.objects.filter(launch=launch).exclude(tier="").order_by("pk"))
    outcomes = {
        (launch.pk, lead.contact_id): Outcome(number == 0, 19_700 * (number == 0)) for number, lead in enumerate(leads)
    }
    update_rollups([lead.contact_id for lead in leads], outcomes)
    LaunchRollup.objects.filter(launch=launch).update(currency="BRL")
    StoredFigures.objects.create(key=MODEL_KEY, values=_MODEL)
    store_flows()
    return launch


def read(response: Any) -> str:
    assert response.status_code == 200, response
    assert len(response.content) < _MAX_BYTES
    return strip_marks(" ".join(response.content.decode().split()))


def test_today_shows_the_launch_under_way_and_what_to_do(owner: Client, launch: Launch) -> None:
    with set_clock(lambda: OPENS - timedelta(days=2)):
        page = read(owner.get("/"))
    assert "Cake course, March" in page
    assert "capturing, opens in 2 days" in page
    assert "hot lead lacks a basis for marketing by e-mail" in page
    assert "<svg class=" in page
    assert page.count("<li><strong>") <= 3


def test_today_says_how_fresh_scores_are(owner: Client, launch: Launch) -> None:
    assert "of being acknowledged" not in read(owner.get("/"))
    now = get_now()
    scores = CurrentScore.objects.filter(launch=launch).order_by("pk")[:3]
    for score, seconds in zip(scores, (1, 2, 4), strict=True):
        CurrentScore.objects.filter(pk=score.pk).update(scored_at=now, as_of=now)
        item = InboxItem.objects.create(
            source="hotmart", envelope_id=str(seconds), received_at=now - timedelta(seconds=seconds)
        )
        item.contacts.add(score.contact)
    page = read(owner.get("/"))
    InboxItem.objects.all().delete()
    assert (
        "Of the latest 3 arrivals of the last 24 hours half were scored and on the pages within 2.0 seconds of being "
        "acknowledged, 95 of 100 within 3.8 seconds."
    ) in page


def test_before_any_launch_today_says_how_to_begin(owner: Client, launch: Launch) -> None:
    Launch.objects.update(archived_at=get_now())
    page = read(owner.get("/"))
    Launch.objects.update(archived_at=None)
    assert "launch to plan" in page


def test_a_launch_shows_what_it_promised_and_what_came(owner: Client, launch: Launch) -> None:
    page = read(owner.get(reverse("launch_detail", args=[launch.pk])))
    figures = read_launch_figures(launch, read_day_counts(launch))
    assert f"<dd>{figures.rollup.leads}</dd>" in page
    assert "Conversion and revenue by tier" in page
    assert "A buyer is taken to pay R$197, net" in page
    assert "its scores here are no forecast" in page
    for tier in figures.tiers:
        assert f'<td class="n">{tier.judged}</td><td class="n">{tier.buyers}</td>' in page


@pytest.mark.parametrize("unscored", [0, 2])
def test_a_launch_says_why_somebody_has_no_score(owner: Client, launch: Launch, unscored: int) -> None:
    scored = read_launch_figures(launch, read_day_counts(launch)).scored.leads
    rollup = get_rollup(launch)
    before, rollup.leads = rollup.leads, scored + unscored
    rollup.save(update_fields=["leads"])
    page = read(owner.get(reverse("launch_detail", args=[launch.pk])))
    rollup.leads = before
    rollup.save(update_fields=["leads"])
    assert ("who owns the product is not" in page) == bool(unscored)


def test_a_launch_of_before_the_first_scores_shows_who_bought(owner: Client, web: Installation) -> None:
    past = Launch.objects.create(
        key="past", strategy="classic", cart_opens_at=OPENS - timedelta(days=90), cart_closes_at=OPENS
    )
    leads = [create_contact(number) for number in (160, 161, 162, 163)]
    for number, contact in enumerate(leads):
        create_capture(contact, past, number)
    outcomes = {(past.pk, lead.pk): Outcome(number == 0, 19_700 * (number == 0)) for number, lead in enumerate(leads)}
    update_rollups([lead.pk for lead in leads], outcomes)
    LaunchRollup.objects.filter(launch=past).update(currency="BRL")
    page = read(owner.get(reverse("launch_detail", args=[past.pk])))
    past.delete()
    assert "<dd>1<small> of 4 judged</small></dd>" in page
    assert "<dd>25.0%<small>" in page
    assert "R$197" in page
    assert "the model learns from it" in page
    assert "Buyers expected" not in page
    assert "0 hot" not in page.split('class="chart"')[0]


def test_what_is_said_to_do_is_for_how_far_the_launch_is(owner: Client, web: Installation) -> None:
    now = get_now()
    dates = {"cart_opens_at": now - timedelta(days=1), "cart_closes_at": now + timedelta(days=6)}
    selling = Launch.objects.create(key="selling", strategy="classic", **dates)
    coming = Launch.objects.create(key="coming", strategy="classic", cart_opens_at=now + timedelta(days=1))
    pages = [read(owner.get(reverse("launch_detail", args=[each.pk]))) for each in (selling, coming)]
    Launch.objects.filter(pk__in=(selling.pk, coming.pk)).delete()
    assert ["Before the cart opens" in page for page in pages] == [False, True]
    assert all("While the cart is open" in page for page in pages)


def test_the_call_list_is_cut_to_what_can_be_called(owner: Client, launch: Launch) -> None:
    address = reverse("launch_detail", args=[launch.pk])
    with set_clock(lambda: OPENS + timedelta(days=1)):
        page = read(owner.get(address, {"capacity": "3"}))
        assert "The 3 hottest leads are expected to bring" in page
        for wrong in ("0", "-1", "x", "99999999999"):
            read(owner.get(address, {"capacity": wrong}))
    assert "The call list" not in read(owner.get(address))  # it is over


def test_campaigns_are_sorted_filtered_and_taken_out_with_a_line_in_the_audit_log(
    owner: Client, launch: Launch
) -> None:
    page = read(owner.get(reverse("campaign_list"), {"launch": launch.pk, "order": "hot", "text": "cake-1"}))
    assert "cake-1" in page
    assert "cake-2</th>" not in page
    assert "no UTM" in page
    assert "few leads" in page
    response = owner.post(reverse("campaign_export"), {"launch": launch.pk, "by": "campaign"})
    rows = list(csv.DictReader(io.StringIO(response.content.decode("utf-8-sig"))))
    assert {row["name"] for row in rows} == {"", "cake-0", "cake-1", "cake-2", "'" + FORMULA}
    assert sum(int(row["leads"]) for row in rows) == read_launch_figures(launch, read_day_counts(launch)).rollup.leads
    entry = AuditEntry.objects.get(action="campaigns.exported")
    assert entry.details == {"launch": launch.key, "by": "campaign", "rows": 5}
    for nonsense in ({"by": "x", "order": "x"}, {"launch": "x"}):
        read(owner.get(reverse("campaign_list"), nonsense))


def test_a_viewer_sees_the_figures_and_takes_none_of_them_out(clients: Clients, launch: Launch) -> None:
    viewer = clients.sign_in("viewer")
    for name in ("home", "launch_list", "campaign_list", "base", "quality", "help"):
        page = read(viewer.get(reverse(name)))
        assert "example.org" not in page
        assert "Download as CSV" not in page
    assert viewer.post(reverse("campaign_export"), {"launch": launch.pk}).status_code == 403
    assert clients.sign_in("seller").get(reverse("campaign_list")).status_code == 403


def test_the_models_page_says_how_often_it_was_right(owner: Client, launch: Launch) -> None:
    page = read(owner.get(reverse("quality")))
    assert "It tells buyers from others well." in page
    assert "In 1 of 1 launches that it had not seen, as many bought as it had promised." in page
    assert "Cake course, March" in page


def test_pages_speak_portuguese(clients: Clients, launch: Launch) -> None:
    owner = clients.sign_in("owner")
    User.objects.filter(pk=clients.cast.owner.pk).update(language="pt-br")
    pages = [read(owner.get(reverse(name))) for name in ("home", "quality", "base", "campaign_list", "help")]
    User.objects.filter(pk=clients.cast.owner.pk).update(language="")
    for page, words in zip(pages, ("Hoje", "Está certo?", "faixa", "sem UTM", "Como ler estes números"), strict=True):
        assert words in page


def test_what_moves_leads_between_days_or_launches_has_them_counted_anew(owner: Client, launch: Launch) -> None:
    register_kinds()
    form = {"csv_lead_policy": "listed", "time_zone": "America/Sao_Paulo", "default_country": ""}
    owner.post(reverse("installation_settings"), form)
    job = Job.objects.get(kind="recount")
    assert run_recount(job.options, lambda message: None) == {"launches": Launch.objects.count()}
    InstallationRow.objects.update(time_zone="UTC")
    buyer = create_contact(60)
    build_purchase(buyer, 60, product_id="entry").save()
    paid = {
        "name": "Paid", "key": "paid", "product_id": "main", "entry_product_id": "entry",
        "campaigns": "", "sources": "",
        "cart_opens_at": "2026-05-01T10:00", "cart_closes_at": "2026-05-08T10:00",
    }  # fmt: skip
    owner.post(reverse("launch_create", args=["paid"]), paid)
    made = Launch.objects.get(key="paid")
    job = Job.objects.filter(kind="recount").latest("pk")
    assert job.options == {"launch_id": made.pk}
    run_recount(job.options, lambda message: None)
    assert LaunchRollup.objects.get(launch=made).leads == 1


class TestCharts:
    def test_names_that_people_wrote_are_text(self) -> None:
        drawn = draw_spans("x", [Span("<script>alert(1)</script>", 1, 2, 3, 2)])
        drawn += draw_lines("x", [Line("<b>", "leads", [(0, 1)])], [(0, "<i>")])
        assert "<script>" not in drawn
        assert "<b>" not in drawn
        assert "<i>" not in drawn

    def test_nothing_to_draw_is_no_picture(self) -> None:
        assert draw_lines("x", [Line("a", "leads", [])], []) == ""
        assert draw_spans("x", []) == ""
        assert draw_stacks("x", []) == ""

    def test_zeros_and_a_single_point_are_drawn(self) -> None:
        assert "<polyline" in draw_lines("x", [Line("a", "leads", [(0, 0)])], [])
        assert "<rect" in draw_stacks("x", [("a", [("hot", 0.0)])])
        assert "<circle" in draw_spans("x", [Span("a", 0, 0, 0, None)])


def test_is_it_right_shows_reliability_and_what_monitoring_found(owner: Client, launch: Launch) -> None:
    StoredFigures.objects.all().delete()
    store_evidence(launch)
    page = read(owner.get(reverse("quality")))
    assert "In 6 of 6 groups of leads with chances alike" in page
    assert "<td" in page
    assert "54.0%" in page  # the highest chance promised
    assert "a field or an event all but stopped coming" in page
    assert "Do not act on the scores yet" in page
    assert "utm_source: 20%, usually 80%" in page
    StoredFigures.objects.all().delete()


def test_a_demo_is_made_by_a_job_where_there_is_nothing(owner: Client, launch: Launch) -> None:
    register_kinds()
    owner.post(reverse("demo_start"))
    assert not Job.objects.filter(kind="fill_demo").exists()
    assert "Three steps" not in owner.get("/").content.decode()


def test_an_empty_installation_offers_a_demo_or_three_steps(sqlite_installation: Installation) -> None:
    InstallationRow.objects.update(csv_lead_policy="listed")
    register_kinds()
    clients = Clients()
    owner = clients.sign_in("owner")
    page = owner.get("/").content.decode()
    assert "Make the demo" in page
    assert "Bring leads and purchases" in page
    viewer = clients.sign_in("viewer").get("/").content.decode()
    assert "Make the demo" not in viewer
    asked = owner.post(reverse("demo_start"))
    job = Job.objects.get(kind="fill_demo")
    assert asked.headers["Location"] == reverse("job_detail", args=[job.pk])
    assert f'<a href="{reverse("job_detail", args=[job.pk])}">the demo</a>' in owner.get("/").content.decode()
    Launch.objects.create(key="mine", strategy="classic")
    begun = owner.get("/").content.decode()
    assert "Make the demo" not in begun
    assert "Three steps to your first scores" in begun
    assert "minutes since you began" in begun
