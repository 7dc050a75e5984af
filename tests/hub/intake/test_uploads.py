"""Files of leads and purchases, from what they look like to what is written."""

import gzip
import json
import multiprocessing
import os
import random
import signal
import time
from dataclasses import replace
from pathlib import Path
from unittest import mock

import openpyxl
import pytest
from django.db import connections
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hotleads.hub.errors import HubError
from hotleads.hub.intake import row_writer, staged_writer
from hotleads.hub.intake.file_templates import render_leads_template
from hotleads.hub.intake.hostile_files import MAX_TEXT
from hotleads.hub.intake.uploads import (
    UploadOptions,
    check_upload,
    get_upload_folder,
    import_upload,
    propose_upload,
    receive_upload,
    restore_names,
)
from hotleads.hub.models import Batch, Capture, ConsentEvent, Contact, LaunchRollup, Purchase, Upload, UploadKind
from hotleads.hub.people.consent import read_terms
from hotleads.language import Phrase
from tests.hub.installations import Installation
from tests.hub.rows import create_launch

LEADS = """email,name,phone,captured_at,launch_id,utm_source,attr_goal
Ana@Example.com,Ana Souza,(11) 98765-4321,2026-03-01T12:00:00Z,spring,instagram,career
bruno@example.com,Bruno,,2026-03-02T12:00:00Z,spring,,hobby
bruno@example.com,Bruno,,2026-03-02T12:00:00Z,spring,,hobby
,Carla,,2026-03-02T12:00:00Z,,,
"""
SALES = """transaction_id,email,occurred_at,status,amount,currency,product_id,seller_id
T1,ana@example.com,2026-03-05T12:00:00Z,approved,197.50,BRL,course,
T1,ana@example.com,2026-03-09T12:00:00Z,refunded,197.50,BRL,course,
T2,bruno@example.com,2026-03-05T12:00:00Z,,5000,JPY,other,somebody
"""
OPTIONS = UploadOptions(default_country="BR")
CONSENT = UploadOptions(terms=read_terms("email_marketing", "consent", "I agree", "2026-01"))


def write(folder: Path, text: str, name: str = "leads.csv") -> Path:
    folder.mkdir(exist_ok=True)
    (folder / name).write_text(text, encoding="utf-8")
    return folder / name


def look_at(*paths: Path, kind: UploadKind = UploadKind.LEADS, options: UploadOptions = OPTIONS) -> Upload:
    upload = receive_upload(kind, paths, options)
    check_upload(upload, propose_upload(upload))
    return upload


def bring(
    *paths: Path, kind: UploadKind = UploadKind.LEADS, options: UploadOptions = OPTIONS
) -> row_writer.WrittenRows:
    return import_upload(look_at(*paths, kind=kind, options=options))


def read_notes(upload: Upload) -> str:
    return "\n".join(map(Phrase.from_json, upload.verdict["notes"]))


def test_leads_become_contacts_and_captures(installation: Installation, tmp_path: Path) -> None:
    launch = create_launch()
    written = bring(write(tmp_path / "in", LEADS))
    assert (written.new, written.repeated, written.nameless, written.consents) == (2, 1, 1, 0)
    ana = Capture.objects.get(utm_source="instagram")
    assert (ana.contact.email, ana.contact.name, ana.contact.phone) == (
        "ana@example.com",
        "Ana Souza",
        "+5511987654321",
    )
    assert (ana.launch, ana.attributes, ana.source) == (launch, {"goal": "career"}, "csv")
    assert Contact.objects.count() == 2
    assert Capture.objects.visible().count() == 2
    assert LaunchRollup.objects.get().leads == 2
    assert not ConsentEvent.objects.exists()


def test_nothing_is_written_before_the_verdict_is_accepted(installation: Installation, tmp_path: Path) -> None:
    upload = look_at(write(tmp_path / "in", LEADS.replace("2026-03-01T12:00:00Z", "yesterday"), "maria.csv"))
    assert upload.state == "refused"
    (problem,) = upload.verdict["problems"]
    assert problem["places"] == ["file-1.csv:2"]
    assert restore_names(upload, problem["places"][0]) == "maria.csv:2"
    with pytest.raises(HubError, match="checked and accepted"):
        import_upload(upload)
    assert not Contact.objects.exists()
    assert not Batch.objects.exists()


def test_the_same_file_again_changes_nothing(installation: Installation, tmp_path: Path) -> None:
    path = write(tmp_path / "in", LEADS)
    bring(path, options=CONSENT)
    before = list(Capture.objects.values_list("pk", "captured_at"))
    written = bring(path, options=CONSENT)
    assert (written.new, written.consents) == (0, 0)
    assert list(Capture.objects.values_list("pk", "captured_at")) == before
    assert ConsentEvent.objects.count() == 2


def test_a_file_without_times_keeps_the_time_of_its_first_import(installation: Installation, tmp_path: Path) -> None:
    path = write(tmp_path / "in", "email\nana@example.com\n")
    upload = look_at(path)
    assert "time of the import" in read_notes(upload)
    import_upload(upload)
    first = Capture.objects.get().captured_at
    assert first == upload.imported_at
    assert bring(path).new == 0
    assert Capture.objects.get().captured_at == first


def test_consent_is_recorded_as_declared_and_not_for_who_said_no(installation: Installation, tmp_path: Path) -> None:
    text = "email,consent\nana@example.com,yes\nbruno@example.com,Não\n"
    assert bring(write(tmp_path / "in", text), options=CONSENT).consents == 1
    event = ConsentEvent.objects.get()
    assert (event.contact.email, event.purpose, event.basis) == ("ana@example.com", "email_marketing", "consent")
    assert (event.text_version, event.proof) == ("2026-01", f"upload {Upload.objects.get().pk}")


@pytest.mark.parametrize(("purpose", "basis"), [("email_marketing", ""), ("", "consent"), ("spam", "consent")])
def test_half_a_declaration_is_refused(purpose: str, basis: str) -> None:
    with pytest.raises(HubError, match="give one of"):
        read_terms(purpose, basis)


def test_purchases_are_a_ledger_in_minor_units(installation: Installation, tmp_path: Path) -> None:
    path = write(tmp_path / "in", SALES, "sales.csv")
    written = bring(path, kind=UploadKind.PURCHASES)
    assert (written.new, written.consents) == (3, 1)
    rows = Purchase.objects.order_by("transaction_id", "occurred_at")
    assert [(row.status, row.amount_minor, row.seller_id) for row in rows] == [
        ("approved", 19_750, ""),
        ("refunded", 19_750, ""),
        ("approved", 5_000, "somebody"),
    ]
    assert bring(path, kind=UploadKind.PURCHASES).new == 0
    flags = {contact.email: contact.came_by_file_only for contact in Contact.objects.all()}
    assert flags == {"ana@example.com": False, "bruno@example.com": True}
    service = ConsentEvent.objects.get()
    assert (service.purpose, service.basis, service.contact.email) == ("service", "contract", "ana@example.com")


def test_sales_without_a_transaction_are_told_apart(sqlite_installation: Installation, tmp_path: Path) -> None:
    one = write(tmp_path / "in", "email,occurred_at,amount,currency\nana@example.com,2026-03-01,5,BRL\n", "a.csv")
    other = write(tmp_path / "in", "email,occurred_at,amount,currency\nbruno@example.com,2026-03-01,5,BRL\n", "b.csv")
    assert bring(one, kind=UploadKind.PURCHASES).new == 1
    assert bring(other, kind=UploadKind.PURCHASES).new == 1
    assert bring(other, one, kind=UploadKind.PURCHASES).new == 0
    assert Purchase.objects.values("transaction_id").distinct().count() == 2


def test_several_files_merge(sqlite_installation: Installation, tmp_path: Path) -> None:
    one = write(tmp_path / "in", "email,name\nana@example.com,Ana\n", "one.csv")
    other = write(tmp_path / "in", "Email;Telefone\nANA@example.com;+5511987654321\n", "other.csv")
    assert bring(one, other).new == 1  # neither says anything of a capture that the other does not
    contact = Contact.objects.get()
    assert (contact.name, contact.phone) == ("Ana", "+5511987654321")


@pytest.mark.parametrize(
    ("header", "row", "expected"),
    [
        (
            "Email,First Name,Last Name,Phone,Date Created,Organization",
            "ana@example.com,Ana,Souza,+5511987654321,2026-03-01 12:00:00,Acme",
            {"email", "name", "last_name", "phone", "captured_at"},
        ),
        (
            "Record ID,First Name,Last Name,Email,Phone Number,Create Date,Original Source",
            "51,Ana,Souza,ana@example.com,+5511987654321,2026-03-01 12:00,Organic",
            {"external_id", "email", "name", "last_name", "phone", "captured_at", "utm_source"},
        ),
        (
            "Email Address,First Name,Last Name,OPTIN_TIME,CONFIRM_TIME,LEID",
            "ana@example.com,Ana,Souza,2026-03-01 12:00:00,2026-03-01 12:05:00,4711",
            {"email", "name", "last_name", "captured_at", "external_id"},
        ),
        (
            "Email,Nome,Telefone,Data da primeira conversão,Base legal",
            "ana@example.com,Ana Souza,+5511987654321,01/03/2026 12:00,Consentimento",
            {"email", "name", "phone", "captured_at", "consent"},
        ),
    ],
    ids=["ActiveCampaign", "HubSpot", "Mailchimp", "RD Station"],
)
def test_headers_of_known_exports_are_recognised(
    sqlite_installation: Installation, tmp_path: Path, header: str, row: str, expected: set[str]
) -> None:
    upload = look_at(write(tmp_path / "in", f"{header}\n{row}\n"))
    assert set(json.loads(upload.mapping)[0]["columns"]) == expected
    assert upload.state == "checked", upload.verdict["problems"]


def test_a_line_of_totals_names_nobody_and_keeps_no_file_out(sqlite_installation: Installation, tmp_path: Path) -> None:
    rows = "".join(f"lead{day}@example.com;{day:02}/03/2026 12:00:00\n" for day in range(1, 32))
    upload = look_at(write(tmp_path / "in", f"E-mail;Data\n{rows};\n;Total 31\n"))
    assert upload.verdict["problems"] == []
    assert (upload.state, upload.verdict["rows"], upload.verdict["nameless"]) == ("checked", 33, 2)
    assert upload.verdict["last"] == "2026-03-31T12:00:00Z"
    assert import_upload(upload).new == 31


def test_a_date_that_cannot_be_read_keeps_a_file_with_people_out(
    sqlite_installation: Installation, tmp_path: Path
) -> None:
    text = "E-mail;Data\nana@example.com;01/03/2026 12:00:00\nbia@example.com;Total 1\n"
    assert look_at(write(tmp_path / "in", text)).state == "refused"


def test_rows_are_left_out_when_their_owner_says_so_and_none_else(installation: Installation, tmp_path: Path) -> None:
    rows = [f"T{n},buyer{n}@example.com,2026-03-{n:02}T12:00:00Z,10.50,BRL" for n in range(1, 13)]
    wrong = ["T13,ana@example.com,soon,10,BRL", "T14,bia@example.com,2026-03-05T12:00:00Z,-10,BRL"]
    text = "\n".join(["transaction_id,email,occurred_at,amount,currency", *rows, *wrong])
    upload = look_at(write(tmp_path / "in", text), kind=UploadKind.PURCHASES)
    found = {problem["column"]: problem for problem in upload.verdict["problems"]}
    assert {name: problem["rows"] for name, problem in found.items()} == {"occurred_at": 1, "amount": 1}
    assert (upload.verdict["rows"], upload.verdict["left_out_rows"]) == (14, 0)
    mappings = propose_upload(upload)

    names = {problem["name"] for problem in found.values()}
    one = {found["occurred_at"]["name"]}
    assert [problem.column for problem in check_upload(upload, mappings, one).problems] == ["amount"]
    otherwise = [replace(mapping, columns=mapping.columns | {"offer": "transaction_id"}) for mapping in mappings]
    assert len(check_upload(upload, otherwise, names).problems) == 2  # they may be other rows now
    assert len(check_upload(upload, mappings, names).problems) == 2
    verdict = check_upload(upload, mappings, names)
    assert (verdict.is_accepted, verdict.rows, verdict.left_out_rows) == (True, 12, 2)
    assert [problem.column for problem in verdict.left_out] == ["occurred_at", "amount"]
    assert import_upload(upload).new == 12
    assert not Purchase.objects.filter(transaction_id__in=["T13", "T14"]).exists()
    assert Contact.objects.count() == 12


def test_files_that_are_read_otherwise_than_when_they_were_checked_bring_nothing_in(
    sqlite_installation: Installation, tmp_path: Path
) -> None:
    upload = look_at(write(tmp_path / "in", "email,captured_at\nana@example.com,2026-03-01T12:00:00Z\n"))
    (file,) = get_upload_folder(upload).iterdir()
    file.write_text("email,captured_at\nana@example.com,soon\n")
    with pytest.raises(HubError, match="bring them again"):
        import_upload(upload)
    assert (Upload.objects.get().state, Capture.objects.count()) == ("refused", 0)


def test_a_formula_is_left_out_with_its_row(sqlite_installation: Installation, tmp_path: Path) -> None:
    upload = look_at(write(tmp_path / "in", "email,name\nana@example.com,=1+1\nbia@example.com,Bia\n"))
    (problem,) = upload.verdict["problems"]
    assert check_upload(upload, propose_upload(upload), [problem["name"]]).is_accepted
    assert import_upload(upload).new == 1
    assert Contact.objects.get().name == "Bia"


def test_a_line_of_totals_in_a_report_of_sales_is_counted_and_left_out(
    sqlite_installation: Installation, tmp_path: Path
) -> None:
    rows = "".join(f"T{day};ana@example.com;{day:02}/03/2026;97,00;BRL\n" for day in range(10, 25))
    text = f"Transação;Email;Data;Valor;Moeda\n{rows};;Total;1.455,00;\n"
    upload = look_at(write(tmp_path / "in", text), kind=UploadKind.PURCHASES)
    assert upload.verdict["problems"] == []
    assert (upload.state, upload.verdict["rows"], upload.verdict["nameless"]) == ("checked", 16, 1)
    written = import_upload(upload)
    assert (written.new, written.nameless) == (15, 1)


INVOICES = """InvoiceNo,StockCode,Quantity,InvoiceDate,UnitPrice,CustomerID
536365,85123A,6,2010-12-01 08:26:00,2.55,17850
536365,71053,8,2010-12-01 08:26:00,3.39,17850
536365,71053,1,2010-12-01 08:26:00,3.00,17850
536365,71053,1,2010-12-01 08:26:00,3.00,17850
536366,22633,1,2010-12-01 08:28:00,1.85,17850
C536379,22633,-1,2010-12-01 09:41:00,1.85,17850
536367,22633,6,2010-12-01 08:34:00,1.85,
"""


def test_lines_of_invoices_come_in_as_what_was_paid_for_each(installation: Installation, tmp_path: Path) -> None:
    path = write(tmp_path / "in", INVOICES)
    upload = look_at(path, kind=UploadKind.PURCHASES, options=UploadOptions(currency="GBP"))
    (mapping,) = json.loads(upload.mapping)
    assert {name: mapping["columns"][name] for name in ("unit_price", "quantity", "transaction_id", "product_id")} == {
        "unit_price": "UnitPrice",
        "quantity": "Quantity",
        "transaction_id": "InvoiceNo",
        "product_id": "StockCode",
    }
    (problem,) = upload.verdict["problems"]
    assert (problem["column"], problem["rows"], problem["places"]) == ("amount", 1, ["file-1.csv:7"])
    verdict = check_upload(upload, propose_upload(upload), [problem["name"]])
    assert (verdict.is_accepted, verdict.rows, verdict.nameless, verdict.repeated) == (True, 6, 1, 1)
    assert (
        read_notes(upload) == "4 rows are lines of sales with several: each comes in as a purchase of its own product"
    )
    import_upload(upload)
    rows = Purchase.objects.order_by("transaction_id").values_list("transaction_id", "product_id", "amount_minor")
    assert list(rows) == [
        ("536365 / 71053", "71053", 300),
        ("536365 / 71053 / 2", "71053", 2712),
        ("536365 / 85123A", "85123A", 1530),
        ("536366", "22633", 185),
    ]
    again = look_at(path, kind=UploadKind.PURCHASES, options=UploadOptions(currency="GBP"))
    check_upload(again, propose_upload(again), [problem["name"]])
    assert import_upload(again).new == 0


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(
        st.tuples(st.integers(1, 3), st.sampled_from("ab"), st.integers(1, 4), st.integers(1, 900)),
        min_size=1,
        max_size=12,
        unique=True,
    )
)
@pytest.mark.slow
def test_lines_are_worth_together_what_their_file_says(
    sqlite_installation: Installation, tmp_path: Path, lines: list[tuple[int, str, int, int]]
) -> None:
    Purchase.objects.all().delete()
    text = "".join(
        f"T{sale},{product},{pieces},{cents / 100:.2f},2026-03-01 10:00:00,a@example.com,{number}\n"
        for number, (sale, product, pieces, cents) in enumerate(lines)
    )
    header = "transaction_id,product_id,quantity,unit_price,occurred_at,email,offer\n"
    path = write(tmp_path / "in", header + text)
    bring(path, kind=UploadKind.PURCHASES, options=UploadOptions(currency="BRL"))
    worth = sum(Purchase.objects.values_list("amount_minor", flat=True))
    assert worth == sum(pieces * cents for _sale, _product, pieces, cents in lines)


def test_a_price_beside_a_number_of_pieces_is_doubted(sqlite_installation: Installation, tmp_path: Path) -> None:
    text = "Order,Email,Date,Price,Quantity\nA1,ana@example.com,2026-03-01 10:00:00,10.00,3\n"
    (mapping,) = propose_upload(look_at(write(tmp_path / "in", text), kind=UploadKind.PURCHASES))
    assert mapping.columns["amount"] == "Price"
    assert mapping.doubts == [
        "Price is taken for what was paid. If it is the price of one piece, say so below, and that Quantity is how many"
    ]
    upload = Upload.objects.get()
    both = replace(mapping, columns=mapping.columns | {"quantity": "Quantity"})
    assert "take one column for the amount paid, or one for the price" in str(check_upload(upload, [both]).problems[0])
    columns = {name: column for name, column in both.columns.items() if name != "amount"} | {"unit_price": "Price"}
    assert check_upload(upload, [replace(mapping, columns=columns)]).is_accepted
    import_upload(upload)
    assert Purchase.objects.get().amount_minor == 3000


@pytest.mark.parametrize(("form", "day"), [("", (2026, 4, 1)), ("%m/%d/%Y", (2026, 1, 4)), ("%d.%m.%Y", (2026, 4, 1))])
def test_a_day_that_may_be_a_month_is_read_as_its_owner_says(
    sqlite_installation: Installation, tmp_path: Path, form: str, day: tuple[int, int, int]
) -> None:
    rows = "".join(f"a{number}@example.org,0{number}/04/2026\n" for number in range(1, 7))
    upload = look_at(write(tmp_path / "in", f"email,Data\n{rows}"))
    mappings = [replace(mapping, times={"Data": form} if form else {}) for mapping in propose_upload(upload)]
    check_upload(upload, mappings)
    import_upload(upload)
    first = Capture.objects.earliest("captured_at").captured_at
    assert (first.year, first.month, first.day) == day


def test_sales_of_hotmart_are_recognised(sqlite_installation: Installation, tmp_path: Path) -> None:
    text = (
        "Transação;Status;Data de Venda;Comprador;Email do Comprador;Preço Total;Moeda;Código do Produto\n"
        "HP01;Aprovado;02/03/2026 10:00:00;Ana Souza;ana@example.com;1.197,00;BRL;123\n"
        "HP02;Reembolsado;13/03/2026 10:00:00;Davi;davi@example.com;97,50;BRL;123\n"
    )
    options = UploadOptions(time_zone="America/Sao_Paulo")
    bring(write(tmp_path / "in", text, "vendas.csv"), kind=UploadKind.PURCHASES, options=options)
    row = Purchase.objects.get(transaction_id="HP01")
    assert (row.status, row.amount_minor, row.product_id) == ("approved", 119_700, "123")
    assert row.occurred_at.isoformat() == "2026-03-02T13:00:00+00:00"
    assert row.contact.name == "Ana Souza"


def test_payments_of_stripe_are_read_in_the_zone_and_by_the_description_that_they_name(
    sqlite_installation: Installation, tmp_path: Path
) -> None:
    text = (
        "id,Created date (UTC),Amount,Currency,Description,Status,Customer ID,Customer Email\n"
        "ch_1,2026-03-02 15:00:00,297.00,usd,Watercolor,Paid,cus_1,ana@example.com\n"
        "ch_2,2026-03-03 15:00:00,27.00,usd,Brushes,Failed,cus_2,bia@example.com\n"
    )
    options = UploadOptions(time_zone="America/New_York")
    upload = look_at(write(tmp_path / "in", text, "payments.csv"), kind=UploadKind.PURCHASES, options=options)
    assert upload.verdict["statuses"] == {"approved": 1, "canceled": 1}
    import_upload(upload)
    row = Purchase.objects.get(transaction_id="ch_1")
    assert (row.product_id, row.amount_minor, row.currency) == ("Watercolor", 29_700, "USD")
    assert row.occurred_at.isoformat() == "2026-03-02T15:00:00+00:00"


def test_sales_of_no_product_say_so(sqlite_installation: Installation, tmp_path: Path) -> None:
    text = "id,email,purchase date,amount\n1,ana@example.com,2026-03-02,10.00\n2,bia@example.com,2026-03-03,10.00\n"
    upload = look_at(write(tmp_path / "in", text, "sales.csv"), kind=UploadKind.PURCHASES)
    assert "no column is read as the product" in read_notes(upload)


def test_columns_called_by_a_question_are_answers(sqlite_installation: Installation, tmp_path: Path) -> None:
    header = "Email,Date Created,What do you want?,Your WhatsApp?,Since when?"
    text = f"{header}\nana@example.com,03/13/2026 10:00,To rest,(11) 98765-4321,2026-01-02\n"
    columns = json.loads(look_at(write(tmp_path / "in", text)).mapping)[0]["columns"]
    assert columns["attr_what_do_you_want"] == "What do you want?"
    assert [name for name in columns if name.startswith("attr_")] == ["attr_what_do_you_want"]


def test_hotmarts_report_with_taxes_is_read_by_the_value_without_them(
    sqlite_installation: Installation, tmp_path: Path
) -> None:
    text = (
        "Código da transação;Status da transação;Data da transação;Código do produto;Nome deste preço;Moeda de compra;"
        "Valor de compra com impostos;Impostos locais;Valor de compra sem impostos;Email do(a) Comprador(a)\n"
        "HP01;Completo;02/03/2026 10:00:00;123;;BRL;1.300,00;3,00;1.297,00;ana@example.com\n"
    )
    bring(write(tmp_path / "in", text, "vendas.csv"), kind=UploadKind.PURCHASES)
    assert Purchase.objects.get(transaction_id="HP01").amount_minor == 129_700


def test_workbooks_come_in_sheet_by_sheet(sqlite_installation: Installation, tmp_path: Path) -> None:
    workbook = openpyxl.Workbook()
    workbook.active.append(["email", "name"])
    workbook.active.append(["ana@example.com", "Ana"])
    second = workbook.create_sheet("more")
    second.append(["e-mail"])
    second.append(["bruno@example.com"])
    workbook.save(tmp_path / "leads.xlsx")
    assert bring(tmp_path / "leads.xlsx").new == 2


def test_the_template_comes_in_as_it_is(sqlite_installation: Installation, tmp_path: Path) -> None:
    assert bring(write(tmp_path / "in", render_leads_template())).new == 1
    capture = Capture.objects.get()
    assert (capture.launch_key, capture.launch, capture.attributes) == ("spring", None, {"goal": "career"})


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("email,name\nana@example.com,\"=HYPERLINK(\"\"http://x\"\")\"\n", "spreadsheet would run"),
        ("email,name\nana@example.com,+cmd|' /C calc'!A0\n", "spreadsheet would run"),
        ("email,name\nana@example.com,@SUM(1+1)\n", "spreadsheet would run"),
        ("email,name\nana@example.com,A\0B\n", "NUL"),
        (f"email,name\nana@example.com,{'x' * (MAX_TEXT + 1)}\n", "over 500 characters"),
        ("name,age\nAna,30\n", "no column is an e-mail address"),
        ("email,name\nnobody,Ana\n", "no row has a valid e-mail address"),
        ("email,captured_at\nana@example.com,soon\n", "not a time"),
    ],
    ids=["formula", "program", "call", "nul", "long", "nobody", "no address", "no time"],
)  # fmt: skip
def test_hostile_and_broken_files_are_refused(
    sqlite_installation: Installation, tmp_path: Path, text: str, message: str
) -> None:
    upload = look_at(write(tmp_path / "in", text))
    kept = [text for problem in upload.verdict["problems"] for text in problem.values() if isinstance(text, dict)]
    assert message in "\n".join(map(Phrase.from_json, kept))
    assert not Contact.objects.exists()


def test_honest_signs_come_in(sqlite_installation: Installation, tmp_path: Path) -> None:
    text = "email,phone,attr_handle,attr_change\nana@example.com,+55 (11) 98765-4321,@ana,-12.5\n"
    assert bring(write(tmp_path / "in", text)).new == 1


def test_bombs_millions_of_columns_and_other_files_are_refused(
    sqlite_installation: Installation, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("hotleads.hub.intake.hostile_files.MAX_UNPACKED_BYTES", 2_000_000)
    bomb = tmp_path / "bomb.csv.gz"
    bomb.write_bytes(gzip.compress(b"email\n" + b"ana@example.com\n" * 300_000))
    wide = write(tmp_path / "in", ",".join(f"c{number}" for number in range(1_000_000)) + "\n", "wide.csv")
    for path, message in ((bomb, "unpacks to over"), (wide, "over 5,000 columns")):
        upload = receive_upload(UploadKind.LEADS, [path], OPTIONS)
        with pytest.raises(HubError, match=message) as error:
            propose_upload(upload)
        assert path.name in str(error.value)
    with pytest.raises(ValueError, match="no CSV"):
        receive_upload(UploadKind.LEADS, [write(tmp_path / "in", "x", "leads.exe")], OPTIONS)


def test_captures_join_the_launch_whose_rules_they_match(sqlite_installation: Installation, tmp_path: Path) -> None:
    launch = create_launch(capture_rules=[{"field": "utm_campaign", "value": "spring-*"}])
    rows = "email,utm_campaign\nana@example.com,spring-ads\nbruno@example.com,autumn\n"
    bring(write(tmp_path / "in", rows))
    assert [capture.contact.email for capture in launch.captures.all()] == ["ana@example.com"]
    assert LaunchRollup.objects.get().leads == 1


def test_a_merge_that_a_file_brings_is_counted_in_every_launch(
    sqlite_installation: Installation, tmp_path: Path
) -> None:
    create_launch()
    apart = "external_id,email,launch_id,captured_at\n7,,spring,2026-03-01\n,ana@example.com,spring,2026-03-01\n"
    bring(write(tmp_path / "in", apart))
    assert LaunchRollup.objects.get().leads == 2
    bring(write(tmp_path / "in", "external_id,email,captured_at\n7,ana@example.com,2026-03-02\n"))
    rollup = LaunchRollup.objects.get()
    assert (rollup.leads, rollup.captures) == (1, 2)


def test_files_are_gone_after_the_import(sqlite_installation: Installation, tmp_path: Path) -> None:
    upload = look_at(write(tmp_path / "in", LEADS, "maria-silva.csv"))
    folder = get_upload_folder(upload)
    assert folder.stat().st_mode & 0o077 == 0
    assert [path.name for path in folder.iterdir()] == ["file-1.csv"]
    import_upload(upload)
    assert not folder.exists()


def test_rows_of_an_import_that_was_given_up_come_in_when_they_are_brought_again(
    installation: Installation, tmp_path: Path
) -> None:
    given_up = look_at(write(tmp_path / "in", LEADS))
    with pytest.raises(RuntimeError), mock.patch.object(Batch.objects, "filter", side_effect=RuntimeError):
        import_upload(given_up)
    assert Capture.objects.count() == 2
    assert Capture.objects.visible().count() == 0
    written = bring(tmp_path / "in" / "leads.csv")
    assert (written.new, written.repeated) == (2, 1)
    assert Capture.objects.visible().count() == 2
    assert Capture.objects.count() == 2


@pytest.mark.slow
def test_a_killed_import_shows_nothing_and_goes_on(
    installation: Installation, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(staged_writer, "CHUNK_ROWS", 20)
    rows = [f"person{number}@example.com,2026-03-01" for number in range(400)]
    upload = look_at(write(tmp_path / "in", "email,captured_at\n" + "\n".join(rows) + "\n"))
    draws = random.Random(3)  # noqa: S311
    forking = multiprocessing.get_context("fork")
    for _ in range(4):
        connections.close_all()
        process = forking.Process(target=import_upload, args=(upload,))
        process.start()
        assert process.pid is not None
        time.sleep(draws.uniform(0.05, 0.3))
        os.kill(process.pid, signal.SIGKILL)
        process.join()
        upload = Upload.objects.get()
        if upload.state == "imported":
            break
        assert Capture.objects.visible().count() == 0
    if upload.state != "imported":
        import_upload(upload)
    assert Capture.objects.visible().count() == 400
    assert Contact.objects.count() == 400


#: The report of sales that Hotmart's site gives: a currency before each price, the area code in a column of its own.
HOTMART_REPORT = (
    "Nome do Produto;Transação;Meio de Pagamento;Moeda;Preço do Produto;Moeda;Preço da Oferta;Taxa de Câmbio;Moeda;"
    "Preço Original;Recorrência;Data de Venda;Status;Nome;Email;DDD;Telefone;País;Código do Produto;Código de Oferta;"
    "Moeda;Preço Total\n"
    "Curso;HP01;Pix;EUR;90,00;EUR;80,00;1;USD;97,00;;02/03/2026 10:00:00;Completo;Ana;ana@example.com;11;"
    "987654321;Brasil;123;abc;BRL;1.197,00\n"
    "Curso;HP02;Pix;EUR;90,00;EUR;80,00;1;USD;97,00;;03/03/2026 10:00:00;Reembolsado;Davi;davi@example.com;11;"
    "(11) 98765-4322;Brasil;123;abc;BRL;1.197,00\n"
)


def test_a_report_of_sales_is_read_by_its_total_in_the_currency_before_it(
    sqlite_installation: Installation, tmp_path: Path
) -> None:
    path = write(tmp_path / "in", HOTMART_REPORT, "vendas.csv")
    upload = look_at(path, kind=UploadKind.PURCHASES, options=UploadOptions())
    (mapping,) = json.loads(upload.mapping)
    columns = {name: mapping["columns"][name] for name in ("amount", "currency", "offer", "area_code")}
    assert columns == {"amount": "Preço Total", "currency": "Moeda_4", "offer": "Código de Oferta", "area_code": "DDD"}
    import_upload(upload)
    assert set(Purchase.objects.values_list("amount_minor", "currency")) == {(119_700, "BRL")}
    assert set(Contact.objects.values_list("phone", flat=True)) == {"+5511987654321", "+5511987654322"}


def test_a_number_is_read_by_the_country_of_its_row(sqlite_installation: Installation, tmp_path: Path) -> None:
    text = "email,phone,country\nana@example.com,912 345 678,Portugal\nb@example.com,(11) 98765-4321,\n"
    bring(write(tmp_path / "in", text))
    assert set(Contact.objects.values_list("phone", flat=True)) == {"+351912345678", "+5511987654321"}


def test_a_sale_whose_last_status_is_a_refund_was_paid_first(installation: Installation, tmp_path: Path) -> None:
    path = write(tmp_path / "in", HOTMART_REPORT, "vendas.csv")
    upload = look_at(path, kind=UploadKind.PURCHASES)
    assert "1 that were taken back" in read_notes(upload)
    assert import_upload(upload).new == 3
    rows = Purchase.objects.order_by("transaction_id", "occurred_at")
    assert [(row.transaction_id, row.status, row.occurred_at.day) for row in rows] == [
        ("HP01", "complete", 2),
        ("HP02", "approved", 3),
        ("HP02", "refunded", 10),
    ]
    again = bring(path, kind=UploadKind.PURCHASES)
    assert (again.new, again.repeated) == (0, 3)


def test_a_refund_that_is_known_keeps_its_time(sqlite_installation: Installation, tmp_path: Path) -> None:
    known = (
        "transaction_id,email,occurred_at,status,amount,currency\n"
        "HP02,davi@example.com,2026-03-03T10:00:01Z,approved,1197,BRL\n"
        "HP02,davi@example.com,2026-03-05T08:00:00Z,refunded,1197,BRL\n"
    )
    bring(write(tmp_path / "in", known, "ledger.csv"), kind=UploadKind.PURCHASES)
    written = bring(write(tmp_path / "in", HOTMART_REPORT, "vendas.csv"), kind=UploadKind.PURCHASES)
    assert (written.new, written.repeated) == (1, 2)
    assert Purchase.objects.filter(transaction_id="HP02").count() == 2


def test_refunds_alone_and_whole_ledgers_stay_as_they_are(sqlite_installation: Installation, tmp_path: Path) -> None:
    header = "transaction_id,email,occurred_at,status,amount,currency\n"
    refunds = header + "T1,ana@example.com,2026-03-05,refunded,10,BRL\n"
    bring(write(tmp_path / "in", refunds), kind=UploadKind.PURCHASES)
    ledger = header + "T2,ana@example.com,2026-03-05,approved,10,BRL\nT2,ana@example.com,2026-03-06,refunded,10,BRL\n"
    bring(write(tmp_path / "in", ledger), kind=UploadKind.PURCHASES)
    rows = Purchase.objects.order_by("transaction_id", "occurred_at").values_list("transaction_id", "status")
    assert list(rows) == [("T1", "refunded"), ("T2", "approved"), ("T2", "refunded")]


@pytest.mark.parametrize(
    ("column", "word", "basis"),
    [
        ("Base legal para comunicações", "Consentimento", "consent"),
        ("Base legal", "Interesse legítimo", "legitimate_interest"),
        ("Legal basis for processing contact's data", "Legitimate interest – prospect/lead", "legitimate_interest"),
        ("Legal basis", "Performance of a contract", "contract"),
        ("consent", "sim", "consent"),
        ("Base legal", "Revogado", None),
        ("Base legal", "Not applicable", None),
        ("consent", "", None),
    ],
)
def test_the_legal_basis_of_a_row_goes_before_the_declared_one(
    sqlite_installation: Installation, tmp_path: Path, column: str, word: str, basis: str | None
) -> None:
    text = f'Email,"{column}"\nana@example.com,"{word}"\n'
    bring(write(tmp_path / "in", text), options=CONSENT)
    assert [event.basis for event in ConsentEvent.objects.all()] == ([basis] if basis else [])


def test_of_two_columns_of_times_the_one_without_gaps_is_read(
    sqlite_installation: Installation, tmp_path: Path
) -> None:
    text = (
        "Email Address,OPTIN_TIME,CONFIRM_TIME\nana@example.com,2026-03-01 12:00:00,2026-03-01 12:05:00\n"
        "bruno@example.com,,2026-03-02 12:05:00\n"
    )
    upload = look_at(write(tmp_path / "in", text))
    assert json.loads(upload.mapping)[0]["columns"]["captured_at"] == "CONFIRM_TIME"
    gaps = look_at(write(tmp_path / "in", "email,captured_at\nana@example.com,2026-03-01\nb@example.com,\n"))
    assert "1 rows say no time" in read_notes(gaps)
