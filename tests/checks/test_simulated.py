"""What is planted is found; a clean history has nothing wrong. `benchmarks/data_check.py` has more seeds."""

from collections.abc import Callable
from types import ModuleType

import pytest

from hotleads.checks import check_before_scoring, check_history
from hotleads.history import open_history

from .conftest import Simulated

pytestmark = pytest.mark.slow


def test_a_clean_history_has_nothing_wrong(simulated: Simulated) -> None:
    results = check_history(simulated(31))
    assert [finding for result in results for finding in result.findings] == []
    assert {result.verdict for result in results} == {"ok"}
    assert all(result.summary for result in results)


@pytest.mark.parametrize(
    ("drift", "defects"),
    [
        (("prior-shift",), ("leaked-column", "duplicated-people", "mixed-currencies")),
        pytest.param((), ("broken-pixel", "wrong-time-zone"), marks=pytest.mark.slow),
        pytest.param(("covariate-shift",), ("late-rows",), marks=pytest.mark.slow),
        pytest.param(("campaign-mix",), (), marks=pytest.mark.slow),
    ],
)
def test_what_is_planted_is_found(
    simulated: Simulated, study: Callable[[str], ModuleType], drift: tuple[str, ...], defects: tuple[str, ...]
) -> None:
    places = {
        (finding.code, finding.table, finding.column)
        for result in check_history(simulated(31, drift, defects))
        for finding in result.findings
    }
    planted = study("data_check").PLANTED
    assert {planted[name] for name in (*drift, *defects)} <= places


def test_leads_of_one_person_carry_the_code_before_scoring(simulated: Simulated) -> None:
    history = simulated(31, ("prior-shift",), ("leaked-column", "duplicated-people", "mixed-currencies"))
    leads_by_code = check_before_scoring(history, list(history.launches.values())[-1])
    twice = leads_by_code["duplicate-person"]
    assert twice is not None
    assert {lead.removesuffix("-2") for lead in twice if lead.endswith("-2")} <= {*twice}
    assert leads_by_code["mixed-currencies"]


def test_one_launch_alone_is_checked(simulated: Simulated) -> None:
    history = simulated(31, ("prior-shift",), ("leaked-column", "duplicated-people", "mixed-currencies"))
    first, *_, last = history.launches.values()
    codes = [
        {finding.code for result in check_history(history, launch) for finding in result.findings}
        for launch in (first, last)
    ]
    assert "conversion-shift" not in codes[0]
    assert "conversion-shift" in codes[1]


def test_findings_of_a_launch_do_not_depend_on_which_was_checked_before(simulated: Simulated) -> None:
    folder = simulated(31, ("prior-shift",), ("leaked-column", "duplicated-people", "mixed-currencies")).folder
    history = open_history(folder)
    first, *_, last = history.launches.values()
    check_history(history, first)
    results = check_history(history, last)
    assert "target-leakage" in {finding.code for result in results for finding in result.findings}
    assert results == check_history(open_history(folder), last)


def test_findings_hold_no_personal_data(simulated: Simulated) -> None:
    history = simulated(31, ("prior-shift",), ("leaked-column", "duplicated-people", "mixed-currencies"))
    text = " ".join(str(finding) for result in check_history(history) for finding in result.findings)
    assert "duplicate-person" in text
    assert "@" not in text
