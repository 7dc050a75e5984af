"""Histories without purchases, labels or leads: named at once, with what to map."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from time import perf_counter

import pandas as pd
import pytest

from hotleads.checks import check_labels, count_outcomes, find_missing_outcomes
from hotleads.history import History, LaunchError, history_from_frames, import_history, open_history

OPENS = datetime(2024, 3, 1, tzinfo=UTC)


def build_history(
    status: str = "approved", product: str = "cake", sold_after: int = 2, buyer: str = "a", **launch: object
) -> History:
    """A launch of a week, two leads who signed up for it, and a sale."""
    row = {"launch_id": "one", "strategy": "classic", "product_id": "cake", "cart_opens_at": OPENS}
    row |= {"cart_closes_at": OPENS + timedelta(days=7)} | launch
    leads = [{"lead_id": lead, "captured_at": OPENS - timedelta(days=3), "launch_id": "one"} for lead in "ab"]
    sale = {"transaction_id": "1", "lead_id": buyer, "occurred_at": OPENS + timedelta(days=sold_after)}
    return history_from_frames(
        launches=pd.DataFrame([row]),
        leads=pd.DataFrame(leads),
        purchases=pd.DataFrame([sale | {"status": status, "product_id": product}]),
    )


def test_a_buyer_among_the_launchs_leads_is_enough() -> None:
    history = build_history()
    assert count_outcomes(history)["one"] == (1, 1, 1)
    assert find_missing_outcomes(history) == []
    check_labels(history)


@pytest.mark.parametrize(
    ("history", "code", "column", "expected_message"),
    [
        (build_history(status="canceled"), "no-purchases", "status", "none of 1 rows is a purchase: 1 canceled"),
        (build_history(sold_after=30), "no-labels", "cart_opens_at", "none of them lies in a launch's window"),
        (build_history(product="tart"), "no-labels", "product_id", "none is of a launch's product .*sold were tart"),
        (build_history(buyer="stranger"), "no-labels", "launch_id", "none in a launch's window is by one of its leads"),
    ],
    ids=["status", "times", "product", "ids"],
)
def test_what_is_missing_is_named_with_what_to_map(
    history: History, code: str, column: str, expected_message: str
) -> None:
    (finding,) = find_missing_outcomes(history)
    assert (finding.code, finding.column, finding.severity) == (code, column, "error")
    assert "map" in finding.remedy.lower()
    started = perf_counter()
    with pytest.raises(LaunchError, match=expected_message) as refused:
        check_labels(history)
    assert refused.value.code == code
    assert perf_counter() - started < 2


def test_buyers_of_a_perpetual_launch_count_within_their_days() -> None:
    perpetual = {
        "strategy": "perpetual", "capture_starts_at": OPENS - timedelta(days=5), "capture_ends_at": OPENS,
    }  # fmt: skip
    assert count_outcomes(build_history(**perpetual, horizon_days=7))["one"].buyers == 1
    assert count_outcomes(build_history(**perpetual, horizon_days=5))["one"].buyers == 0


def test_owners_of_the_entry_product_are_the_leads_of_a_paid_launch() -> None:
    history = build_history(strategy="paid", entry_product_id="flour")
    assert count_outcomes(history)["one"].buyers == 0


def test_a_launch_that_is_still_to_come_needs_no_buyer() -> None:
    later = build_history(cart_opens_at=OPENS + timedelta(days=90), cart_closes_at=OPENS + timedelta(days=97))
    assert count_outcomes(later) == {}
    assert find_missing_outcomes(later) == []


def test_a_launch_that_opens_with_the_last_row_is_still_to_come() -> None:
    opens = OPENS + timedelta(days=2)  # the sale, which comes last
    history = build_history(cart_opens_at=opens, cart_closes_at=opens + timedelta(days=7), buyer="stranger")
    assert count_outcomes(history) == {}
    assert find_missing_outcomes(history) == []


def test_leads_that_were_all_left_out_are_named(tmp_path: Path) -> None:
    (tmp_path / "people.csv").write_text("id,day\na,2024-01-01\n")
    (tmp_path / "m.toml").write_text(
        '[source.people]\nfile = "people.csv"\n[leads]\nfrom = "people"\nkeep = "id = \'z\'"\n[leads.columns]\n'
        'lead_id = "id"\ncaptured_at = "day"\n[[launches]]\nlaunch_id = "one"\nstrategy = "classic"\n'
    )
    import_history(tmp_path, tmp_path / "out", mapping=tmp_path / "m.toml")
    codes = {finding.code: finding for finding in find_missing_outcomes(open_history(tmp_path / "out"))}
    assert codes["no-leads"].message == "no row of leads is left, 1 were left out"
    assert "no-purchases" in codes
