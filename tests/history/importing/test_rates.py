"""Several currencies: one base at the transaction's own day, no later rate looked at, nothing left of a refund."""

from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hotleads.features import build_features
from hotleads.history import HistoryError, import_history, open_history

LAUNCHES = "launch_id,strategy,cart_opens_at,cart_closes_at\nL,classic,2024-03-01,2024-03-08\n"
PURCHASES = "transaction_id,lead_id,occurred_at,status,amount,currency\n"
RATES = "currency,base,day,rate\n"
BOUGHT = "1,a,2024-01-05T10:00:00Z,approved,100,USD\n"


def import_purchases(folder: Path, purchases: str, rates: str | None) -> Path:
    source = folder / "source"
    source.mkdir(exist_ok=True)
    (source / "launches.csv").write_text(LAUNCHES)
    (source / "purchases.csv").write_text(PURCHASES + purchases)
    if rates is not None:
        (source / "rates.csv").write_text(RATES + rates)
    import_history(source, folder / "out")
    return folder / "out"


def read_amounts(out: Path) -> list[tuple[Any, ...]]:
    table = pq.read_table(out / "purchases.parquet")
    return list(zip(*(table[name].to_pylist() for name in ("amount", "net_amount", "currency")), strict=True))


@pytest.mark.parametrize(
    ("rates", "amount", "currency"),
    [
        pytest.param("USD,BRL,2024-01-05,5\n", 500, "BRL", id="its own day's"),
        pytest.param("USD,BRL,2024-01-01,4\nUSD,BRL,2023-01-01,3\n", 400, "BRL", id="the latest before it"),
        pytest.param("USD,BRL,2024-01-01,4\nUSD,BRL,2024-01-06,9\n", 400, "BRL", id="not a later one"),
        pytest.param("USD,BRL,2024-01-06,9\n", 100, "USD", id="only later ones: kept apart"),
        pytest.param("EUR,BRL,2024-01-01,9\n", 100, "USD", id="another currency's: kept apart"),
        pytest.param("EUR,USD,2024-01-01,9\n", 100, "USD", id="the base itself"),
        pytest.param("USD,BRL,2024-01-01,0.00012345\n", "0.0123", "BRL", id="rounded to the money's four places"),
        pytest.param(None, 100, "USD", id="no table"),
    ],
)
def test_which_rate_a_purchase_gets(rates: str | None, amount: float, currency: str, tmp_path: Path) -> None:
    assert read_amounts(import_purchases(tmp_path, BOUGHT, rates)) == [(Decimal(amount), Decimal(amount), currency)]


def test_a_refund_takes_back_at_the_rate_of_the_purchase(tmp_path: Path) -> None:
    refunded = BOUGHT + "1,a,2024-02-05T10:00:00Z,refunded,30,USD\n1,a,2024-02-06T10:00:00Z,refunded,,\n"

    out = import_purchases(tmp_path, refunded, "USD,BRL,2024-01-01,5\nUSD,BRL,2024-02-01,6\n")

    assert [net for _, net, _ in read_amounts(out)] == [500, -150, -350]
    assert pq.read_table(out / "purchases.parquet")["ends"].to_pylist() == [False, False, True]


@settings(max_examples=10, deadline=None)
@given(
    parts=st.lists(st.decimals("0.01", "500", places=2), min_size=1, max_size=6),
    rate=st.decimals("0.0001", "900", places=7),
)
def test_a_purchase_given_back_in_parts_leaves_nothing(
    parts: list[Decimal], rate: Decimal, tmp_path_factory: pytest.TempPathFactory
) -> None:
    days = [date(2024, 1, 10) + timedelta(days=number) for number in range(len(parts))]
    rows = f"1,a,2024-01-05,approved,{sum(parts)},USD\n" + "".join(
        f"1,a,{day},refunded,{part},USD\n" for day, part in zip(days, parts, strict=True)
    )

    converted = read_amounts(import_purchases(tmp_path_factory.mktemp("parts"), rows, f"USD,BRL,2024-01-01,{rate}\n"))

    assert sum(net for _, net, _ in converted) == 0
    assert converted[0][1] == converted[0][0]


def test_a_later_rate_changes_no_earlier_row(tmp_path: Path) -> None:
    rows = BOUGHT + "2,a,2024-02-05,approved,10,USD\n"
    (tmp_path / "less").mkdir()
    (tmp_path / "more").mkdir()

    before = read_amounts(import_purchases(tmp_path / "less", rows, "USD,BRL,2024-01-01,5\n"))
    after = read_amounts(import_purchases(tmp_path / "more", rows, "USD,BRL,2024-01-01,5\nUSD,BRL,2024-02-01,6\n"))

    assert before[0] == after[0]
    assert before[1] != after[1]


def test_features_see_one_spend(tmp_path: Path) -> None:
    rows = BOUGHT + "2,a,2024-02-05,approved,10,BRL\n3,a,2024-02-06,approved,7,JPY\n"
    (tmp_path / "with").mkdir()
    (tmp_path / "without").mkdir()

    spend = [
        build_features(open_history(import_purchases(tmp_path / name, rows, rates)), "L")["spend"].to_list()
        for name, rates in {"with": "USD,BRL,2024-01-01,5\n", "without": None}.items()
    ]

    assert spend == [[510.0], [10.0]]  # of one row each, BRL comes first


def test_the_manifest_names_the_currencies_that_are_left(tmp_path: Path) -> None:
    rows = BOUGHT + "2,a,2024-02-05,approved,10,BRL\n3,a,2024-02-06,approved,7,JPY\n"

    manifest = open_history(import_purchases(tmp_path, rows, "USD,BRL,2024-01-01,5\n")).manifest

    assert (manifest["currencies"], manifest["currency_base"]) == ({"BRL": 2, "JPY": 1}, "BRL")
    assert (tmp_path / "out" / "rates.parquet").is_file()


@pytest.mark.parametrize(
    ("rates", "expected_message"),
    [
        ("USD,BRL,2024-01-01,0\n", "rates.rate: not above zero.*rates.csv:2"),
        ("USD,BRL,2024-01-01,five\n", "rates.rate: not a number"),
        ("USD,BRL,01/02/2024,5\n", "rates.day: not a time"),
        ("USD,,2024-01-01,5\n", "rates.base: empty"),
        ("USD,BRL,2024-01-01,5\nEUR,USD,2024-01-01,1.1\n", "rates.base: more than one base currency"),
        ("USD,BRL,2024-01-01,5\nUSD,BRL,2024-01-01,6\n", "rates.rate: several rates.*in 2 rows"),
        ("BRL,BRL,2024-01-01,2\n", "rates.rate: the base currency in another worth than 1"),
    ],
)
def test_rates_that_say_two_things_are_refused(rates: str, expected_message: str, tmp_path: Path) -> None:
    with pytest.raises(HistoryError, match=f"(?s){expected_message}"):
        import_purchases(tmp_path, BOUGHT, rates)

    assert not (tmp_path / "out").exists()
