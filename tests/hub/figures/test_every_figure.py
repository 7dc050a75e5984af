"""Every figure of every page equals one that is counted in pandas from the exported history, on both databases.

A figure that has no independent counterpart, or no definition in docs/figures.md, fails; so does a number that is
marked as none.
"""

import csv
import io
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
from hotleads.hub.models import CsvLeadPolicy, User
from hotleads.hub.models import Installation as InstallationRow
from tests.hub.api.conftest import Service, open_service
from tests.hub.figures.expected_pages import CAPACITY, Expected, ExpectedPages
from tests.hub.figures.filled_hub import CARD, PEOPLE, FilledHub, fill_hub, read_at_now
from tests.hub.figures.page_figures import ShownPage, read_shown
from tests.hub.figures.plain_counts import TIERS, Money, PlainCounts, forecast
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


@pytest.fixture(scope="module")
def service(hub: FilledHub) -> Iterator[Service]:
    yield from open_service()


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
    if {figure.name for figure in page.figures} - {"amount"} and reverse("help") not in page.links:
        wrong.append("the page leads to no definitions")
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


@pytest.mark.parametrize(("language", "word"), [("en", "Chances promised"), ("pt-br", "Chances prometidas")])
def test_the_help_defines_each_figure(cast: Clients, owner: Client, language: str, word: str) -> None:
    User.objects.filter(pk=cast.cast.owner.pk).update(language=language)
    page = owner.get(reverse("help")).content.decode()
    User.objects.filter(pk=cast.cast.owner.pk).update(language="")
    assert word in page
    assert set(re.findall(r'<span id="([a-z-]+)">', page)) == list_definitions()


def test_the_base(reader: Client, pages: ExpectedPages) -> None:
    assert compare(open_page(reader, "base"), pages.show_base()) == []


def test_is_it_right(reader: Client, pages: ExpectedPages, module_installation: Installation) -> None:
    backtest = pd.read_parquet(module_installation.data / BACKTEST_SCORES)
    assert compare(open_page(reader, "quality"), pages.show_quality(backtest)) == []


def test_a_lead(owner: Client, pages: ExpectedPages) -> None:
    hub = pages.plain.hub
    rescored = set(pd.read_parquet(hub.score_files["summer"][0])["lead_id"].astype(int)) - hub.objectors
    leads = [*hub.merged.values(), *hub.objectors, *sorted(rescored)[:4]]
    for lead in leads:
        assert compare(open_page(owner, "lead_detail", lead), pages.show_lead(lead)) == []


def test_the_api_says_what_the_pages_say(service: Service, hub: FilledHub, plain: PlainCounts) -> None:
    answer = service.get("/v1/launches?limit=500").json()["launches"]
    assert {row["launch_id"] for row in answer} == set(hub.launches)
    for row in answer:
        key, leads = row["launch_id"], plain.leads[row["launch_id"]]
        tiers = {tier: int((leads["tier"] == tier).sum()) for tier in TIERS}
        captures = int((plain.captures["launch_id"] == key).sum())
        assert row["counts"] == {"leads": len(leads), "captures": captures, **tiers}
        scored, window = leads[leads["tier"] != ""], CARD["quality_on_unseen_windows"].get(key)
        if window is not None:  # the model has learned from it: what it promised before stands in its card
            assert row["forecast"]["basis"] == "before_learning"
            assert row["forecast"]["expected"] == pytest.approx(window["n"] * window["mean_probability"])
            assert row["bought"] == {"judged": window["n"], "buyers": window["buyers"]}
            continue
        outlook, judged = forecast(scored["chance"].tolist(), plain.spread), scored[scored["judged"] == True]  # noqa: E712
        assert row["forecast"] == {
            "leads": len(scored), "expected": pytest.approx(outlook.value), "low": outlook.low, "high": outlook.high,
            "basis": "scores",
        }  # fmt: skip
        bought = {"judged": len(judged), "buyers": int(judged["bought"].sum())}
        assert row["bought"] == (bought if len(judged) else None)


@pytest.mark.parametrize("policy", [CsvLeadPolicy.LISTED, CsvLeadPolicy.AGGREGATE])
def test_lists_and_files_of_leads_have_the_scores_that_the_policy_lets_out(
    owner: Client, service: Service, pages: ExpectedPages, policy: CsvLeadPolicy
) -> None:
    InstallationRow.objects.update(csv_lead_policy=policy)
    launch, scores = pages.launches["summer"], pages.plain.scores["summer"]
    hidden = list_hidden(pages.plain) if policy == CsvLeadPolicy.AGGREGATE else set()
    shown = open_page(owner, "lead_list", launch=launch.pk)
    response = owner.post(reverse("lead_export"), {"launch": launch.pk, "format": "csv"})
    file = csv.DictReader(io.StringIO(b"".join(response.streaming_content).decode("utf-8-sig")))
    exported = {int(row["lead_id"]): float(row["probability"]) for row in file}
    served = service.get("/v1/scores?launch_id=summer&limit=500").json()["scores"]
    InstallationRow.objects.update(csv_lead_policy=CsvLeadPolicy.LISTED)
    assert compare(shown, pages.list_leads("summer", hidden)) == []
    wanted = scores["probability"].drop(index=list(hidden), errors="ignore").to_dict()
    assert len(wanted) == len(scores) - len(hidden & set(scores.index))
    assert exported == wanted
    assert {int(row["lead_id"]): row["probability"] for row in served} == wanted


def list_hidden(plain: PlainCounts) -> set[int]:
    """Return who came by a file only, as they were written; who was merged with another came that way too."""
    by_file = {number + 1 for number in range(PEOPLE) if number % 9 == 4}
    merged = plain.hub.merged
    return {
        lead for lead in by_file if lead not in merged and all(one in by_file for one in merged if merged[one] == lead)
    }


@pytest.mark.parametrize("key", ["spring", "summer"])
def test_the_download_of_campaigns_has_the_numbers_of_the_page(owner: Client, pages: ExpectedPages, key: str) -> None:
    response = owner.post(reverse("campaign_export"), {"launch": pages.launches[key].pk, "by": "campaign"})
    rows = list(csv.DictReader(io.StringIO(response.content.decode("utf-8-sig"))))
    expected = pages.show_campaigns(key, "utm_campaign")
    share = "share-hot-of-a-campaign"
    columns = {
        "leads": "leads", "hot": "hot", "hot_share": share, "hot_share_low": f"{share} low",
        "hot_share_high": f"{share} high", "expected_buyers": "buyers-expected", "conversion": "conversion",
        "net_per_lead": "net-a-lead", "spend": "spend", "cost_per_lead": "cost-a-lead",
        "cost_per_hot_lead": "cost-a-hot-lead", "return_on_spend": "net-by-unit-spent",
    }  # fmt: skip
    assert {row["name"] or "no UTM" for row in rows} == {row for _, row, _ in expected if row}
    for row in rows:
        for column, name in columns.items():
            wanted = expected.get(("Campaigns", row["name"] or "no UTM", name))
            if isinstance(wanted, Money):
                currency = row[
                    "spend_currency" if column in ("spend", "cost_per_lead", "cost_per_hot_lead") else "currency"
                ]
                assert currency == wanted.currency
                wanted = wanted.amount
            shown = float(row[column]) if row[column] else None
            if column == "expected_buyers" and wanted is None:
                wanted = 0.0  # in a file a sum of nobody is a number
            assert shown == (None if wanted is None else pytest.approx(wanted, abs=0.006)), (row["name"], column)
