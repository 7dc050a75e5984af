"""Every figure of every page equals one that is counted in pandas from the exported history, on both databases.

A figure that has no independent counterpart, or no definition in docs/figures.md, fails; so does a number that is
marked as none.
"""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from django.test import Client
from django.urls import reverse

from hotleads.hub.feed.sync import export_history
from hotleads.hub.figures.model_evidence import BACKTEST_SCORES
from hotleads.hub.models import CsvLeadPolicy
from tests.hub.figures.expected_pages import CAPACITY, Expected, ExpectedPages
from tests.hub.figures.filled_hub import FilledHub, fill_hub, read_at_now
from tests.hub.figures.page_figures import ShownPage, read_shown
from tests.hub.figures.plain_counts import Money, PlainCounts
from tests.hub.installations import Installation
from tests.hub.web.conftest import Clients

DEFINITIONS = Path(__file__).parents[3] / "docs" / "figures.md"
_SYMBOLS = {"BRL": "R$", "USD": "$", "": ""}
_COLUMNS = {"source": "utm_source", "medium": "utm_medium", "campaign": "utm_campaign", "content": "utm_content"}


@pytest.fixture(scope="module")
def hub(module_installation: Installation) -> FilledHub:
    return fill_hub(module_installation, CsvLeadPolicy.LISTED)


@pytest.fixture(scope="module")
def plain(hub: FilledHub, module_installation: Installation) -> PlainCounts:
    out = module_installation.data / "exported"
    export_history(out)
    return PlainCounts(hub, out)


@pytest.fixture(scope="module")
def pages(plain: PlainCounts) -> ExpectedPages:
    return ExpectedPages(plain)


@pytest.fixture(scope="module")
def owner(cast: Clients) -> Client:
    return cast.sign_in("owner")


@pytest.fixture(scope="module")
def viewer(cast: Clients) -> Client:
    return cast.sign_in("viewer")


@pytest.fixture(scope="module")
def cast(hub: FilledHub) -> Clients:
    return Clients()


@pytest.fixture(params=["owner", "viewer"])
def reader(request: pytest.FixtureRequest) -> Client:
    client: Client = request.getfixturevalue(request.param)
    return client


@pytest.fixture(autouse=True)
def _now() -> Iterator[None]:
    with read_at_now():
        yield


def is_same(shown: str, expected: Any) -> bool:
    """Whether a number as it is shown is the expected one, to its last digit, and in its currency."""
    if expected is None or isinstance(expected, str):
        return shown == ("–" if expected is None else expected)
    if isinstance(expected, Money):
        symbol = shown[: len(_SYMBOLS[expected.currency])]
        if symbol != _SYMBOLS[expected.currency]:
            return False
        shown, expected = shown[len(symbol) :], round(expected.amount, 2)
    number = re.fullmatch(r"(-?[\d,]+(?:\.(\d+))?)( ×|%)?", shown.strip())
    if number is None:
        return False
    value, digits = float(number[1].replace(",", "")), len(number[2] or "")
    return abs(value - expected * (100 if number[3] == "%" else 1)) <= 0.5 * 10**-digits + 1e-6


def compare(page: ShownPage, expected: Expected) -> list[str]:
    """Return how a page differs from what it has to show."""
    wrong = [f"no figure, no date, no id: {text}" for text in page.list_unnamed()]
    seen: dict[tuple[str, str, str], int] = {}
    for figure in page.figures:
        key = (figure.heading, figure.row, figure.name)
        seen[key] = seen.get(key, 0) + 1
        value = expected.get(key, "nothing")
        if isinstance(value, list):
            value = value[seen[key] - 1] if seen[key] <= len(value) else "nothing more"
        if not is_same(figure.text, value):
            wrong.append(f"{key} shows {figure.text}, expected {value}")
    wrong += [f"{key} is not shown; expected {value}" for key, value in expected.items() if not seen.get(key)]
    defined = list_definitions()
    wrong += [
        f"{figure.name} is not in docs/figures.md" for figure in page.figures if figure.name.split()[0] not in defined
    ]
    return wrong


def check_lines(page: ShownPage, expected: dict[str, list[int]]) -> None:
    """Hold the lines of a chart against counts: each of their points, as finely as it is drawn."""
    assert {line.style for line in page.lines} == set(expected)
    for line in page.lines:
        assert line.values == pytest.approx(expected[line.style], abs=0.02 * max(expected["leads"]))


def list_definitions() -> set[str]:
    """Return the names that docs/figures.md defines: those in code in the first column."""
    rows = [line for line in DEFINITIONS.read_text("utf-8").splitlines() if line.startswith("| ")]
    return {name for row in rows for name in re.findall(r"`([a-z-]+)`", row.split("|")[1])}


def open_page(client: Client, name: str, *arguments: Any, **query: Any) -> ShownPage:
    response = client.get(reverse(name, args=arguments), query)
    assert response.status_code == 200
    return read_shown(response.content.decode())


@pytest.mark.parametrize(("role", "tasks"), [("owner", ("uploads", "score", "write")), ("viewer", ("score",))])
def test_today(
    request: pytest.FixtureRequest, hub: FilledHub, pages: ExpectedPages, role: str, tasks: tuple[str, ...]
) -> None:
    page = open_page(request.getfixturevalue(role), "home")
    assert compare(page, pages.show_today(*tasks)) == []
    check_lines(page, pages.list_lines("summer"))


def test_the_list_of_launches(owner: Client, viewer: Client, pages: ExpectedPages) -> None:
    assert compare(open_page(viewer, "launch_list"), pages.list_launches()) == []
    assert compare(open_page(owner, "launch_list"), pages.add_free_campaigns(pages.list_launches())) == []


@pytest.mark.parametrize("key", ["winter", "spring", "club", "mentoring", "summer"])
def test_a_launch(reader: Client, pages: ExpectedPages, key: str) -> None:
    page = open_page(reader, "launch_detail", pages.launches[key].pk, capacity=CAPACITY)
    assert compare(page, pages.show_launch(key)) == []
    if key != "club":
        check_lines(page, pages.list_lines(key))


@pytest.mark.parametrize("by", list(_COLUMNS))
@pytest.mark.parametrize("key", ["winter", "spring", "club", "mentoring", "summer"])
def test_campaigns(viewer: Client, pages: ExpectedPages, key: str, by: str) -> None:
    page = open_page(viewer, "campaign_list", launch=pages.launches[key].pk, by=by)
    assert compare(page, pages.show_campaigns(key, _COLUMNS[by])) == []


@pytest.mark.parametrize("key", ["spring", "summer"])
def test_spend(owner: Client, pages: ExpectedPages, key: str) -> None:
    page = open_page(owner, "spend_edit", pages.launches[key].pk)
    assert compare(page, pages.show_spend(key)) == []


def test_the_base(reader: Client, pages: ExpectedPages) -> None:
    assert compare(open_page(reader, "base"), pages.show_base()) == []


def test_is_it_right(reader: Client, pages: ExpectedPages, module_installation: Installation) -> None:
    backtest = pd.read_parquet(module_installation.data / BACKTEST_SCORES)
    assert compare(open_page(reader, "quality"), pages.show_quality(backtest)) == []


def test_leads(owner: Client, pages: ExpectedPages) -> None:
    page = open_page(owner, "lead_list", launch=pages.launches["summer"].pk)
    assert compare(page, pages.list_leads("summer", [])) == []


def test_a_lead(owner: Client, pages: ExpectedPages) -> None:
    hub = pages.plain.hub
    rescored = set(pd.read_parquet(hub.score_files["summer"][0])["lead_id"].astype(int)) - hub.objectors
    leads = [*hub.merged.values(), *hub.objectors, *sorted(rescored)[:4]]
    for lead in leads:
        assert compare(open_page(owner, "lead_detail", lead), pages.show_lead(lead)) == []
