"""Mapping files: foreign exports by declaration, the two that the project ships on the real data they are for."""

import re
from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest

from hotleads.history import History, HistoryError, build_cohort, import_history, open_history

MAPPINGS = Path(__file__).parents[3] / "data" / "mappings"
PRIVATE = "s3cret@example.org"
EXPORT = "id;when;state;paid\n01;2024-01-01 10:00;ok;2,50\n02;2024-01-02 10:00;ok;3,00\n01;2024-01-03 10:00;back;2,50\n"
SOURCE = '[source.orders]\nfile = "orders.txt"\ndelimiter = ";"\n'
PURCHASES = """
[purchases]
from = "orders"
[purchases.columns]
transaction_id = "id"
lead_id = "'lead ' || id"
occurred_at = '"when"'
status = "CASE state WHEN 'ok' THEN 'approved' WHEN 'back' THEN 'refunded' ELSE state END"
amount = "replace(paid, ',', '.')"
"""
LAUNCHES = """
[[launches]]
launch_id = "L"
strategy = "classic"
cart_opens_at = 2024-03-01
cart_closes_at = 2024-03-08T12:00:00-03:00
"""

Map = Callable[..., Path]


@pytest.fixture
def bring(tmp_path: Path) -> Map:
    """Import one export through a mapping and return where the history lies."""

    def import_(mapping: str, export: str = EXPORT, name: str = "orders.txt", encoding: str = "utf-8") -> Path:
        source = tmp_path / "source"
        source.mkdir()
        (source / name).write_text(export, encoding=encoding)
        (tmp_path / "map.toml").write_text(mapping, encoding="utf-8")
        import_history(source, tmp_path / "out", mapping=tmp_path / "map.toml")
        return tmp_path / "out"

    return import_


@pytest.fixture
def refused(bring: Map, tmp_path: Path) -> Callable[..., HistoryError]:
    """The error of a mapping that must fail, leaving nothing behind and telling no values."""

    def import_(*arguments: str) -> HistoryError:
        with pytest.raises(HistoryError) as caught:
            bring(*arguments)
        assert sorted(path.name for path in tmp_path.iterdir()) == ["map.toml", "source"]
        assert PRIVATE not in str(caught.value)
        return caught.value

    return import_


def rows(out: Path, *columns: str) -> list[tuple[Any, ...]]:
    table = pq.read_table(out / "purchases.parquet")
    return list(zip(*(table[name].to_pylist() for name in columns), strict=True))


# ------------------------------------------------------------------------------------------------------ a small export
def test_expressions_make_the_columns(bring: Map) -> None:
    out = bring(SOURCE + PURCHASES + LAUNCHES)

    assert rows(out, "lead_id", "transaction_id", "status", "net_amount") == [
        ("lead 01", "01", "approved", Decimal("2.5")),
        ("lead 01", "01", "refunded", Decimal("-2.5")),
        ("lead 02", "02", "approved", Decimal("3")),
    ]


def test_launches_may_be_written_out(bring: Map) -> None:
    launch = open_history(bring(SOURCE + PURCHASES + LAUNCHES)).get_launch("L")

    assert (launch.cart_opens_at, launch.cart_closes_at) == (
        datetime(2024, 3, 1, tzinfo=UTC),
        datetime(2024, 3, 8, 15, tzinfo=UTC),
    )


def test_the_mapping_names_the_zone_of_times_without_an_offset(bring: Map) -> None:
    out = bring('timezone = "America/Sao_Paulo"\n' + SOURCE + PURCHASES + LAUNCHES)

    assert [at.hour for (at,) in rows(out, "occurred_at")] == [13, 13, 13]


def test_the_caller_may_name_another_zone(bring: Map, tmp_path: Path) -> None:
    bring('timezone = "America/Sao_Paulo"\n' + SOURCE + PURCHASES + LAUNCHES)

    import_history(tmp_path / "source", tmp_path / "out", mapping=tmp_path / "map.toml", timezone="Asia/Tokyo")

    assert [at.hour for (at,) in rows(tmp_path / "out", "occurred_at")] == [1, 1, 1]


def test_rows_that_are_not_kept_are_counted(bring: Map) -> None:
    purchases = PURCHASES.replace('"orders"\n', "\"orders\"\nkeep = \"id <> '' AND state <> 'back'\"\n")

    out = bring(SOURCE + purchases + LAUNCHES, EXPORT + ";2024-01-04 10:00;ok;1\n")

    assert [lead for (lead,) in rows(out, "lead_id")] == ["lead 01", "lead 02"]
    assert open_history(out).manifest["rows_left_out"] == {"purchases": 2}


def test_rows_of_equal_keys_make_one(bring: Map) -> None:
    grouped = PURCHASES.replace('"orders"\n', '"orders"\ngroup_by = ["id"]\n')
    grouped = grouped.replace("'\"when\"'", "'min(\"when\")'").replace('"CASE state', '"CASE min(state)')
    grouped = grouped.replace("ELSE state END", "END").replace("replace(paid", "sum(replace(paid")
    grouped = grouped.replace("'.')\"", "'.')::DECIMAL(9, 2))\"")

    out = bring(SOURCE + grouped + LAUNCHES)

    assert rows(out, "lead_id", "amount") == [("lead 01", Decimal("5")), ("lead 02", Decimal("3"))]


def test_a_file_without_a_header_has_its_columns_named(bring: Map) -> None:
    headless = SOURCE + 'header = ["id", "when", "state", "paid"]\n'

    assert len(rows(bring(headless + PURCHASES + LAUNCHES, EXPORT.partition("\n")[2]), "lead_id")) == 3


def test_what_the_schema_does_not_know_is_noted(bring: Map) -> None:
    out = bring(SOURCE + PURCHASES + "shoe_size = \"'43'\"\n" + LAUNCHES)

    assert open_history(out).manifest["columns_ignored"]["purchases"] == ["shoe_size"]


def test_computed_columns_see_all_rows_and_those_before_them(bring: Map) -> None:
    numbered = """
        [source.orders.computed]
        nth = 'row_number() OVER (PARTITION BY id ORDER BY "when")'
        name = "id || '/' || nth"
    """
    purchases = PURCHASES.replace('"orders"\n', '"orders"\nkeep = "nth = 2 OR id = \'02\'"\n').replace('"id"', '"name"')

    assert rows(bring(SOURCE + numbered + purchases + LAUNCHES), "transaction_id") == [("01/2",), ("02/1",)]


# ------------------------------------------------------------------------------------------------------ what is wrong
@pytest.mark.parametrize(
    ("head", "before", "expected_place"),
    [
        ("", "", "orders.txt:2"),
        ("", '03;2024-01-01;"two\nlines";1\n', "orders.txt:4"),
        ("", '03;2024-01-01;a, "b;1\n\n', "orders.txt:4"),
        ('header = ["id", "when", "state", "paid"]\n', "", "orders.txt:1"),
        ('header = ["id", "when", "state", "paid"]\n', '03;2024-01-01;"two\nlines";1\n', "orders.txt:3"),
    ],
)
@pytest.mark.parametrize("bad", ["03;never;ok;1\n", "03;2024\n"], ids=["bad value", "ragged"])
def test_places_are_those_of_the_export(
    head: str, before: str, expected_place: str, bad: str, refused: Callable[..., HistoryError]
) -> None:
    export = ("" if head else "id;when;state;paid\n") + before + bad
    purchases = PURCHASES.replace("ELSE state END", "ELSE 'approved' END")

    (problem,) = refused(SOURCE + head + purchases + LAUNCHES, export).problems

    assert problem.places == (expected_place,)


def test_empty_lines_of_a_file_of_one_column_are_rows(refused: Callable[..., HistoryError]) -> None:
    single = SOURCE.replace('";"', '"|"') + 'header = ["line"]\n[purchases]\nfrom = "orders"\nkeep = "line <> \'\'"\n'
    columns = "[purchases.columns]\ntransaction_id = 'line'\nlead_id = 'line'\noccurred_at = 'line'\n"

    (problem,) = refused(single + columns + LAUNCHES, "2024-01-01\n\n\nnever\n").problems

    assert problem.places == ("orders.txt:4",)


@pytest.mark.parametrize("value", [PRIVATE, f'x"{PRIVATE}', f"x'{PRIVATE}", f"{PRIVATE}\nx", f"x\n{PRIVATE}"])
def test_a_cast_that_fails_names_the_file_and_no_value(value: str, refused: Callable[..., HistoryError]) -> None:
    cast = PURCHASES.replace("replace(paid, ',', '.')", "CAST(paid AS DECIMAL(9, 2))")
    quoted = '"' + value.replace('"', '""') + '"'

    error = refused(SOURCE + cast + LAUNCHES, f"id;when;state;paid\n01;2024-01-01;ok;{quoted}\n")

    assert "purchases: it cannot be read as a table: Conversion Error" in str(error)
    assert "orders.txt" in str(error)


@pytest.mark.parametrize(
    ("mapping", "expected_message"),
    [
        ("[purchases\n", "map.toml cannot be read.*line 1"),
        ("[buys]\n", "map.toml: unknown buys; known are.*purchases"),
        (SOURCE + "coding = 'x'\n", "source.orders: unknown coding; known are computed, delimiter, encoding, file"),
        (SOURCE + "encoding = 'x'\n", "source.orders: unknown encoding 'x'; common are utf-8"),
        (SOURCE + "encoding = 'base64'\n", "source.orders: unknown encoding 'base64'"),
        (SOURCE + "skip = -1\n", "source.orders: skip must be a number of lines"),
        (SOURCE + "timezone = 'Mars'\n" + PURCHASES + LAUNCHES, "there is no time zone 'Mars'"),
        (SOURCE.replace('";"', "'\"'"), "source.orders: delimiter must be one character, and no quote"),
        ('[source.orders]\nfile = ["orders.txt", "gone*.txt"]\n', "source.orders: there is no file 'gone\\*.txt'"),
        ("[[purchases]]\nfrom = 'elsewhere'\n", "purchases: 'from' must name one of the sources \\(none declared"),
        ("purchases = [3]\n", "purchases must be a section"),
        ('[source.orders]\nfile = "gone.csv"\n', "source.orders: there is no file 'gone.csv'"),
        (SOURCE.replace('";"', "3"), "source.orders: delimiter must be a text"),
        (SOURCE.replace('";"', '"||"'), "source.orders: delimiter must be one character"),
        (SOURCE + 'header = "id"\n', "source.orders: header must be a list"),
        ("timezone = 3\n", "map.toml: timezone must be a text"),
        ('purchases = "orders"\n', "map.toml: purchases must be a section"),
        ('source = "orders.txt"\n', "map.toml: source must be a section"),
        ('[source]\norders = "orders.txt"\n', "source.orders must be a section"),
        (SOURCE + '[purchases]\nfrom = "elsewhere"\n', "purchases: 'from' must name one of the sources orders"),
        (SOURCE + '[purchases]\nform = "orders"\n', "purchases: unknown form; known are columns, from, group_by, keep"),
        (SOURCE + '[purchases]\nfrom = "orders"\ncolumns = "id"\n', "purchases: columns must be a section"),
        (SOURCE + '[purchases]\nfrom = "orders"\n' + LAUNCHES, "purchases.transaction_id.*no such column"),
        (SOURCE + PURCHASES.replace('"id"', '"idd"') + LAUNCHES, "purchases: .*idd.*not found"),
        (SOURCE + PURCHASES.replace('"id"', '"id +"') + LAUNCHES, "purchases: .*syntax error"),
        (SOURCE + PURCHASES + LAUNCHES.replace("classic", "modern"), "launches.strategy.*map.toml, row 1"),
        (SOURCE + PURCHASES, "needs launches"),
    ],
)
def test_a_wrong_mapping_says_what_is_wrong(
    mapping: str, expected_message: str, refused: Callable[..., HistoryError]
) -> None:
    with pytest.raises(HistoryError, match=f"(?s){expected_message}"):
        raise refused(mapping)


def test_a_mapping_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(HistoryError, match=r"gone\.toml cannot be read"):
        import_history(tmp_path, tmp_path / "out", mapping=tmp_path / "gone.toml")


# -------------------------------------------------------------------------------------------------------- real exports
def test_cdnow_comes_in_whole(cdnow: History) -> None:
    purchases = cdnow.read("purchases", ["lead_id", "occurred_at", "net_amount", "currency"])

    assert purchases.num_rows == 69_659
    assert pc.count_distinct(purchases["lead_id"]).as_py() == 23_570
    assert purchases["lead_id"][0].as_py() == "00001"
    assert purchases["net_amount"][0].as_py() == Decimal("11.77")
    assert pc.min_max(purchases["occurred_at"]).as_py() == {
        "min": datetime(1997, 1, 1, tzinfo=UTC),
        "max": datetime(1998, 6, 30, tzinfo=UTC),
    }
    assert cdnow.manifest["rows_left_out"] == {"purchases": 1}  # the heading


def test_cdnow_customers_who_return_in_1998(cdnow: History) -> None:
    leads = build_cohort(cdnow, cdnow.get_launch("1998-H1"))

    assert (len(leads), leads["label"].sum()) == (23_570, 5_374)
    assert leads["label_mature"].isna().all()  # the data end with the window


@pytest.mark.parametrize(
    ("launch", "leads", "buyers"), [("2011-09", 3_360, 969), ("2011-10", 3_658, 984), ("2011-11", 4_010, 1_344)]
)
def test_online_retail_launches(launch: str, leads: int, buyers: int, online_retail: History) -> None:
    cohort = build_cohort(online_retail, online_retail.get_launch(launch))

    assert (len(cohort), cohort["label"].sum()) == (leads, buyers)
    assert cohort["label_mature"].isna().all() == (launch == "2011-11")


def test_online_retail_leaves_lines_without_a_customer_out_and_keeps_every_penny_of_the_rest(
    online_retail: History, real_data: Callable[[str], Path]
) -> None:
    lines = str(real_data("online_retail") / "online_retail.csv.gz")
    with duckdb.connect() as con:
        paid, invoices = con.execute(
            "SELECT sum(Quantity * CAST(UnitPrice AS DECIMAL(10, 3))), count(DISTINCT InvoiceNo) "
            "FROM read_csv(?, all_varchar = false, types = {'InvoiceNo': 'VARCHAR', 'UnitPrice': 'DECIMAL(10, 3)'}) "
            "WHERE CustomerID IS NOT NULL",
            [lines],
        ).fetchall()[0]

    purchases = online_retail.read("purchases", ["net_amount", "status", "lead_id"])

    assert online_retail.manifest["rows_left_out"] == {"purchases": 135_080}
    assert purchases.num_rows == invoices == 22_190
    assert pc.sum(purchases["net_amount"]).as_py() == paid
    assert set(purchases["status"].to_pylist()) == {"approved", "refunded"}
    assert not any("." in lead for lead in purchases["lead_id"].to_pylist())


def test_bank_marketing_months_follow_from_the_order_of_the_rows(bank_marketing: History) -> None:
    sizes = {name: build_cohort(bank_marketing, launch) for name, launch in bank_marketing.launches.items()}

    assert len(sizes) == 26
    assert sum(map(len, sizes.values())) == bank_marketing.manifest["rows"]["leads"] == 41_188
    assert sum(leads["label"].sum() for leads in sizes.values()) == 4_640
    assert [(len(leads), leads["label"].sum()) for leads in (sizes["2008-05"], sizes["2009-03"], sizes["2010-11"])] == [
        (7_763, 240),
        (282, 126),
        (128, 58),
    ]


def test_bank_marketing_leaves_the_leak_out_by_default(
    bank_marketing: History, real_data: Callable[[str], Path], tmp_path: Path
) -> None:
    declared = (MAPPINGS / "bank_marketing.toml").read_text(encoding="utf-8")
    (tmp_path / "leak.toml").write_text(declared.replace("# attr_duration", "attr_duration"), encoding="utf-8")

    import_history(real_data("bank_marketing"), tmp_path / "out", mapping=tmp_path / "leak.toml")

    assert "attr_duration" not in bank_marketing.list_columns("leads")
    assert set(open_history(tmp_path / "out").list_columns("leads")) - set(bank_marketing.list_columns("leads")) == {
        "attr_duration"
    }


def test_hillstrom_is_cut_into_six_parts(hillstrom: History) -> None:
    parts = [build_cohort(hillstrom, launch) for launch in hillstrom.launches.values()]

    assert [len(part) for part in parts] == [10_667] * 4 + [10_666] * 2
    assert sum(part["label"].sum() for part in parts) == hillstrom.manifest["rows"]["purchases"] == 578
    assert hillstrom.manifest["rows"]["events"] == 9_394
    assert hillstrom.manifest["currencies"] == {"USD": 578}


# ----------------------------------------------------------------------------------------------------------- the page
def test_the_example_of_the_page_on_importing_comes_in(bring: Map) -> None:
    page = (MAPPINGS.parents[1] / "docs" / "importing.md").read_text(encoding="utf-8")
    (example,) = re.findall(r"```toml\n(.*?)```", page, re.DOTALL)
    columns = "Transação;Status;E-mail;Data de Venda;Código do Produto;Preço Total"
    sold = "HP1;Aprovado;Ana@example.org;31/01/2024 10:00:00;7;R$ 1.234,56\nHP2;Teste;x;31/01/2024 10:00:00;7;1,00"

    out = bring(example, f"{columns}\n{sold}\n", "vendas-1.csv", "windows-1252")

    assert rows(out, "transaction_id", "lead_id", "status", "amount") == [
        ("HP1", "ana@example.org", "approved", Decimal("1234.56"))
    ]
    assert str(rows(out, "occurred_at")[0][0]) == "2024-01-31 13:00:00+00:00"
