"""Which rows of a history a lead's features see, and what each row counts as."""

from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from numpy.typing import NDArray

from hotleads.features import Context, build_features, compute_features
from hotleads.features.capture_rows import CapturePlan
from hotleads.features.kernel import KnownRows
from hotleads.features.lead_row_reader import read_lead_rows
from hotleads.features.purchase_rows import MEASURES, ROW_KINDS, PurchasePlan
from hotleads.history import History, build_cohort


def select_lead(rows: KnownRows, lead: int) -> slice:
    return slice(int(rows.starts[lead]), int(rows.stops[lead]))


def is_a(rows: KnownRows, lead: int, kind: str) -> list[bool]:
    return ((rows.flags[select_lead(rows, lead)] >> ROW_KINDS.index(kind) & 1) > 0).tolist()


def list_measures(rows: KnownRows, lead: int, measure: str) -> list[float]:
    return rows.measures[MEASURES.index(measure), select_lead(rows, lead)].tolist()


def repeat_as_of(make: Any, leads: list[str]) -> NDArray[np.int64]:
    return np.full(len(leads), make.as_of.value // 1000)


def read_captures(make: Any, history: History, *leads: str) -> KnownRows:
    """What is known of the captures of leads that are named in order."""
    launch = history.get_launch("L")
    plan = CapturePlan([], launch, Context(launch.as_of))
    rows = read_lead_rows(history, [pa.array(leads)], ["captures"], ())[0].captures
    assert rows is not None
    return plan.select_known(rows, plan.build_lookup(rows), rows.starts, rows.stops, repeat_as_of(make, list(leads)))


def read_purchases(make: Any, history: History, *leads: str, currency: str | None = "BRL") -> KnownRows:
    plan = PurchasePlan([], history.get_launch("L"), Context(make.as_of.to_pydatetime(), currency))
    rows = read_lead_rows(history, [pa.array(leads)], ["purchases"], ())[0].purchases
    assert rows is not None
    return plan.select_known(rows, plan.build_lookup(rows), rows.starts, rows.stops, repeat_as_of(make, list(leads)))


def read_rows(make: Any, purchases: list[dict[str, Any]], currency: str | None = "BRL") -> KnownRows:
    return read_purchases(make, make.history(purchases, entry_product_id="ebook"), "ana", currency=currency)


# ---------------------------------------------------------------------------------------------------- purchase rows
def test_purchases_before_as_of_are_known_to_the_microsecond(make: Any) -> None:
    sales = [make.sale("ana", t, 0) | {"occurred_at": make.ago(0, m)} for t, m in (("a", 1), ("b", 0), ("c", -1))]
    rows = read_rows(make, sales)
    assert rows.times[select_lead(rows, 0)].tolist() == [make.ago(0, 1).value // 1000]


def test_what_each_row_counts_as(make: Any) -> None:
    sale = make.sale
    purchases = read_rows(
        make,
        [
            sale("ana", "a", 9, 10, product_id="club", recurrence_number=1),
            sale("ana", "b", 8, 10, product_id="club", recurrence_number=2),
            sale("ana", "b", 7, 4, status="refunded"),
            sale("ana", "c", 6, 7, product_id="ebook", status="billet_printed"),
            sale("ana", "c", 5, 7, product_id="ebook", currency="USD"),
            sale("ana", "c", 4, 7, product_id="ebook", status="complete"),
            sale("ana", "d", 3, None, product_id=None),
            sale("ana", "b", 2, None, status="chargeback"),
        ],
    )
    kinds = {kind: "".join("x" if row else "." for row in is_a(purchases, 0, kind)) for kind in ROW_KINDS}
    assert {kind: rows for kind, rows in kinds.items() if "x" in rows} == {
        "approved": "xx..x.x.",
        "complete": ".....x..",
        "any": "xxxxxxxx",
        "bought": "xx..x.x.",
        "priced": "xx......",
        "charge": "xx......",
        "renewal": ".x......",
        "first_of_product": "x...x...",
        "first_of_day": "xx..x.x.",
        "refunded": "..x.....",
        "chargeback": ".......x",
        "billet_printed": "...x....",
        "subscription": "xxx....x",
        "entry_product": "....x...",
    }
    # b is given back in full by its second row back: what it bought is owned no more.
    assert list_measures(purchases, 0, "ownership") == [1, 1, 0, 0, 1, 0, 1, -1]
    assert list_measures(purchases, 0, "net_amount") == [10, 10, -4, 0, 0, 0, 0, -6]
    assert list_measures(purchases, 0, "amount")[:2] == [10, 10]
    assert list_measures(purchases, 0, "recurrence_number")[:2] == [1, 2]
    assert list_measures(purchases, 0, "one") == [1] * 8


def test_another_currency_is_no_spend_and_no_named_one_is(make: Any) -> None:
    sales = [make.sale("ana", c or "none", 5, 10, currency=c) for c in ("BRL", "EUR", None)]
    assert sorted(list_measures(read_rows(make, sales), 0, "net_amount")) == [0, 10, 10]
    assert list_measures(read_rows(make, sales, None), 0, "net_amount") == [10, 10, 10]


def test_a_day_begins_at_midnight_utc_before_1970_too(make: Any) -> None:
    def first_of_day(*times: str) -> list[bool]:
        sales = [make.sale("ana", f"t{i}", 0) | {"occurred_at": pd.Timestamp(at)} for i, at in enumerate(times)]
        return is_a(read_rows(make, sales), 0, "first_of_day")

    assert first_of_day("2024-05-01T23:59:59.999999Z", "2024-05-02T00:00:00Z", "2024-05-02T23:59:59Z") == [1, 1, 0]
    assert first_of_day("2024-05-01T22:00:00-03:00", "2024-05-02T20:59:00-03:00", "2024-05-02T21:00:00-03:00") == [
        1,
        0,
        1,
    ]
    assert first_of_day("1969-12-30T23:00:00Z", "1969-12-31T01:00:00Z", "1969-12-31T23:00:00Z") == [1, 1, 0]


def test_two_leads_on_one_day_each_have_their_first(make: Any) -> None:
    history = make.history([make.sale(lead, lead, 3) for lead in ("ana", "bia")])
    rows = read_purchases(make, history, "ana", "bia")
    assert is_a(rows, 0, "first_of_day") == is_a(rows, 1, "first_of_day") == [True]


def test_leads_are_found_by_their_whole_id_in_any_order(make: Any) -> None:
    leads = ["10", "1", "010", "Ana", "ana", "õ", "~", "\U0001f600", "ana maria"]
    history = make.history([make.sale(lead, f"t{n}", 3) for lead in leads for n in range(leads.index(lead) + 1)])
    wanted, context = make.cohort("absent", *leads, "zz"), Context(make.as_of.to_pydatetime(), "BRL")
    counts = compute_features(history, history.get_launch("L"), wanted, context)["purchases"]
    assert counts.to_list() == [0, *range(1, len(leads) + 1), 0]


# ----------------------------------------------------------------------------------------------------- capture rows
CAPTURES = [(3, None), (2, "L"), (1, "other"), (0, None), (0, "L"), (0, "other"), (-1, None), (-1, "L")]


@pytest.mark.parametrize(
    ("strategy", "known_days"),
    [
        ("classic", [3, 2, 1, 0]),  # of those at as_of the one that names the launch
        ("perpetual", [3, 2, 1, 0, 0]),  # and there also the one that names none
        ("paid", [3, 2, 1]),  # whose leads are in it by what they own
    ],
)
def test_which_captures_are_known(strategy: str, known_days: list[int], make: Any) -> None:
    launch = {"strategy": strategy, "entry_product_id": "ebook", "horizon_days": 7}
    launch |= {"capture_starts_at": make.ago(9), "capture_ends_at": make.ago(-9)}
    history = make.history(captures=[make.capture("ana", days, name) for days, name in CAPTURES], **launch)
    rows = read_captures(make, history, "ana")
    assert rows.times.tolist() == [make.ago(days).value // 1000 for days in known_days]


def test_each_perpetual_lead_has_its_own_as_of(make: Any) -> None:
    launch = {"capture_starts_at": make.ago(20), "capture_ends_at": make.as_of, "horizon_days": 7}
    captures = [make.capture(lead, days) for lead, days in [("ana", 19), ("ana", 3), ("bia", 40), ("bia", 3)]]
    purchases = [make.sale(lead, lead, 10) for lead in ("ana", "bia")]
    table = build_features(make.history(purchases, captures, strategy="perpetual", **launch), "L")
    assert table[["captures", "purchases"]].to_numpy().tolist() == [[1, 0], [2, 1]]
    assert table["days_since_first_capture"].to_list() == [0, 37]


def test_captures_of_leads_in_any_order_stay_with_their_lead(make: Any) -> None:
    captures = [
        make.capture(lead, days) for lead, many in (("a", 1), ("b", 4), ("c", 2)) for days in range(1, many + 1)
    ]
    history = make.history(captures=captures)
    rows = read_captures(make, history, "a", "b", "bob", "c")
    ages = [(make.as_of.value // 1000 - rows.times[select_lead(rows, lead)]) / 86_400e6 for lead in range(4)]
    assert [age.tolist() for age in ages] == [[1], [4, 3, 2, 1], [], [2, 1]]
    context = Context(make.as_of.to_pydatetime(), "BRL")
    counts = compute_features(history, history.get_launch("L"), make.cohort("c", "nobody", "b", "a"), context)[
        "captures"
    ]
    assert counts.to_list() == [2, 0, 4, 1]


# -------------------------------------------------------------------------------------------------------------- both
@pytest.mark.parametrize("zone", ["America/Sao_Paulo", "Europe/Lisbon", "Asia/Kathmandu"])
def test_instants_count_and_not_the_zone_they_are_written_in(zone: str, make: Any, differing: Any) -> None:
    """Both sides of two changes of clocks."""
    times = pd.to_datetime([f"2024-{day}T0{h}:30:00Z" for day in ("03-31", "10-27", "02-18") for h in (0, 1, 2, 3, 4)])
    opens = pd.Timestamp("2024-10-27T01:30:00Z")

    def told(times: pd.DatetimeIndex, opens: pd.Timestamp) -> pd.DataFrame:
        sales = [make.sale("ana", f"t{i}", 0) | {"occurred_at": at.isoformat()} for i, at in enumerate(times)]
        shows = [{"lead_id": "ana", "captured_at": at.isoformat(), "launch_id": None} for at in times]
        launch = {"cart_opens_at": opens.isoformat(), "cart_closes_at": (opens + pd.Timedelta(days=7)).isoformat()}
        return build_features(make.history(sales, shows, **launch), "L")

    assert told(times, opens)["purchases"].to_list() == [11]
    assert differing(told(times, opens), told(times.tz_convert(zone), opens.tz_convert(zone))) == []


def test_the_file_of_names_and_addresses_is_never_opened(make: Any) -> None:
    history: History = make.history([make.sale("ana", "a", 3)], [make.capture("ana", 2) | {"email": "ana@example.org"}])
    (history.folder / "people.parquet").unlink()
    assert np.isfinite(build_features(history, "L")["days_since_last_purchase"]).all()


def test_a_cohort_without_leads_is_an_empty_table(make: Any) -> None:
    history = make.history([make.sale("ana", "a", -3)])
    assert len(build_cohort(history, history.get_launch("L"))) == 0
    table = build_features(history, "L")
    assert table.shape[0] == 0
    assert (table.dtypes == np.float64).all()
