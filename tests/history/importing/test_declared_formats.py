"""Times and numbers as a source writes them: read as declared, refused where they are not, never guessed."""

from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import duckdb
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hotleads.history import HistoryError
from hotleads.history.importing.declared_formats import apply_formats
from hotleads.history.importing.sources import File, Source
from hotleads.history.sql import quote_literal

Bring = Callable[[dict[str, str | bytes], str], Path]

TABLE = """
[purchases]
from = "sales"
[purchases.columns]
transaction_id = "id"
lead_id = "id"
occurred_at = "quando"
amount = "valor"
"""


def mapping(more: str) -> str:
    return f"[source.sales]\nfile = 'sales.csv'\ndelimiter = ';'\n{more}\n{TABLE}"


def csv(*rows: tuple[str, str]) -> dict[str, str | bytes]:
    lines = (f"{number};{when};{value}\n" for number, (when, value) in enumerate(rows, 1))
    return {"sales.csv": "id;quando;valor\n" + "".join(lines)}


def column(out: Path, name: str) -> list[object]:
    return pq.read_table(out / "purchases.parquet")[name].to_pylist()  # type: ignore[no-any-return]


@pytest.mark.parametrize(
    ("pattern", "text", "instant"),
    [
        ("%d/%m/%Y", "03/04/2024", datetime(2024, 4, 3, tzinfo=UTC)),
        ("%m/%d/%Y", "03/04/2024", datetime(2024, 3, 4, tzinfo=UTC)),
        ("%d/%m/%Y", "3/4/2024", datetime(2024, 4, 3, tzinfo=UTC)),
        ("%d/%m/%y", "03/04/24", datetime(2024, 4, 3, tzinfo=UTC)),
        ("%d/%m/%Y %H:%M:%S", " 03/04/2024 15:16:17 ", datetime(2024, 4, 3, 15, 16, 17, tzinfo=UTC)),
        ("%m/%d/%Y %I:%M %p", "03/04/2024 03:16 PM", datetime(2024, 3, 4, 15, 16, tzinfo=UTC)),
        ("%d.%m.%Y %H:%M", "03.04.2024 15:16", datetime(2024, 4, 3, 15, 16, tzinfo=UTC)),
        ("%d %b %Y", "03 Apr 2024", datetime(2024, 4, 3, tzinfo=UTC)),
        ("%d-%b-%Y", "03-fev-2024", datetime(2024, 2, 3, tzinfo=UTC)),
        ("%d-%b-%Y", "03-Feb-2024", datetime(2024, 2, 3, tzinfo=UTC)),
        ("%d de %B de %Y", "3 de março de 2024", datetime(2024, 3, 3, tzinfo=UTC)),
        ("%d de %b de %Y", "3 de set. de 2024", datetime(2024, 9, 3, tzinfo=UTC)),
        ("%d/%m/%Y %H:%M %z", "03/04/2024 15:16 -03:00", datetime(2024, 4, 3, 18, 16, tzinfo=UTC)),
    ],
)
def test_times(pattern: str, text: str, instant: datetime, bring_mapped: Bring) -> None:
    out = bring_mapped(csv((text, "1")), mapping(f'times = {{quando = "{pattern}"}}'))

    assert column(out, "occurred_at") == [instant]


@pytest.mark.parametrize(
    ("form", "text", "amount"),
    [
        ("1.234,56", "1.234,56", "1234.56"),
        ("1.234,56", "1234,56", "1234.56"),
        ("1.234,56", "1.234.567,8", "1234567.8"),
        ("1.234,56", "12", "12"),
        ("1234,56", "1234,5", "1234.5"),
        ("1,234.56", "1,234.5", "1234.5"),
        ("1 234,56", "1 234,5", "1234.5"),
        ("1 234,56", "1\u00a0234,5", "1234.5"),
        ("1'234.56", "1'234.5", "1234.5"),
        ("R$ 1.234,56", "R$ 1.234,5", "1234.5"),
        ("R$ 1.234,56", "R$\u00a01.234,5", "1234.5"),
        ("R$ 1.234,56", "7,00", "7"),
        ("1.234", "1.234", "1234"),
        ("1.234,56 €", "49,00 €", "49"),
        ("1.234,56 €", "1.249,5\u00a0€", "1249.5"),
        ("1.234,56 €", "7,00", "7"),
    ],
)
def test_numbers(form: str, text: str, amount: str, bring_mapped: Bring) -> None:
    out = bring_mapped(csv(("2024-01-01", text)), mapping(f'numbers = {{valor = "{form}"}}'))

    assert column(out, "amount") == [Decimal(amount)]


@pytest.mark.parametrize(
    ("declared", "row", "expected_message"),
    [
        ('times = {quando = "%d/%m/%Y"}', ("2024-01-01", "1"), "purchases.quando: not written as declared, %d/%m/%Y"),
        ('times = {quando = "%d/%m/%Y"}', ("01/13/2024", "1"), "purchases.quando: not written as declared, %d/%m/%Y"),
        ('times = {quando = "%d/%m/%Y"}', ("01/02/2024 10:00", "1"), "purchases.quando: not written as declared"),
        ('times = {quando = "%d/%m/%Y"}', ("01/02/24", "1"), "purchases.occurred_at: not a time"),  # the year 24
        ('numbers = {valor = "1.234,56"}', ("2024-01-01", "1.5"), "purchases.valor: not written as declared, 1.234,56"),
        ('numbers = {valor = "1.234,56"}', ("2024-01-01", "1,234.56"), "purchases.valor: not written as declared"),
        ('numbers = {valor = "1,234.56"}', ("2024-01-01", "1.234,56"), "purchases.valor: not written as declared"),
        ('numbers = {valor = "1234,56"}', ("2024-01-01", "US$ 1"), "purchases.valor: not written as declared"),
        ('numbers = {valor = "1.234,56"}', ("2024-01-01", "=1+1"), "purchases.valor: not written as declared"),
        ("", ("03/04/2024", "1"), "purchases.occurred_at: not a time.*times = "),
        ("", ("2024-01-01", "1,5"), "purchases.amount: not a decimal amount.*numbers = "),
    ],
)
def test_what_is_written_otherwise_is_named_and_refused(
    declared: str, row: tuple[str, str], expected_message: str, bring_mapped: Bring, tmp_path: Path
) -> None:
    good = ("01/02/2024" if "%d/%m" in declared else "2024-02-01", "")

    with pytest.raises(HistoryError, match=f"(?s){expected_message}") as caught:
        bring_mapped(csv(good, row), mapping(declared))

    assert {problem.places for problem in caught.value.problems} == {("sales.csv:3",)}
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    ("declared", "expected_message"),
    [
        ('times = {quando = "dd/mm/yyyy"}', "source.sales: the time quando needs a pattern"),
        ("times = {quando = 3}", "source.sales: the time quando needs a pattern"),
        ('times = {gone = "%d"}', "source.sales: no column gone; it has id, quando, valor"),
        ('numbers = {valor = "comma"}', "source.sales: the number valor needs the form of 1234.56"),
        ('numbers = {valor = "1.234.56"}', "source.sales: the number valor needs the form of 1234.56"),
        ("numbers = {valor = true}", "source.sales: the number valor needs the form of 1234.56"),
    ],
)
def test_a_form_that_says_nothing_is_refused(declared: str, expected_message: str, bring_mapped: Bring) -> None:
    with pytest.raises(HistoryError, match=expected_message):
        bring_mapped(csv(("2024-01-01", "1")), mapping(declared))


def test_declared_columns_are_plain_to_the_mappings_expressions(bring_mapped: Bring) -> None:
    grouped = mapping('numbers = {valor = "1.234,56"}\ntimes = {quando = "%d/%m/%Y"}')
    grouped = grouped.replace('from = "sales"', 'from = "sales"\ngroup_by = ["quando"]')
    grouped = grouped.replace('"id"', '"quando"').replace('"valor"', '"sum(CAST(valor AS DECIMAL(18, 2)))"')

    out = bring_mapped(csv(("31/01/2024", "1.000,50"), ("31/01/2024", "0,50")), grouped)

    assert column(out, "amount") == [Decimal(1001)]
    assert column(out, "lead_id") == ["2024-01-31 00:00:00"]
    with pytest.raises(HistoryError, match="valor: not written as declared"):
        bring_mapped(csv(("31/01/2024", "1.000,50"), ("31/01/2024", "0.5")), grouped)


def test_each_source_has_its_own_zone_and_the_instants_agree(bring_mapped: Bring) -> None:
    files = {"sao_paulo.csv": "id;quando\na;03/04/2024 07:00\n", "berlin.csv": "id;quando\nb;2024-04-03 12:00\n"}
    both = """
        timezone = "Asia/Tokyo"
        [source.one]
        file = "sao_paulo.csv"
        delimiter = ";"
        timezone = "America/Sao_Paulo"
        times = {quando = "%d/%m/%Y %H:%M"}
        [source.two]
        file = "berlin.csv"
        delimiter = ";"
        timezone = "Europe/Berlin"
        [[purchases]]
        from = "one"
        columns = {transaction_id = "id", lead_id = "id", occurred_at = "quando"}
        [[purchases]]
        from = "two"
        columns = {transaction_id = "id", lead_id = "id", occurred_at = "quando"}
    """

    assert column(bring_mapped(dict(files), both), "occurred_at") == [datetime(2024, 4, 3, 10, tzinfo=UTC)] * 2


def test_unix_times_are_an_expression(bring_mapped: Bring) -> None:
    unix_mapping = mapping("timezone = 'America/Sao_Paulo'").replace(
        '"quando"', '"to_timestamp(CAST(quando AS DOUBLE) / 1000)"'
    )

    out = bring_mapped(csv(("1704110400000", "1")), unix_mapping)

    assert column(out, "occurred_at") == [datetime(2024, 1, 1, 12, tzinfo=UTC)]


@settings(deadline=None)
@given(st.decimals(0, 10**12, places=2), st.sampled_from(["1.234,56", "1,234.56", "1 234,56", "1234,56", "1'234.56"]))
def test_any_number_written_like_the_sample_is_read_back(number: Decimal, sample: str) -> None:
    marks = {",": "" if len(sample) == 7 else sample[1], ".": sample[-3]}
    text = "".join(marks.get(letter, letter) for letter in f"{number:,}")

    assert read(text, sample) == [(format(number, "f"), [])]


@settings(deadline=None)
@given(st.text(st.sampled_from("0123456789.,- "), min_size=1, max_size=9))
def test_no_text_is_read_in_two_ways(text: str) -> None:
    """What both samples take has one value, unless a mark stands between thousands, which is why it is declared."""
    (brazilian, _), (american, _) = (read(text, sample)[0] for sample in ("1.234,56", "1,234.56"))

    if brazilian and american and not set(",.") & set(text):
        assert Decimal(brazilian) == Decimal(american)


def read(text: str, sample: str) -> list[tuple[str | None, list[str]]]:
    rows = f"SELECT {quote_literal(text)} AS n, 0 AS _file, 1 AS _row, CAST([] AS VARCHAR[]) AS _unread"
    source = apply_formats(Source(rows, ("n",), (File.with_row_numbers(Path("x.csv")),)), "source.x", {}, {"n": sample})
    return duckdb.sql(f"SELECT n, _unread FROM ({source.sql})").fetchall()
