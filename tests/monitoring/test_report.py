"""The monitoring page: one verdict, a picture before labels are known, and Evidently's pages with a title."""

import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from hotleads.checks.codes import LATE_ROWS
from hotleads.language import Language, Phrase
from hotleads.monitoring import MonitoringResult
from hotleads.monitoring.drift import PREDICTION, TARGET
from hotleads.monitoring.report import _METHODS, add_page_title, render_monitoring_report
from hotleads.monitoring.signals import DriftSignal
from tests.pages import find_page_faults, needs_chromium

ENGLISH = ("leads of", "bought", "expected", "The ", "signal", "usual", "drift", "share")


def render(result: MonitoringResult, language: Language = "en") -> str:
    entry: dict[str, Any] = {
        "launch_id": result.launch_id,
        "as_of": result.as_of.isoformat(),
        "diagnosis": result.diagnosis,
        "advice": result.advice.action,
        "figures": result.figures,
    }
    return render_monitoring_report("shop", result, [entry], language)


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
    note = Phrase("a simple method did better on these leads: {method}", method="the recency rule")
    page = render(replace(monitored, notes=(note,)))
    assert page.index("A simple method did better on these leads: the recency rule.") < page.index("<h2>Why</h2>")


def test_the_page_asks_in_plain_words_and_answers(monitored: MonitoringResult) -> None:
    rate = DriftSignal("conversion", "log-odds", -0.7, 0.0, -0.5, True, Phrase("known once the cart has closed"))
    unknown = replace(rate, cause="covariate", value=None, usual=None, limit=None, alarm=False)
    page = render(replace(monitored, signals=[rate, unknown]))
    assert "Do such leads buy as often as expected?</th><td>no ▲</td>" in page
    assert "× 0.50</td>" in page
    assert "Are the leads like earlier ones?</th><td>not known</td>" in page


def test_the_whole_page_is_in_portuguese(monitored: MonitoringResult) -> None:
    finding = LATE_ROWS.build_finding(
        "events", "", 0, Phrase("{left:.0%} is left of the least that earlier launches had", left=0.5)
    )
    page = render(replace(monitored, findings=[finding]), "pt_BR")
    assert '<html lang="pt-BR">' in page
    assert "as pontuações podem ser usadas como estão" in page
    assert "restam 50% do mínimo" in page
    assert "Importe o que veio desde então" in page
    text = re.sub(r"<style>.*?</style>|<[^>]+>", " ", page, flags=re.DOTALL)
    assert [word for word in ENGLISH if word in text.replace("shared", "")] == []


def test_every_method_of_the_drift_table_has_a_name(monitored: MonitoringResult) -> None:
    used = pd.concat([drift.table["method"] for drift in monitored.drifts.values()]).dropna()
    assert set(used) <= set(_METHODS)


@needs_chromium
@pytest.mark.slow
@pytest.mark.parametrize("language", ["en", "pt_BR"])
def test_the_page_has_no_faults_in_chromium(monitored: MonitoringResult, tmp_path: Path, language: Language) -> None:
    page = tmp_path / "launches.html"
    page.write_text(render(monitored, language), encoding="utf-8")
    assert find_page_faults(page) == []


@pytest.mark.slow  # it imports and draws with Evidently
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
