"""What a lead's row needs from the others: found from the past alone, written and read back to the bit."""

import json
import math
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hotleads.features import Context, build_context
from hotleads.features.context import Cart

AS_OF = datetime(2024, 7, 1, 12, tzinfo=UTC)


def find_currency(make: Any, *sales: tuple[str | None, float], **more: Any) -> str | None:
    """The context's currency after sales told as (currency, days before as_of)."""
    rows = [make.sale(f"lead{i}", f"t{i}", days, currency=name, **more) for i, (name, days) in enumerate(sales)]
    return build_context(make.history(rows), make.as_of).currency


def test_currency_is_that_of_most_purchases(make: Any) -> None:
    assert find_currency(make, ("BRL", 3), ("USD", 2), ("USD", 1), (None, 1), (None, 1), (None, 1)) == "USD"


def test_of_currencies_as_frequent_the_first_by_name_counts(make: Any) -> None:
    assert find_currency(make, ("USD", 9), ("EUR", 2), ("MXN", 2)) == "EUR"


def test_purchases_at_or_after_as_of_do_not_count(make: Any) -> None:
    assert find_currency(make, ("BRL", 1e-6), ("USD", 0), ("USD", 0), ("USD", -5)) == "BRL"


def test_only_purchases_count_and_each_once(make: Any) -> None:
    sales = [make.sale("ana", "a", 5, currency="BRL")]
    sales += [make.sale("ana", "b", day, currency="USD", status="refunded") for day in (2, 3, 4)]
    sales += [make.sale("ana", "c", day, currency="EUR", status="billet_printed") for day in (2, 3, 4)]
    sales += [make.sale("bia", "d", day, currency="ARS", status="complete") for day in (2, 3, 4)]
    assert build_context(make.history(sales), make.as_of).currency == "ARS"  # one each; by name


@pytest.mark.parametrize("sales", [[], [(None, 3)], [("BRL", 0)]])
def test_without_a_named_currency_there_is_none(sales: list[tuple[str | None, float]], make: Any) -> None:
    assert find_currency(make, *sales) is None


def test_later_rows_leave_the_hash_as_it_was(make: Any) -> None:
    past = [make.sale("ana", "a", 5)]
    future = [make.sale("bia", f"b{i}", -i, currency="USD") for i in range(9)]
    of_past, of_everything = (build_context(make.history(rows), make.as_of) for rows in (past, past + future))
    assert of_past == of_everything
    assert of_past.hash == of_everything.hash


numbers = st.floats(0, 1)


@given(
    currency=st.none() | st.sampled_from(["BRL", "USD"]),
    rate=st.none() | numbers,
    quantiles=st.lists(numbers, max_size=20).map(lambda numbers: tuple(sorted(numbers))),
    microseconds=st.integers(0, 10**15),
)
def test_reads_back_to_the_bit_what_it_wrote(
    currency: str | None, rate: float | None, quantiles: tuple[float, ...], microseconds: int
) -> None:
    carts = (Cart("course", microseconds, microseconds + 1),)
    context = Context(AS_OF + timedelta(microseconds=microseconds), currency, rate, quantiles, carts=carts)
    again = Context.from_json(json.loads(json.dumps(context.to_json())))
    assert again == context
    assert again.hash == context.hash


def test_hash_changes_with_every_part() -> None:
    contexts = [
        Context(AS_OF),
        Context(AS_OF + timedelta(microseconds=1)),
        Context(AS_OF, "BRL"),
        Context(AS_OF, "BRL", 0.2),
        Context(AS_OF, "BRL", math.nextafter(0.2, 1)),
        Context(AS_OF, "BRL", 0.2, (0.1,)),
        Context(AS_OF, "BRL", 0.2, (0.1, 0.1)),
        Context(AS_OF, "BRL", 0.2, (math.nextafter(0.1, 1),)),
        Context(AS_OF, carts=(Cart("course", 1, 3),)),
        Context(AS_OF, carts=(Cart("course", 1, 4),)),
    ]
    assert len({context.hash for context in contexts}) == len(contexts)


def test_hash_is_that_of_the_instant_in_whatever_zone() -> None:
    brasilia = AS_OF.astimezone(timezone(timedelta(hours=-3)))
    assert Context(brasilia, "BRL").hash == Context(AS_OF, "BRL").hash


def test_with_reference_changes_nothing_else() -> None:
    context = Context(AS_OF, "BRL")
    assert context.with_reference(0.2, (0.1, 0.3)) == Context(AS_OF, "BRL", 0.2, (0.1, 0.3))
    assert context == Context(AS_OF, "BRL")
