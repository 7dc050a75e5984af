"""Habits of a browser: the back button, a page sent as a link, the keyboard alone, and what a screen reader is told."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import pytest
from django.db import connections

from hotleads.hub.engine.queue import claim_job, enqueue_job, finish_job
from hotleads.hub.models import Installation as InstallationRow
from hotleads.hub.models import Job, Launch
from hotleads.hub.site.job_kinds import register_kinds
from hotleads.language import Phrase
from tests.hub.installations import Installation
from tests.hub.web.browser import open_browser, serve_pages
from tests.hub.web.conftest import Clients
from tests.hub.web.example_data import create_example
from tests.pages import needs_chromium

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = [needs_chromium, pytest.mark.slow]

#: What has the focus, by its text, and whether a line around it shows that.
_FOCUS = """() => {
    const style = getComputedStyle(document.activeElement);
    const isShown = style.outlineStyle !== "none" || style.boxShadow !== "none" || style.textDecorationLine !== "none";
    return [document.activeElement.textContent.trim(), isShown];
}"""
_LEVELS = "() => [...document.querySelectorAll('main h1, main h2, main h3')].map(h => Number(h.tagName[1]))"


def run_beside(function: Callable[..., Any], *arguments: Any) -> Any:
    """Call a function that reads the database, which Django allows in no thread of Playwright's."""

    def run() -> Any:
        try:
            return function(*arguments)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(1) as pool:
        return pool.submit(run).result()


def start_job() -> Job:
    enqueue_job("train", {})
    job = claim_job("jobs", 60.0)
    assert job is not None
    return job


@pytest.fixture(scope="module")
def launch(web: Installation) -> Launch:
    register_kinds()
    InstallationRow.objects.update(csv_lead_policy="listed")
    return create_example()


@pytest.fixture(scope="module")
def page(launch: Launch, clients: Clients) -> Iterator["Page"]:
    with (
        serve_pages() as address,
        open_browser(
            address, clients.sign_in("owner"), base_url=address, viewport={"width": 1280, "height": 800}
        ) as own,
    ):
        yield own.new_page()


def test_filters_are_in_the_address_and_the_back_button_takes_them_back(page: "Page", launch: Launch) -> None:
    page.goto("/leads/")
    everybody = page.locator("tbody tr").count()
    page.get_by_label("Tier").select_option("hot")
    page.get_by_role("button", name="Show").click()
    page.wait_for_url("**tier=hot**")
    sent, hot = page.url, page.locator("tbody tr").count()
    assert 0 < hot < everybody
    page.locator("tbody a").first.click()
    page.wait_for_url("**/leads/*/")
    page.go_back()
    assert (page.url, page.locator("tbody tr").count()) == (sent, hot)
    page.go_back()
    assert page.locator("tbody tr").count() == everybody
    page.goto(sent)  # as somebody else opens it
    assert page.locator("tbody tr").count() == hot
    assert page.get_by_label("Tier").input_value() == "hot"
    assert "%40" not in sent
    assert "@" not in sent


def test_the_back_button_leads_from_a_job_that_changed_by_itself_to_the_page_before(page: "Page") -> None:
    page.goto("/launches/")
    job = run_beside(start_job)
    page.goto(f"/jobs/{job.pk}/")
    assert page.get_by_role("progressbar").count() == 1
    assert run_beside(finish_job, job, {"launches": 2})
    page.get_by_role("button", name="Go on to Today").wait_for()
    assert page.get_by_role("progressbar").count() == 0
    page.go_back()
    assert page.url.endswith("/launches/")
    page.go_forward()
    assert page.get_by_role("button", name="Go on to Today").is_visible()


def test_the_keyboard_alone_opens_menus_closes_them_and_skips_to_the_content(page: "Page") -> None:
    page.goto("/launches/")
    page.keyboard.press("Tab")
    assert page.evaluate(_FOCUS)[0] == "Skip to the content"
    assert page.get_by_text("Skip to the content").bounding_box()["x"] >= 0  # type: ignore[index]
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "main"
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.closest('main') !== null")
    manage = page.locator("details.account", has_text="Manage")
    page.reload()
    for _ in range(30):
        page.keyboard.press("Tab")
        text, is_shown = page.evaluate(_FOCUS)
        assert is_shown, text
        if text == "Manage":
            break
    page.keyboard.press("Enter")
    page.get_by_role("link", name="Users").wait_for()
    page.keyboard.press("Tab")
    page.keyboard.press("Escape")
    assert manage.get_attribute("open") is None
    assert page.evaluate(_FOCUS)[0] == "Manage"
    page.keyboard.press("Enter")
    page.get_by_role("heading", name="Launches", exact=True).click()
    assert manage.get_attribute("open") is None


def test_headings_go_down_one_level_at_a_time_and_charts_have_words_and_a_table(page: "Page", launch: Launch) -> None:
    for path in ("/", "/launches/", f"/launches/{launch.pk}/", "/campaigns/", "/base/", "/quality/", "/connections/"):
        page.goto(path)
        levels = page.evaluate(_LEVELS)
        assert levels.count(1) == 1, path
        assert all(after - before <= 1 for before, after in pairwise(levels)), (path, levels)
        for chart in page.locator(".chart").all():
            assert len(chart.locator("p").first.inner_text()) > 20
            assert all(each.get_attribute("aria-label") for each in chart.locator("svg").all())
            assert chart.get_by_role("img").count() == 1  # the one of the two that fits the screen
            assert chart.locator("table").count() == 1


def test_tables_have_names_and_are_stops_of_the_tab_key_only_where_they_scroll(page: "Page", launch: Launch) -> None:
    for path in ("/launches/", f"/launches/{launch.pk}/", "/leads/", "/campaigns/", "/base/", "/users/", "/audit/"):
        page.goto(path)
        captions = page.locator("table > caption").all_text_contents()
        assert len(captions) == page.locator("table").count() > 0, path
        assert all(caption.strip() for caption in captions), path
        assert page.locator(".scroll[tabindex]").count() == 0, path
    page.goto("/leads/")
    page.set_viewport_size({"width": 390, "height": 800})
    assert page.get_by_role("table", name="Leads").count() == 1  # its rows are beneath each other, and it is one still
    assert page.locator(".scroll[tabindex]").count() == 0
    page.set_viewport_size({"width": 220, "height": 800})
    page.goto(f"/launches/{launch.pk}/")
    page.get_by_text("The numbers").first.click()
    region = page.locator(".scroll[tabindex]").first
    region.wait_for()
    assert (region.get_attribute("role"), region.get_attribute("tabindex")) == ("group", "0")
    page.set_viewport_size({"width": 1280, "height": 800})
    region.wait_for(state="detached")


def test_the_space_bar_presses_what_is_called_a_button_and_is_a_link(page: "Page", launch: Launch) -> None:
    page.goto(f"/launches/{launch.pk}/")
    page.get_by_role("button", name="See its leads").press("Space")
    page.wait_for_url("**/leads/?launch=*")


def test_what_changes_by_itself_is_told_once(page: "Page") -> None:
    job = run_beside(start_job)
    page.goto(f"/jobs/{job.pk}/")
    announcer = page.locator("#announcer")
    page.wait_for_timeout(2500)
    assert announcer.text_content() == ""  # it has asked again, and nothing is new
    run_beside(lambda: Job.objects.filter(pk=job.pk).update(progress=Phrase("looking for problems")))
    page.wait_for_timeout(2500)
    assert announcer.text_content() == ""  # the page was opened less than ten seconds ago
    assert run_beside(finish_job, job, {})
    announcer.get_by_text("done").wait_for()


def test_a_form_that_comes_back_begins_at_what_is_wrong(page: "Page") -> None:
    page.goto("/users/new/")
    page.locator("form[method=post]:has([name=email])").evaluate("form => { form.noValidate = true; form.submit(); }")
    page.locator("[aria-invalid=true]").first.wait_for()
    assert page.evaluate("document.activeElement.name") == "email"


def test_what_cannot_be_undone_is_asked_first(page: "Page") -> None:
    """The question stays open while the job's state is read anew, and its answer cancels the job."""
    job = run_beside(start_job)
    page.goto(f"/jobs/{job.pk}/")
    answer = page.get_by_role("button", name="Yes, cancel it")
    assert not answer.is_visible()
    page.get_by_text("Cancel the job").click()
    with page.expect_response(f"/jobs/{job.pk}/"):
        pass
    answer.click()
    page.wait_for_load_state()
    assert run_beside(Job.objects.filter(pk=job.pk, cancel_requested=True).exists)
    assert not page.get_by_text("Cancel the job").is_visible()
