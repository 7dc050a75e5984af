"""Small histories, each with one thing wrong: the code that names it, where, and in how many rows."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from hotleads.checks import CHECKS, CODES, Finding, check_before_scoring, check_history, describe_checks
from hotleads.checks.codes import LAUNCH_CODES, MODEL_CODES, MONITORING_CODES
from hotleads.checks.judge_codes import JUDGE_CODES
from hotleads.history import History, LaunchError, history_from_frames, open_history
from hotleads.history.identity import normalise_email, normalise_phone

START, DAYS, LEADS = datetime(2024, 1, 1, tzinfo=UTC), 240, 400
NOW = datetime(2025, 1, 1, tzinfo=UTC)


def to_time(number: float) -> datetime:
    return START + timedelta(days=number)


def build_launch(name: str, opens: float, **more: object) -> dict[str, object]:
    times = {
        "capture_starts_at": to_time(opens - 20),
        "cart_opens_at": to_time(opens),
        "cart_closes_at": to_time(opens + 7),
    }
    return {"launch_id": name, "strategy": "classic", "product_id": None, **times, **more}


@pytest.fixture(scope="module")
def sound() -> dict[str, pd.DataFrame]:
    """Captures and purchases on every day, spread over the day; three launches."""
    random = np.random.default_rng(5)
    ids = [f"lead-{i:03d}" for i in range(LEADS)]
    captured = [to_time(x) for x in np.sort(random.uniform(0, DAYS, LEADS))]
    leads = pd.DataFrame(
        {"lead_id": ids, "captured_at": captured, "country": "BR", "utm_campaign": "a", "utm_source": "b"}
    )
    leads["email"], leads["phone"] = [f"{lead}@example.org" for lead in ids], None
    rows = 2_000
    sold = pd.DataFrame({"transaction_id": [f"t{i}" for i in range(rows)], "lead_id": random.choice(ids, rows)})
    sold["occurred_at"] = [to_time(x) for x in np.sort(random.uniform(0, DAYS, rows))]
    return {
        "launches": pd.DataFrame([build_launch("one", 90), build_launch("two", 140), build_launch("three", 190)]),
        "leads": leads,
        "purchases": sold.assign(status="approved", amount="90.00", currency="BRL", product_id="course"),
    }


def find_findings(frames: Mapping[str, pd.DataFrame]) -> list[Finding]:
    history = history_from_frames(**frames)
    return [finding for result in check_history(history, now=NOW) for finding in result.findings]


def find_only(frames: Mapping[str, pd.DataFrame], code: str) -> Finding:
    """The finding of that code, which must be the only one."""
    (finding,) = find_findings(frames)
    assert finding.code == code
    assert finding.remedy == f"{CODES[code].remedy}."
    return finding


def test_a_sound_history_has_no_findings(sound: dict[str, pd.DataFrame]) -> None:
    assert find_findings(sound) == []


def test_a_gap_is_found(sound: dict[str, pd.DataFrame]) -> None:
    sold = sound["purchases"]
    without_gap = sold[~sold["occurred_at"].between(to_time(100), to_time(112))]
    finding = find_only(sound | {"purchases": without_gap}, "missing-days")
    assert (finding.table, finding.rows, finding.severity) == ("purchases", 12, "warning")
    assert finding.examples == ("2024-04-10 to 2024-04-21",)


def test_a_day_off_a_week_is_no_gap(sound: dict[str, pd.DataFrame]) -> None:
    sold = sound["purchases"]
    assert find_findings(sound | {"purchases": sold[sold["occurred_at"].map(lambda at: at.weekday() < 5)]}) == []


@pytest.mark.parametrize("opens", [(90, 190), (40, 110, 190)], ids=["one pause", "two pauses"])
def test_a_business_that_only_sells_in_launches_has_no_gaps(
    sound: dict[str, pd.DataFrame], opens: tuple[float, ...]
) -> None:
    """Captures of the three weeks before each cart, which no launch dates, and purchases while it is open."""
    launches = [build_launch(str(number), start, capture_starts_at=None) for number, start in enumerate(opens)]

    def is_in(times: pd.Series, before: float, after: float) -> pd.Series:
        seasons = [times.between(to_time(start - before), to_time(start + after)) for start in opens]
        return pd.concat(seasons, axis=1).any(axis=1)

    leads, sold = sound["leads"], sound["purchases"]
    frames = {
        "launches": pd.DataFrame(launches).astype({"capture_starts_at": "datetime64[us, UTC]"}),
        "leads": leads[is_in(leads["captured_at"], 21, 0)],
        "purchases": sold[is_in(sold["occurred_at"], 0, 7)],
    }
    assert "missing-days" not in {finding.code for finding in find_findings(frames)}


def test_a_pause_longer_than_those_between_other_launches_is_found(sound: dict[str, pd.DataFrame]) -> None:
    sold = sound["purchases"]
    weekly = sold[~sold["occurred_at"].between(to_time(148), to_time(180))]
    codes = {finding.code: finding for finding in find_findings(sound | {"purchases": weekly})}
    assert codes["missing-days"].table == "purchases"


def test_a_spike_is_found(sound: dict[str, pd.DataFrame]) -> None:
    leads = sound["leads"].copy()
    leads.loc[:99, "captured_at"] = to_time(10.3)
    codes = {finding.code: finding for finding in find_findings(sound | {"leads": leads})}
    assert codes["timestamp-spike"].rows == 100
    assert codes["timestamp-spike"].table == "leads"


def test_impossible_times_are_found(sound: dict[str, pd.DataFrame]) -> None:
    sold = sound["purchases"].copy()
    sold.loc[3, "occurred_at"] = datetime(1970, 1, 1, tzinfo=UTC)
    sold.loc[4, "occurred_at"] = NOW + timedelta(days=40)
    codes = {finding.code: finding.rows for finding in find_findings(sound | {"purchases": sold})}
    assert codes["implausible-timestamps"] == codes["future-timestamps"] == 1


def test_statuses_out_of_order_and_refunds_without_purchase_are_found(sound: dict[str, pd.DataFrame]) -> None:
    sold = sound["purchases"]
    early = sold.head(40).assign(status="refunded", occurred_at=lambda rows: rows["occurred_at"] - timedelta(hours=2))
    early["occurred_at"] = early["occurred_at"].clip(lower=to_time(0))
    unseen = sold.tail(5).assign(status="refunded", transaction_id=[f"u{i}" for i in range(5)])
    codes = {
        finding.code: finding for finding in find_findings(sound | {"purchases": pd.concat([sold, early, unseen])})
    }
    assert 38 <= codes["status-out-of-order"].rows <= 40
    assert codes["status-out-of-order"].severity == "warning"
    assert codes["refund-without-purchase"].rows == 5


def test_mixed_currencies_and_rescaled_amounts_are_found(sound: dict[str, pd.DataFrame]) -> None:
    sold = sound["purchases"].copy()
    sold.loc[:299, "currency"] = "USD"
    assert find_only(sound | {"purchases": sold}, "mixed-currencies").rows == 300
    assert "rates" not in find_only(sound | {"purchases": sold}, "mixed-currencies").message
    cents = sound["purchases"].copy()
    cents.loc[1_000:, "amount"] = "9000"
    finding = find_only(sound | {"purchases": cents}, "amounts-rescaled")
    assert "100 times" in finding.message


def test_a_currency_that_the_rates_lack_is_named(sound: dict[str, pd.DataFrame], tmp_path: Path) -> None:
    sold = sound["purchases"].copy()
    sold.loc[:299, "currency"] = "USD"
    sold.loc[300:349, "currency"] = "EUR"
    for name, frame in (sound | {"purchases": sold}).items():
        frame.to_parquet(tmp_path / f"{name}.parquet", index=False)
    rates = pd.DataFrame({"currency": ["USD"], "day": [to_time(-1)], "rate": [5.0], "base": ["BRL"]})
    rates.to_parquet(tmp_path / "rates.parquet", index=False)
    found = [each for check in check_history(open_history(tmp_path), now=NOW) for each in check.findings]
    (mixed,) = (each for each in found if each.code == "mixed-currencies")
    first = sold.loc[300, "occurred_at"]
    assert f"the table of rates to BRL has no rate of EUR (bought from {first:%Y-%m-%d} on)" in mixed.message
    assert (mixed.rows, mixed.examples) == (50, ("EUR",))
    assert "USD" not in mixed.message


def test_one_person_under_several_ids_is_found(sound: dict[str, pd.DataFrame]) -> None:
    leads = sound["leads"].copy()
    leads.loc[1, "email"] = " Lead-000+promo@Example.org"
    leads.loc[[2, 3], "phone"] = ["+55 11 95555-0134", "(11) 95555 0134"]
    leads.loc[3, "email"] = leads.loc[1, "email"]
    finding = find_only(sound | {"leads": leads}, "duplicate-person")
    assert finding.rows == 4  # 0 and 1 and 3 by address, 3 and 2 by number
    assert finding.examples == ("lead-000 = lead-001 = lead-002 = lead-003",)


def test_a_shared_placeholder_is_not_one_person(sound: dict[str, pd.DataFrame]) -> None:
    leads = sound["leads"].copy()
    leads.loc[:49, "email"] = "none@example.org"
    assert find_only(sound | {"leads": leads}, "placeholder-contact").rows == 50


def test_ids_that_never_match_are_an_error(sound: dict[str, pd.DataFrame]) -> None:
    apart = sound["purchases"].assign(lead_id=lambda rows: rows["lead_id"] + "@shop")
    finding = next(finding for finding in find_findings(sound | {"purchases": apart}) if finding.code == "id-mismatch")
    assert finding.severity == "error"


def test_captures_without_campaigns_are_noted(sound: dict[str, pd.DataFrame]) -> None:
    leads = sound["leads"].assign(utm_campaign=None)
    assert find_only(sound | {"leads": leads}, "utm-missing").rows == LEADS


def test_a_field_filled_in_for_buyers_is_target_leakage(sound: dict[str, pd.DataFrame]) -> None:
    history = history_from_frames(**sound)
    bought = set(sound["purchases"].query("@to_time(190) <= occurred_at < @to_time(197)")["lead_id"])
    leads = sound["leads"].assign(
        attr_welcome=lambda rows: ["yes" if lead in bought else None for lead in rows["lead_id"]],
        attr_minutes=lambda rows: [30 + i % 7 if lead in bought else i % 9 for i, lead in enumerate(rows["lead_id"])],
    )
    columns = {
        finding.column for finding in find_findings(sound | {"leads": leads}) if finding.code == "target-leakage"
    }
    assert columns == {"attr_minutes", "attr_welcome"}
    assert history.launches


LAUNCHES = [
    (build_launch("four", 200, cart_closes_at=None), "launch-incomplete"),
    (build_launch("four", 200, cart_closes_at=to_time(150)), "launch-reversed"),
    (build_launch("four", -40), "empty-cohort"),
    (build_launch("four", DAYS + 30), "history-ends-before-launch"),
    (build_launch("four", 200, product_id="a new one"), "product-never-sold"),
    (build_launch("four", 190), "launch-duplicated"),
]


@pytest.mark.parametrize(("row", "code"), LAUNCHES, ids=[code for _, code in LAUNCHES])
def test_a_launch_with_a_problem_has_its_code(sound: dict[str, pd.DataFrame], row: dict[str, Any], code: str) -> None:
    launches = pd.concat([sound["launches"], pd.DataFrame([row])], ignore_index=True)
    codes = {finding.code: finding for finding in find_findings(sound | {"launches": launches})}
    assert codes[code].severity == CODES[code].severity
    assert set(codes) <= {code, "conversion-shift"}  # what nobody bought converts unlike the others too


def test_captures_that_all_came_too_late_are_found(sound: dict[str, pd.DataFrame]) -> None:
    late = sound["leads"].query("captured_at > @to_time(200)").assign(launch_id="three")
    frames = sound | {"leads": pd.concat([sound["leads"], late])}
    assert find_only(frames, "captures-after-as-of").rows == len(late)
    history = history_from_frames(**frames)
    assert dict(check_before_scoring(history, history.get_launch("three"))) == {"captures-after-as-of": None}


def test_captures_of_an_unknown_launch_are_found(sound: dict[str, pd.DataFrame]) -> None:
    leads = sound["leads"].copy()
    leads.loc[:9, "launch_id"] = "thre"
    assert find_only(sound | {"leads": leads}, "launch-unknown").rows == 10


def test_a_launch_without_leads_is_refused_with_its_code(sound: dict[str, pd.DataFrame]) -> None:
    launches = pd.concat([sound["launches"], pd.DataFrame([build_launch("four", -40)])], ignore_index=True)
    history: History = history_from_frames(**sound | {"launches": launches})
    with pytest.raises(LaunchError, match="nobody to score") as refused:
        check_before_scoring(history, history.get_launch("four"))
    assert refused.value.code == "empty-cohort"


def test_addresses_and_numbers_of_one_person_are_one() -> None:
    assert normalise_email(" Ana.B+x@GoogleMail.com ") == "anab@gmail.com" == normalise_email("a.nab@gmail.com")
    assert normalise_email("a.na@example.org") != normalise_email("ana@example.org")
    assert [normalise_email(text) for text in ("", "ana", "@example.org", "ana@localhost")] == [None] * 4
    assert normalise_phone("(11) 95555-0134", "BR") == normalise_phone("+55 11955550134", None) == "+5511955550134"
    assert normalise_phone("95555-0134", None) is None
    assert normalise_phone("12", "BR") is None


def test_every_code_is_on_the_page() -> None:
    page = describe_checks()
    assert all(f"| `{code}` |" in page for code in CODES)
    assert not [code for code in CODES.values() if not all(code)]


def test_no_code_is_declared_twice() -> None:
    declared = [code.name for check in CHECKS for code in check.codes]
    declared += [code.name for code in (*LAUNCH_CODES, *MODEL_CODES, *MONITORING_CODES, *JUDGE_CODES)]
    assert sorted(declared) == sorted(CODES)
