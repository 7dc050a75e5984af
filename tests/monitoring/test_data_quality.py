"""Each thing that can be wrong with a launch's data is named, and nothing is where nothing is wrong."""

from dataclasses import replace
from datetime import timedelta

import numpy as np

from hotleads.checks import Finding
from hotleads.history import History
from hotleads.monitoring.data_quality import find_data_problems
from hotleads.monitoring.launch_rows import LaunchRows
from hotleads.monitoring.signals import DriftSignal

WHOLE = DriftSignal("attribution", "share left", 1.0, 1.0, 0.5, False, "all there")


def _list_codes(findings: list[Finding]) -> set[tuple[str, str, str]]:
    return {(finding.code, finding.table, finding.column) for finding in findings}


def test_a_clean_launch_has_no_data_problems(history: History, rows: LaunchRows, earlier: list[LaunchRows]) -> None:
    assert find_data_problems(history, rows, earlier, WHOLE) == []


def test_lost_fields_and_events_are_named(history: History, rows: LaunchRows, earlier: list[LaunchRows]) -> None:
    lost = replace(WHOLE, alarm=True, details={"gone": {"utm_source": 0.01, "event email_opened": 0.0}})
    findings = find_data_problems(history, rows, earlier, lost)
    assert _list_codes(findings) == {
        ("attribution-broken", "leads", "utm_source"),
        ("attribution-broken", "events", "email_opened"),
    }
    assert all(finding.severity == "error" for finding in findings)


def test_a_renamed_category_and_a_missing_feature_are_named(
    history: History, rows: LaunchRows, earlier: list[LaunchRows]
) -> None:
    fields, table = rows.capture_fields.copy(), rows.table.copy()
    fields["utm_medium"] = fields["utm_medium"].where(fields["utm_medium"].isna(), "new-name")
    table.iloc[::2, 3] = np.nan
    findings = find_data_problems(history, replace(rows, capture_fields=fields, table=table), earlier, WHOLE)
    assert _list_codes(findings) == {("unknown-category", "leads", "utm_medium"), ("feature-missing", "features", "")}
    level, missing = sorted(findings, key=lambda finding: finding.code, reverse=True)
    assert level.examples == ("new-name",)
    assert level.rows == fields["utm_medium"].notna().sum()
    assert missing.examples == (table.columns[3],)


def test_form_answers_are_not_shown(history: History, rows: LaunchRows, earlier: list[LaunchRows]) -> None:
    fields = rows.capture_fields.assign(attr_goal="words of their own")
    (finding,) = find_data_problems(history, replace(rows, capture_fields=fields), earlier, WHOLE)
    assert (finding.code, finding.column, finding.examples) == ("unknown-category", "attr_goal", ())


def test_a_pause_of_the_captures_and_late_rows_are_named(
    history: History, rows: LaunchRows, earlier: list[LaunchRows]
) -> None:
    assert rows.launch.capture_ends_at is not None
    paused = replace(rows.launch, capture_ends_at=rows.launch.capture_ends_at + timedelta(days=300))
    assert _list_codes(find_data_problems(history, replace(rows, launch=paused), earlier, WHOLE)) == {
        ("capture-gap", "leads", "captured_at")
    }
    assert history.ended_at is not None
    later = replace(rows.launch, cart_opens_at=history.ended_at + timedelta(days=5))
    codes = _list_codes(find_data_problems(history, replace(rows, launch=later), earlier, WHOLE))
    assert {table for code, table, _ in codes if code == "late-rows"} == {"leads", "purchases", "events"}
