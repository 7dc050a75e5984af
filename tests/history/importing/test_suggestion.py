"""Proposed mappings: typical exports come in by what is proposed, and what is unsure is said."""

import csv
import tomllib
from collections.abc import Callable
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from openpyxl import Workbook

from hotleads.history import HistoryError, import_history, open_history, suggest_mapping

ADDRESS = "ana.s3cret@example.org"
STATUSES = ("Aprovado", "Completo", "Reembolsado", "Cancelado", "Aguardando Pagamento")


def sale(n: int) -> str:
    """A marketplace's sale, the Brazilian way."""
    lead = ADDRESS if n % 40 == 3 else f"lead{n % 40}@example.org"
    when, price = f"{n % 28 + 1:02}/0{n % 3 + 1}/2024 {n % 24:02}:15:00", f"R$ {n % 9 + 1}.{n:03},{n % 100:02}"
    return f"HP{n:08};{when};{STATUSES[n % 5]};Curso;00{n % 3};{lead};Ana Ção;BRL;{price};Cartão;{n % 12 + 1}\n"


def contact(n: int) -> str:
    """A mail program's contact."""
    lead = ADDRESS.upper() if n == 3 else f"Lead{n}@example.org"
    return (
        f'{n},{lead},Ana,Prado,+55 11 9{n:04},2024-0{n % 3 + 1}-{n % 28 + 1:02} 10:00:00,"a, b",ig,c{n % 3},"{n},5"\n'
    )


SALES = "".join(
    (
        "Transação;Data de Venda;Status;Produto;Código do Produto;E-mail;Nome;Moeda;Preço Total;",
        "Forma de Pagamento;Parcelas\n",
        *map(sale, range(60)),
    )
)
#: Sixty sales, of which twelve were taken back: those are proposed as paid first.
PURCHASES = 72
CONTACTS = "".join(
    (
        "ID,Email,First Name,Last Name,Phone,Date Created,Tags,UTM Source,UTM Campaign,Income\n",
        *map(contact, range(60)),
    )
)

Proposed = Callable[[dict[str, str | bytes]], str]


@pytest.fixture
def proposed(tmp_path: Path) -> Proposed:
    """The mapping that is proposed for some files; it is valid TOML."""

    def propose(files: dict[str, str | bytes]) -> str:
        for name, content in files.items():
            (tmp_path / name).write_bytes(content if isinstance(content, bytes) else content.encode())
        text = suggest_mapping(tmp_path)
        tomllib.loads(text)
        return text

    return propose


def imported(folder: Path, mapping: str) -> Path:
    (folder / "proposal.toml").write_text(mapping, encoding="utf-8")
    import_history(folder, folder / "out", mapping=folder / "proposal.toml")
    return folder / "out"


def paid(rows: list[dict[str, object]]) -> set[object]:
    return {row["transaction_id"] for row in rows if row["status"] == "approved"}


def unsure(text: str) -> list[str]:
    return [line.removeprefix("# UNSURE: ") for line in text.splitlines() if line.startswith("# UNSURE: ")]


def test_sales_and_contacts_of_two_programs_come_in_and_meet(proposed: Proposed, tmp_path: Path) -> None:
    text = proposed({"vendas.csv": SALES.encode("windows-1252"), "contacts.csv": CONTACTS})

    out = imported(tmp_path, text)

    purchases, leads = (pq.read_table(out / f"{name}.parquet") for name in ("purchases", "leads"))
    assert (purchases.num_rows, leads.num_rows) == (PURCHASES, 60)
    assert set(purchases["status"].to_pylist()) == {"approved", "complete", "refunded", "canceled", "billet_printed"}
    row = next(row for row in purchases.to_pylist() if row["transaction_id"] == "HP00000004")
    assert (str(row["amount"]), row["currency"], row["installments"]) == ("5004.0400", "BRL", 5)
    assert str(row["occurred_at"]) == "2024-02-05 07:15:00+00:00"  # 04:15 in São Paulo, day before month
    assert row["product_id"] == "001"
    assert set(purchases["lead_id"].to_pylist()) <= set(leads["lead_id"].to_pylist())  # whatever the capitals
    assert {"utm_source", "utm_campaign"} <= {name for name in leads.column_names if leads[name].null_count == 0}


def test_no_address_is_in_what_is_proposed_nor_in_any_table_but_people(proposed: Proposed, tmp_path: Path) -> None:
    text = proposed({"vendas.csv": SALES, "contacts.csv": CONTACTS})

    out = imported(tmp_path, text)

    assert ADDRESS.lower() not in text.lower()
    for path in out.iterdir():
        table = str(pq.read_table(path).to_pylist()) if path.suffix == ".parquet" else path.read_text()
        assert (ADDRESS.lower() in table.lower()) == (path.name == "people.parquet"), path.name


@pytest.mark.parametrize("header", ["WhatsApp", "Celular", "Número de WhatsApp"])
def test_a_number_to_call_is_the_phone_and_no_answer(header: str, proposed: Proposed) -> None:
    rows = "".join(f"lead{n}@example.org,2024-01-{n + 1:02} 10:00,(11) 9{n:08}\n" for n in range(25))

    text = proposed({"leads.csv": f"E-mail,Data de cadastro,{header}\n{rows}"})

    assert f"phone = '\"{header}\"'" in text
    assert "attr_" not in text


def test_what_is_unsure_says_why(proposed: Proposed) -> None:
    doubts = "\n".join(unsure(proposed({"vendas.csv": SALES.encode("windows-1252")})))

    for doubt in ("in which zone", "not UTF-8", "told apart by their address", "no file holds launches"):
        assert doubt in doubts


@pytest.mark.parametrize(
    ("dates", "form", "doubt"),
    [
        (("31/01/2024", "01/02/2024"), "%d/%m/%Y", None),
        (("01/31/2024", "01/02/2024"), "%m/%d/%Y", None),
        (("03/04/2024", "05/06/2024"), "%d/%m/%Y", "%m/%d/%Y fits all values too: day first, or month first?"),
        (("31.01.2024 10:15", "01.02.2024 23:59"), "%d.%m.%Y %H:%M", None),
        (("01/31/2024 03:16 PM", "01/31/2024 11:16 AM"), "%m/%d/%Y %I:%M %p", None),
        (("31/01/2024", *(f"{n:02}/01/2024" for n in range(1, 10)), "2024-01-31"), "%d/%m/%Y", "1 of 11"),
    ],
)
def test_forms_of_times(dates: tuple[str, ...], form: str, doubt: str | None, proposed: Proposed) -> None:
    text = proposed({"leads.csv": "email;criado em\n" + "".join(f"a{n}@x.org;{day}\n" for n, day in enumerate(dates))})

    assert tomllib.loads(text)["source"]["leads"]["times"] == {"criado em": form}
    assert (
        any(doubt in line for line in unsure(text)) if doubt else not any("fits all" in line for line in unsure(text))
    )


@pytest.mark.parametrize(
    ("amounts", "form", "doubt"),
    [
        (("1.234,56", "7,00"), "1.234,56", None),
        (("1,234.56", "7.00"), "1,234.56", None),
        (("R$ 7,50", "R$ 12,00"), "R$ 1.234,56", None),
        (("12.50", "7"), None, None),
        (("1,234", "5,678"), "1.234,56", "1,234.56 fits all values too"),
        (("1.234", "5.678"), None, "1.234 may be a thousand and more"),
    ],
)
def test_forms_of_numbers(amounts: tuple[str, ...], form: str | None, doubt: str | None, proposed: Proposed) -> None:
    rows = "".join(f"{n};a@x.org;2024-01-01;{amount}\n" for n, amount in enumerate(amounts))

    text = proposed({"sales.csv": "order id;email;date;total\n" + rows})

    assert tomllib.loads(text)["source"]["purchases"].get("numbers") == ({"total": form} if form else None)
    assert any(doubt in line for line in unsure(text)) if doubt else not any("1.234" in line for line in unsure(text))


def test_milliseconds_are_an_expression(proposed: Proposed, tmp_path: Path) -> None:
    text = proposed({"sales.csv": "transaction,email,order date,total\nHP1,a@x.org,1704110400000,5\n"})

    assert (
        str(pq.read_table(imported(tmp_path, text) / "purchases.parquet")["occurred_at"][0].as_py())
        == "2024-01-01 12:00:00+00:00"
    )


def test_a_status_without_a_translation_is_named_and_then_refused(proposed: Proposed, tmp_path: Path) -> None:
    text = proposed(
        {
            "sales.csv": "transaction,email,date,total,status\nHP1,a@x.org,2024-01-01,5,Paga\n"
            "HP2,a@x.org,2024-01-01,5,Zumbi\n"
        }
    )

    assert any("no translation for 'Zumbi'" in line for line in unsure(text))
    with pytest.raises(HistoryError, match=r"purchases\.status: not a known status in 1 row .first at sales\.csv:3"):
        imported(tmp_path, text)


def test_a_sale_that_stands_once_with_its_last_status_was_paid_before_it_was_taken_back(
    proposed: Proposed, tmp_path: Path
) -> None:
    text = proposed({"vendas.csv": SALES})

    rows = pq.read_table(imported(tmp_path, text) / "purchases.parquet").to_pylist()

    assert any("as paid when they were sold" in line for line in unsure(text))
    statuses = [(r["status"], str(r["occurred_at"])) for r in rows if r["transaction_id"] == "HP00000002"]
    assert sorted(statuses) == [("approved", "2024-03-03 05:15:00+00:00"), ("refunded", "2024-03-10 05:15:00+00:00")]
    assert all(r["status"] != "refunded" or r["transaction_id"] in paid(rows) for r in rows)


def test_a_sale_with_a_row_a_status_is_proposed_as_it_stands(proposed: Proposed, tmp_path: Path) -> None:
    again = "".join(line.replace("Reembolsado", "Aprovado") for line in SALES.splitlines(keepends=True)[1:])

    text = proposed({"vendas.csv": SALES + again})

    assert "[[purchases]]" not in text
    assert pq.read_table(imported(tmp_path, text) / "purchases.parquet").num_rows == 72


def test_invoice_lines_without_a_customer_are_left_out_and_doubted(proposed: Proposed, tmp_path: Path) -> None:
    lines = "1,2024-01-01 10:00,x,5\n1,2024-01-01 10:00,y,5\n2,2024-01-02 10:00,x,\n"
    text = proposed({"lines.csv": f"InvoiceNo,InvoiceDate,Description,CustomerID\n{lines}"})

    doubts = "\n".join(unsure(text))
    for doubt in ("1 of the first 3 rows have no lead", "lines of one purchase", "like a status", "like the amount"):
        assert doubt in doubts
    assert pq.read_table(imported(tmp_path, text) / "purchases.parquet")["lead_id"].to_pylist() == ["5"]


def test_ids_that_a_spreadsheet_wrote_with_a_decimal_are_ids(proposed: Proposed) -> None:
    lines = "".join(f"{n // 2},2024-01-{n + 1:02} 10:00:00,{17850 + n % 5}.0,2.55\n" for n in range(20))

    text = proposed({"lines.csv": f"InvoiceNo,InvoiceDate,CustomerID,UnitPrice\n{lines}"})

    assert tomllib.loads(text)["purchases"]["columns"]["lead_id"] == '"CustomerID"'


def test_titles_above_the_header_and_names_that_come_twice(proposed: Proposed, tmp_path: Path) -> None:
    text = proposed({"contatos.csv": "Relatório;;\n\nE-mail;Data;Data\na@x.org;2024-01-01;\nb@x.org;2024-01-02;\n"})

    source = tomllib.loads(text)["source"]["leads"]
    assert (source["header"], source["skip"]) == (["E-mail", "Data", "Data_2"], 3)
    assert pq.read_table(imported(tmp_path, text) / "leads.parquet").num_rows == 2


def test_a_quantity_beside_the_amount_is_doubted(proposed: Proposed) -> None:
    text = proposed({"lines.csv": "order,email,date,unit price,quantity\n1,a@x.org,2024-01-01,5,2\n"})

    assert tomllib.loads(text)["purchases"]["columns"]["amount"] == '"unit price"'
    assert any("price of one piece" in line for line in unsure(text))


def test_files_of_one_kind_are_one_source(proposed: Proposed, tmp_path: Path) -> None:
    head, *rows = SALES.splitlines(keepends=True)

    text = proposed({"vendas-1.csv": head + "".join(rows[:30]), "vendas-2.csv": head + "".join(rows[30:])})

    assert tomllib.loads(text)["source"]["purchases"]["file"] == ["vendas-1.csv", "vendas-2.csv"]
    assert pq.read_table(imported(tmp_path, text) / "purchases.parquet").num_rows == PURCHASES


def test_every_sheet_of_a_workbook_is_looked_at(proposed: Proposed, tmp_path: Path) -> None:
    book = Workbook()
    del book["Sheet"]
    for name, content, delimiter in (("Vendas", SALES, ";"), ("Contatos", CONTACTS, ","), ("Resumo", "x\n1\n", ";")):
        sheet = book.create_sheet(name)
        for row in csv.reader(content.splitlines(), delimiter=delimiter):
            sheet.append(row)
    book.save(tmp_path / "tudo.xlsx")

    text = proposed({})

    assert any("tudo.xlsx (sheet Resumo) looks like none" in line for line in unsure(text))
    out = imported(tmp_path, text)
    assert [pq.read_table(out / f"{name}.parquet").num_rows for name in ("purchases", "leads")] == [PURCHASES, 60]


def test_the_contracts_own_tables_are_proposed_as_they_are(tmp_path: Path) -> None:
    sample = Path(__file__).parents[3] / "data" / "sample"
    text = suggest_mapping(sample)
    (tmp_path / "proposal.toml").write_text(text, encoding="utf-8")

    import_history(sample, tmp_path / "proposed", mapping=tmp_path / "proposal.toml")
    import_history(sample, tmp_path / "plain")

    for table in ("leads", "purchases", "events", "launches"):
        mapped, plain = (pq.read_table(tmp_path / out / f"{table}.parquet") for out in ("proposed", "plain"))
        assert mapped.select(plain.column_names).equals(plain), table


@pytest.mark.parametrize(
    ("files", "expected_message"),
    [
        ({}, "nothing in .* looks like"),
        ({"notes.txt": "buy milk\n"}, "notes.txt looks like none of the tables; its columns are buy milk$"),
        ({"old.txt": " id   day  dollars\n 1   970101  2.50\n"}, "dollars; blanks seem to keep them apart"),
        (
            {"a.csv": b"\x00\xff" * 99, "b.xlsx": b"PK", "c.parquet": b"PAR1", "d.csv.gz": b"no"},
            "(?s)b.xlsx.*c.parquet.*d.csv.gz",
        ),
        ({"empty.csv": ""}, "empty.csv holds no table"),
    ],
)
def test_a_folder_that_holds_nothing_of_the_kind(
    files: dict[str, str | bytes], expected_message: str, proposed: Proposed
) -> None:
    with pytest.raises(HistoryError, match=expected_message):
        proposed(files)


# ---------------------------------------------------------------------------------------------- leads with answers only
def answered(n: int) -> str:
    bought = n % 7 == 0
    return (
        f'{20 + n % 40};"job {n % 3}";person{n}@example.org;{40 * n if bought else 0};"{"yes" if bought else "no"}"\n'
    )


def test_people_with_answers_and_an_outcome_come_in_and_what_is_made_up_is_marked(
    proposed: Proposed, tmp_path: Path
) -> None:
    text = proposed({"calls.csv": "age;job;contact;paid;y\n" + "".join(map(answered, range(80)))})
    (tmp_path / "m.toml").write_text(text)
    for doubt in ("no column is a time", "each row is taken for a lead", "y is taken for who bought", "would leak"):
        assert f"# UNSURE: {doubt}" in text or doubt in text
    assert "# left out as personal: contact" in text
    assert "# attr_paid" in text  # it says something of buyers alone

    import_history(tmp_path, tmp_path / "out", mapping=tmp_path / "m.toml")
    leads, purchases = (pq.read_table(tmp_path / "out" / f"{table}.parquet") for table in ("leads", "purchases"))
    assert len(leads) == 80
    assert {name for name in leads.column_names if name.startswith("attr_")} == {"attr_age", "attr_job"}
    assert len(purchases) == 12
    assert len(open_history(tmp_path / "out").launches) == 4


def test_people_without_an_outcome_are_leads_alone(proposed: Proposed) -> None:
    text = proposed({"people.csv": "age,area,plan\n" + "".join(f"{n % 40},{n % 3},{n % 2}\n" for n in range(30))})
    assert "[purchases]" not in text
    assert "# UNSURE: no column seems to tell who bought" in text


@pytest.mark.parametrize(("name", "rows"), [("bank_marketing", 41_188), ("hillstrom", 64_000)])
def test_known_sets_of_people_are_proposed_whole(
    name: str, rows: int, real_data: Callable[[str], Path], tmp_path: Path
) -> None:
    (tmp_path / "m.toml").write_text(suggest_mapping(real_data(name)))
    manifest = import_history(real_data(name), tmp_path / "out", mapping=tmp_path / "m.toml")
    assert manifest["rows"]["leads"] == rows
    assert manifest["rows"]["purchases"] == {"bank_marketing": 4_640, "hillstrom": 578}[name]
