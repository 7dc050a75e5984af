"""The whole path in Chromium, from an empty database to the list as a file, on each database."""

import csv
import os
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING
from unittest import mock

import pandas as pd
import pytest
from django.db import connections

from hotleads.hub.engine.worker import Worker
from hotleads.hub.models import CurrentScore, Job, JobState, Launch, Role
from hotleads.hub.site import demo
from hotleads.hub.site.job_kinds import register_kinds
from hotleads.hub.web.accounts import add_user
from hotleads.simulator import simulate
from tests.hub.installations import Installation
from tests.hub.web.browser import serve_pages
from tests.hub.web.test_sign_in import PASSWORD, compute_code
from tests.pages import CHROMIUM, needs_chromium

if TYPE_CHECKING:
    from playwright.sync_api import Page

_OPTIONS = replace(demo._OPTIONS, leads=300, launches=3)


@pytest.fixture
def tables(tmp_path: Path) -> dict[str, pd.DataFrame]:
    """Three classic launches of a small business, the last one open now."""
    folder = tmp_path / "business"
    simulate(folder, _OPTIONS)
    return demo._read_tables(folder)


@pytest.fixture
def page(installation: Installation, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator["Page"]:
    """A browser that nobody has signed in with, on an installation that nobody has used."""
    from playwright.sync_api import sync_playwright

    monkeypatch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "true")  # Playwright has an event loop in this thread
    monkeypatch.chdir(Path(__file__).parents[3])
    register_kinds()
    with mock.patch.dict(os.environ, installation.environment), serve_pages() as address, sync_playwright() as play:
        connections["default"].close()  # beside an event loop a thread has connections of their own, kept from before
        del connections["default"]
        browser = play.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"])
        yield browser.new_context(base_url=address, locale="en-US").new_page()
        browser.close()


def sign_up(page: "Page") -> None:
    """The one-time link, a password, an authenticator app."""
    _user, link = add_user("owner@example.com", Role.OWNER)
    page.goto(link.removeprefix("https://localhost"))
    page.fill("[name=password1]", PASSWORD)
    page.fill("[name=password2]", PASSWORD)
    page.click("main button[type=submit]")
    page.goto("/account/login/")
    page.fill("[name=login]", "owner@example.com")
    page.fill("[name=password]", PASSWORD)
    page.click("main button[type=submit]:has-text('Sign in') >> nth=0")
    page.goto("/account/factors/totp/activate/")
    page.fill("[name=code]", compute_code(page.locator("[data-secret]").inner_text()))
    page.click("main form button[type=submit] >> nth=0")


def make_launch(page: "Page", row: dict[str, str]) -> None:
    page.goto("/launches/")
    page.click("text=Classic launch >> nth=-1")
    page.fill("[name=name]", row["launch_id"].replace("-", " "))
    page.fill("[name=key]", row["launch_id"])
    page.fill("[name=product_id]", row["product_id"])
    for name in ("capture_starts_at", "capture_ends_at", "cart_opens_at", "cart_closes_at"):
        page.fill(f"[name={name}]", row[name][:16])
    page.click("button:has-text('Save')")
    assert "/edit/" not in page.url


def bring(page: "Page", kind: str, path: Path) -> None:
    """The upload, its mapping, its verdict, and the job that takes it in."""
    page.goto("/uploads/")
    page.click("text=Bring files")
    page.check(f"[name=kind][value={kind}]")
    page.set_input_files("[name=documents]", path)
    if kind == "leads":
        page.click("text=What these people agreed to")
        page.select_option("[name=purpose]", "email_marketing")
        page.select_option("[name=basis]", "consent")
    page.click("button:has-text('Go on')")
    assert "Taken for" in page.inner_text("main")
    page.click("button:has-text('Check the files')")
    assert "Verdict" in page.inner_text("main")
    page.click("button:has-text('Take it in')")
    assert "/jobs/" in page.url
    run_jobs()
    page.reload()
    assert "done" in page.inner_text("#job")


def run_jobs() -> None:
    Worker().run(drain=True)
    assert not Job.objects.filter(state=JobState.FAILED).exists(), list(Job.objects.values_list("kind", "error"))


@needs_chromium
@pytest.mark.slow
def test_from_an_empty_database_to_the_list_as_a_file(
    page: "Page", tables: dict[str, pd.DataFrame], tmp_path: Path
) -> None:
    sign_up(page)
    page.goto("/")
    assert "How do you want to begin?" in page.inner_text("main")
    for row in tables["launches"].to_dict("records"):
        make_launch(page, {str(name): str(value) for name, value in row.items()})
    for kind in ("leads", "purchases"):
        path = tmp_path / f"{kind}.csv"
        tables[kind].to_csv(path, index=False)
        bring(page, kind, path)

    page.goto("/")
    assert "One question first" in page.inner_text("main")
    page.check("[name=csv_lead_policy][value=listed]")
    page.click("button:has-text('Save the answer')")
    page.goto("/")
    page.click("button:has-text('Learn and score')")
    quick = {"options": {"trials": 0}, "followed_by": ["check", "train", "score", "outcomes"]}
    Job.objects.filter(kind="sync").update(**quick)  # without the backtest and the tuning, which take minutes
    run_jobs()
    launch = Launch.objects.get(key=tables["launches"]["launch_id"].iloc[-1])
    scores = CurrentScore.objects.filter(launch=launch).order_by("-probability", "contact_id")
    assert scores.count() > 30

    page.goto("/")
    assert launch.name in page.inner_text("main")
    page.click(f"text={launch.name}")
    assert "Buyers expected" in page.inner_text("main")
    page.click("text=See its leads")
    first = page.get_attribute("tbody tr >> nth=0 >> th a", "href")
    assert first == f"/leads/{scores[0].contact_id}/"
    with page.expect_download() as download:
        page.click("button:has-text('CSV')")
    with Path(download.value.path()).open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [int(row["lead_id"]) for row in rows] == list(scores.values_list("contact_id", flat=True))
    assert [float(row["probability"]) for row in rows] == list(scores.values_list("probability", flat=True))
    page.goto("/quality/")
    assert "launches that it had not seen" in page.inner_text("main")
