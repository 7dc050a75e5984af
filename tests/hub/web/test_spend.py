"""What campaigns cost: brought or typed, counted beside their leads, restated, removed, and refused."""

import json

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from hotleads.hub.models import AuditEntry, Launch, Spend
from tests.hub.web.example_data import create_example

SPEND = (
    "Reporting starts;Nome da campanha;Plataforma;Moeda;Valor usado (BRL)\n"
    "2026-02-10;cake-0;instagram;BRL;1.200,50\n"
    "2026-02-11;cake-0;instagram;BRL;99,50\n"
    "2026-02-10;cake-1;youtube;BRL;300,00\n"
    "2026-02-10;nobody-came;youtube;BRL;50,00\n"
)


@pytest.fixture(scope="module")
def launch(web: object) -> Launch:
    return create_example()


@pytest.fixture(autouse=True)
def _no_spend(launch: Launch) -> None:
    Spend.objects.all().delete()


def bring(client: Client, launch: Launch, text: str, name: str = "spend.csv") -> str:
    file = SimpleUploadedFile(name, text.encode())
    return client.post(reverse("spend_edit", args=[launch.pk]), {"document": file}, follow=True).content.decode()


def list_spend() -> dict[tuple[str, str], int]:
    rows = Spend.objects.select_related("campaign")
    return {(str(row.day), row.campaign.utm_campaign): row.amount_minor for row in rows}


def test_an_ad_platforms_export_is_kept_and_a_day_restated_is_replaced(owner: Client, launch: Launch) -> None:
    assert "4 rows of spend are kept" in bring(owner, launch, SPEND)
    kept = {
        ("2026-02-10", "cake-0"): 120_050,
        ("2026-02-11", "cake-0"): 9_950,
        ("2026-02-10", "cake-1"): 30_000,
        ("2026-02-10", "nobody-came"): 5_000,
    }
    assert list_spend() == kept
    bring(owner, launch, SPEND.replace("99,50", "10,00"))
    assert list_spend() == kept | {("2026-02-11", "cake-0"): 1_000}
    entry = AuditEntry.objects.filter(action="spend.kept").latest("pk")
    assert entry.details["amount_minor"] == 156_050
    assert entry.details["source"] == "file"


def test_the_page_says_what_a_lead_and_a_hot_lead_cost(owner: Client, launch: Launch) -> None:
    bring(owner, launch, SPEND)
    page = owner.get(reverse("campaign_list"), {"launch": launch.pk, "order": "spend"}).content.decode()
    assert "R$1,650.00" in page  # all of it
    assert "R$206.25" in page  # by eight leads
    rows = [part for part in page.split("<tr>") if "cake-0" in part]
    assert "R$1,300.00" in rows[0]
    assert "R$433.33" in rows[0]  # leads 0, 3 and 6
    assert "nobody-came" in page
    exported = owner.post(reverse("campaign_export"), {"launch": launch.pk, "by": "campaign", "order": "spend"})
    lines = exported.content.decode("utf-8-sig").splitlines()
    assert lines[0].endswith("spend,cost_per_lead,cost_per_hot_lead,return_on_spend,spend_currency")
    assert lines[1].startswith("cake-0,3,")
    assert ",1300.00,433.33," in lines[1]
    assert lines[1].endswith(",BRL")


def test_a_row_is_typed_and_removed_with_what_it_was(owner: Client, launch: Launch) -> None:
    address = reverse("spend_edit", args=[launch.pk])
    form = {"typed": "1", "day": "2026-02-12", "amount": "75.25", "currency": "brl", "utm_campaign": "cake-2"}
    assert "1 rows of spend are kept" in owner.post(address, form, follow=True).content.decode()
    assert list_spend() == {("2026-02-12", "cake-2"): 7_525}
    page = owner.post(reverse("spend_remove", args=[Spend.objects.get().pk]), follow=True).content.decode()
    assert "R$75.25" in page
    assert "cake-2" in page
    assert not Spend.objects.exists()
    assert json.loads(json.dumps(AuditEntry.objects.get(action="spend.removed").details))["amount_minor"] == 7_525


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("campaign,amount\na,1\n", "no column date"),
        ("date,campaign,amount\n2026-02-10,a,1\n", "row"),
        ("date,campaign,currency,amount\n2026-02-10,a,BRL,\n", "lacks its amount"),
        ("date,campaign,currency,amount\n2026-02-10,a,BRL,1\n2026-02-10,b,USD,1\n", "one currency"),
        ("date,campaign,currency,amount\n2026-02-10,=cmd|x!A1,BRL,1\n", "formula"),
        ("date,campaign,currency,amount\n2026-02-10,a,BRL,-5\n", "below zero"),
    ],
)
def test_what_is_no_spend_is_refused_with_its_place(text: str, said: str, owner: Client, launch: Launch) -> None:
    page = bring(owner, launch, text)
    assert "field-error" in page
    assert said in page
    assert not Spend.objects.exists()
