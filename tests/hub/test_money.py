"""Money in minor units."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hotleads.hub.money import convert_from_minor, convert_to_minor, get_decimals


@pytest.mark.parametrize(("currency", "minor"), [("BRL", 19_790), ("JPY", 198), ("KWD", 197_900), ("", 19_790)])
def test_each_currency_has_its_smallest_unit(currency: str, minor: int) -> None:
    assert convert_to_minor(Decimal("197.90"), currency) == minor


@given(minor=st.integers(-(10**15), 10**15), currency=st.sampled_from(["BRL", "USD", "JPY", "KWD", "XXX"]))
def test_minor_units_come_back_as_they_were(minor: int, currency: str) -> None:
    assert convert_to_minor(convert_from_minor(minor, currency), currency) == minor
    assert get_decimals(currency) <= 4
