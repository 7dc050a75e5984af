"""The monitoring page: one verdict, a picture before labels are known, and Evidently's pages with a title."""

from dataclasses import replace
from typing import Any

from hotleads.monitoring import MonitoringResult
from hotleads.monitoring.drift import PREDICTION, TARGET
from hotleads.monitoring.report import add_page_title, render_monitoring_report


def render(result: MonitoringResult) -> str:
    entry: dict[str, Any] = {
        "launch_id": result.launch_id,
        "as_of": result.as_of.isoformat(),
        "diagnosis": result.diagnosis,
        "advice": result.advice.action,
        "figures": result.figures,
    }
    return render_monitoring_report("shop", result, [entry])


def test_before_labels_there_is_a_picture_of_the_expected_conversion(monitored: MonitoringResult) -> None:
    page = render(replace(monitored, realised=None, baselines=None))
    assert page.count("<svg") == 1
    assert "Predicted and observed conversion" in page
    assert render(monitored).count("<svg") == 2


def test_the_page_has_one_verdict_and_what_to_do_about_it(monitored: MonitoringResult) -> None:
    page = render(monitored)
    assert f"<h1>{monitored.launch_id}: the scores can be used as they are</h1>" in page
    assert "Nothing to do." in page
    assert "import again" not in page


def test_the_page_says_at_the_top_that_a_simple_method_won(monitored: MonitoringResult) -> None:
    page = render(replace(monitored, notes=("a simple method did better on these leads: the recency rule",)))
    assert page.index("A simple method did better on these leads: the recency rule.") < page.index("<h2>Why</h2>")


def test_evidently_draws_the_outcomes_first_then_what_drifted(monitored: MonitoringResult) -> None:
    for drift in monitored.drifts.values():
        results = drift.snapshot.metric_results.values()
        drawn = [result.metric_value_location.metric.params["column"] for result in results]
        assert {PREDICTION, TARGET} == set(drawn[:2])
        drifted = drift.table.set_index("column").loc[drawn[2:], "drifted"].to_list()
        assert drifted == sorted(drifted, reverse=True)


def test_evidentlys_page_gets_a_title_that_is_escaped() -> None:
    page = add_page_title("<html><head><title>x</title></head><body class='a'>widgets</body></html>", "a & b: drift")
    assert page.count("<title>") == 1
    assert "<title>a &amp; b: drift</title>" in page
    assert page.index("a &amp; b: drift</h1>") < page.index("widgets")
