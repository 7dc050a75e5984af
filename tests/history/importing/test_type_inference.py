"""How values are written is found from the values: months in three languages, money with its sign on either side."""

import re
from datetime import datetime

import duckdb
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hotleads.history.importing.month_names import build_month_sql, translate_months
from hotleads.history.importing.type_inference import _PATTERNS, _fits, infer_number_format, infer_time_format

PORTUGUESE = ("jan", "fev", "mar", "abr", "mai", "jun", "jul", "ago", "set", "out", "nov", "dez")
WHOLE = (
    *("janeiro", "fevereiro", "março", "abril", "maio", "junho"),
    *("julho", "agosto", "setembro", "outubro", "novembro", "dezembro"),
)
SPANISH = ("enero", "febrero", "marzo", "abril", "mayo", "junio", "julio", "agosto", "septiembre", "octubre")


@pytest.mark.parametrize(
    ("values", "pattern"),
    [
        ([f"01-{month}-2024" for month in PORTUGUESE], "%d-%b-%Y"),
        ([f"01/{month.title()}/2024" for month in PORTUGUESE], "%d/%b/%Y"),
        ([f"1 de {month} de 2024" for month in WHOLE], "%d de %B de %Y"),
        ([f"1 de {month}. de 2024" for month in PORTUGUESE], "%d de %b de %Y"),
        ([f"01-{month}-2024" for month in ("Jan", "Feb", "Apr", "Dec")], "%d-%b-%Y"),
    ],
)
def test_times_with_names_of_months_are_found(values: list[str], pattern: str) -> None:
    found = infer_time_format(values)
    assert found is not None
    assert found.format == pattern


def test_hours_up_to_twelve_say_that_the_month_comes_first() -> None:
    for text, pattern in (("4/5/2025 1:05 PM", "%m/%d/%Y %I:%M %p"), ("4/5/2025 13:05", "%d/%m/%Y %H:%M")):
        found = infer_time_format([text])
        assert found is not None
        assert found.format == pattern
        assert "day first, or month first?" in found.doubt


def test_one_bad_time_among_iso_times_asks_for_no_form() -> None:
    found = infer_time_format([*(f"2024-05-{day:02}T10:00:00Z" for day in range(1, 10)), "soon"])
    assert found == ("", "1 of 10 different values are written otherwise", "")


@pytest.mark.parametrize(
    ("values", "form"),
    [
        (["49,00 €", "1.249,00 €"], "1.234,56 €"),
        (["49.00 USD", "1,249.00 USD"], "1,234.56 USD"),
        (["R$ 49,00", "R$ 1.249,00"], "R$ 1.234,56"),
        (["€49.90", "€12.00"], "€ 1,234.56"),
    ],
)
def test_money_is_found_with_its_sign_before_or_after(values: list[str], form: str) -> None:
    found = infer_number_format(values)
    assert found is not None
    assert found.format == form


@pytest.mark.parametrize("values", [["49,00 €", "R$ 49,00"], ["€ 49,00 €"], ["10 euros"]])
def test_two_currencies_or_words_are_no_number(values: list[str]) -> None:
    assert infer_number_format(values) is None


@pytest.mark.parametrize("pattern", ["%d-%b-%Y", "%d-%B-%Y"])
def test_months_mean_the_same_to_the_proposal_and_to_the_import(pattern: str) -> None:
    for position, month in [*enumerate(PORTUGUESE, 1), *enumerate(WHOLE, 1), *enumerate(SPANISH, 1)]:
        text = f"07-{month.title()}-2024"
        (read,) = duckdb.execute(f"SELECT {build_month_sql('$text', pattern)}", {"text": text}).fetchall()[0]
        assert read == translate_months(text, pattern)
        if month not in ("jan", "mar", "jun", "jul", "nov") or "%b" in pattern:  # those are English, and stay short
            assert datetime.strptime(read, pattern).month == position  # noqa: DTZ007


@given(
    pattern=st.sampled_from(_PATTERNS),
    instant=st.datetimes(datetime(1970, 1, 1), datetime(2040, 1, 1), timezones=st.timezones()),  # noqa: DTZ001
    is_padded=st.booleans(),
)
def test_what_a_pattern_writes_fits_it_with_and_without_padding(
    pattern: str, instant: datetime, is_padded: bool
) -> None:
    text = instant.strftime(pattern)
    text = text if is_padded else re.sub(r"(?<![\d:.+-])0(\d)(?!\d)", r"\1", text)
    try:
        datetime.strptime(text, pattern)  # noqa: DTZ007
    except ValueError:
        return
    assert _fits(text, pattern)


@pytest.mark.parametrize(
    ("last", "form"), [("1.001", "1.234,56"), ("1.01", ""), ("0.125", ""), ("1001", ""), ("1001.000", "")]
)
def test_a_point_stands_between_thousands_where_none_below_a_thousand_has_one(last: str, form: str) -> None:
    found = infer_number_format(["37", "962", "1.110", "2.405", "12.990", "8.300", "4.004", last])
    assert found is not None
    assert found.format == form
    assert bool(found.doubt) == bool(form)
