"""A launch that a trained model has scored: the page that opens offline, the hub's pages and the API say the same."""

import re
from pathlib import Path

import pytest
from django.test import Client
from django.urls import reverse

from hotleads.hub.clock import set_clock
from hotleads.hub.feed.sync import run_sync
from hotleads.hub.figures.outcomes import store_model
from hotleads.hub.figures.quality import read_promises
from hotleads.hub.modelling.scoring import SCORES_FOLDER, run_scoring
from hotleads.hub.models import Launch
from hotleads.hub.models.rollups import recount_launch
from tests.hub.figures.page_figures import ShownPage, read_shown
from tests.hub.installations import Installation
from tests.hub.modelling.sample_hub import NOW, OPEN_LAUNCH
from tests.hub.web.conftest import Clients

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def launch(sample_hub: dict[str, int]) -> Launch:
    launch = Launch.objects.get(key=OPEN_LAUNCH)
    with set_clock(lambda: NOW):
        recount_launch(launch)
        run_sync({}, lambda message: None)
        run_scoring({"launch_id": launch.pk}, lambda message: None)
        store_model()
    return launch


@pytest.fixture(scope="module")
def owner(launch: Launch) -> Client:
    return Clients().sign_in("owner")


@pytest.fixture(scope="module")
def offline(launch: Launch, module_installation: Installation) -> str:
    path: Path = module_installation.data / SCORES_FOLDER / f"launch-{launch.pk}.html"
    return path.read_text("utf-8")


def list_rows(page: str, header: str) -> list[list[str]]:
    """Return the cells of the rows of the table whose head has a text."""
    table = next(part for part in page.split("<table")[1:] if header in part.split("</thead>")[0])
    rows = table.split("</thead>")[1].split("</table>")[0].split("<tr>")[1:]
    return [[re.sub(r"<[^>]+>", " ", cell).strip() for cell in re.split(r"</t[dh]>", row)[:-1]] for row in rows]


def find_rows(page: ShownPage, heading: str) -> dict[str, dict[str, str]]:
    rows: dict[str, dict[str, str]] = {}
    for figure in page.figures:
        if figure.heading == heading and figure.row:
            rows.setdefault(figure.row, {})[figure.name] = figure.text
    return rows


def test_tiers_and_buyers_expected(owner: Client, launch: Launch, offline: str) -> None:
    with set_clock(lambda: NOW):
        page = read_shown(owner.get(reverse("launch_detail", args=[launch.pk])).content.decode())
    shown = find_rows(page, "Buyers expected by tier")
    rows = {row[0].lower(): row for row in list_rows(offline, "tier")}
    assert len(shown) >= 3
    for tier, figures in shown.items():
        _name, leads, buyers, interval, _share = rows["all" if tier == "All scored" else tier.lower()]
        low, high = interval.split(" to ")
        assert (figures["scored"], figures["buyers-expected low"], figures["buyers-expected high"]) == (
            leads,
            low,
            high,
        )
        assert int(figures["buyers-expected"]) == pytest.approx(float(buyers), abs=0.55)
    promise = read_promises([launch])[launch.pk]
    every = shown["All scored"]
    assert (str(promise.leads), str(promise.low), str(promise.high)) == (
        every["scored"], every["buyers-expected low"], every["buyers-expected high"]
    )  # fmt: skip


def test_campaigns_and_their_shares_of_hot_leads(owner: Client, launch: Launch, offline: str) -> None:
    page = read_shown(owner.get(reverse("campaign_list"), {"launch": launch.pk}).content.decode())
    shown = find_rows(page, "Campaigns")
    rows = list_rows(offline, "campaign")
    assert len(rows) >= 3
    for name, *_counts, shrunk, interval in rows:
        campaign = name.replace("small", "").strip()
        figures = shown["no UTM" if campaign == "(no campaign)" else campaign]
        low, high = (figures[f"share-hot-of-a-campaign {end}"] for end in ("low", "high"))
        assert interval == f"{low} – {high}", campaign
        assert float(figures["share-hot-of-a-campaign"].rstrip("%")) == pytest.approx(
            float(shrunk.rstrip("%")), abs=0.55
        )
