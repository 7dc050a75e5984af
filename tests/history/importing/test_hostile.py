"""Fifty and more hostile files: each a clear error that names file and remedy, in bounded memory, nothing written."""

import gzip
import io
import os
import random
import subprocess
import sys
import time
import zipfile
from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from hotleads.history import HistoryError, import_history
from hotleads.history.importing.type_inference import infer_time_format

LAUNCHES = b"launch_id,strategy,cart_opens_at,cart_closes_at\nL,classic,2024-03-01,2024-03-08\n"
PRIVATE = "s3cret@example.org"
LEADS = f"lead_id,captured_at,email\na,2024-01-01,{PRIVATE}\n"
SALES = "transaction_id,lead_id,occurred_at,amount,status,installments\n"
NOISE = random.Random(5).randbytes(5_000)  # noqa: S311
TEMPLATE = io.BytesIO()
pq.write_table(pa.table({"lead_id": ["a"] * 999, "captured_at": ["2024-01-01"] * 999}), TEMPLATE)
PARQUET = TEMPLATE.getvalue()


def zipped(name: str) -> bytes:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        archive.writestr(name, LEADS)
    return content.getvalue()


def sale(**values: str) -> bytes:
    row = {"t": "t", "lead": "a", "at": "2024-01-01", "amount": "5", "status": "approved", "installments": "1"} | values
    return (SALES + ",".join(row.values()) + "\n").encode()


def lead(captured_at: str, lead_id: str = "b") -> bytes:
    return f"{LEADS}{lead_id},{captured_at},{PRIVATE}\n".encode()


NO_LEADS = "needs launches, and leads or purchases"
FILES: list[tuple[str, str, bytes | Callable[[Path], None], str]] = [
    # what is in them is no table at all
    ("empty", "leads.csv", b"", "leads.csv: the file has no header"),
    ("a byte-order mark alone", "leads.csv", b"\xef\xbb\xbf", "leads.csv: the file has no header"),
    ("line breaks alone", "leads.csv", b"\n\n\n", "leads.csv: the file has no header"),
    ("commas alone", "leads.csv", b",,,\n,,,\n", "leads.csv: the file has no header"),
    ("NUL bytes alone", "leads.csv", b"\0" * 4_000, "leads.csv: .*NUL bytes|leads.csv.* has no such column"),
    ("noise", "leads.csv", NOISE, "leads.csv: the header is not UTF-8.*--suggest"),
    ("a zip called CSV", "leads.csv", zipped("leads.csv"), "leads.csv"),
    ("gzip called CSV", "leads.csv", gzip.compress(LEADS.encode()), "leads.csv: the header is not UTF-8"),
    ("CSV called gzip", "leads.csv.gz", LEADS.encode(), "leads.csv.gz: the header cannot be read"),
    ("a picture", "leads.csv", b"\x89PNG\r\n\x1a\n" + NOISE, "leads.csv: the header is not UTF-8"),
    (
        "a web page",
        "leads.csv",
        b"<html><body>Log in</body></html>\n",
        "leads.lead_id: leads.csv has no such column.*It has <html>",
    ),
    ("JSON", "leads.csv", b'{"lead_id": "a"}\n', "leads.lead_id: leads.csv has no such column"),
    (
        "SQL for a header",
        "leads.csv",
        b'lead_id"); DROP TABLE x; --,captured_at\n',
        "leads.lead_id: leads.csv has no such column",
    ),
    (
        "a prose text",
        "leads.csv",
        b"Dear all,\nplease find attached\n",
        "leads.csv: column 2 of the header has no name",
    ),
    # compressed, and not whole
    ("gzip cut short", "leads.csv.gz", gzip.compress(LEADS.encode() * 999)[:-20], "leads.csv.gz"),
    (
        "gzip cut in its head",
        "leads.csv.gz",
        gzip.compress(LEADS.encode())[:8],
        "leads.csv.gz: the header cannot be read",
    ),
    ("gzip with a flipped bit", "leads.csv.gz", gzip.compress(NOISE)[:50] + b"\xff" * 99, "leads.csv.gz"),
    ("an empty gzip file", "leads.csv.gz", b"", "leads.csv.gz: the (file has no header|header cannot be read)"),
    # encodings
    (
        "UTF-16 undeclared",
        "leads.csv",
        LEADS.encode("utf-16"),
        "leads.csv: the header is not UTF-8.*declare its encoding",
    ),
    ("UTF-16 without a mark", "leads.csv", LEADS.encode("utf-16-le"), "leads.csv: the header holds NUL bytes"),
    ("UTF-32", "leads.csv", LEADS.encode("utf-32"), "leads.csv: the header is not UTF-8"),
    (
        "Latin-1 in the header",
        "leads.csv",
        "lead_id,captured_at,attr_ção\n".encode("latin-1"),
        "leads.csv: the header is not UTF-8",
    ),
    (
        "Latin-1 in a row",
        "leads.csv",
        lead("2024-01-01", "José").replace("é".encode(), b"\xe9"),
        "bytes that are not UTF-8.*leads.csv:3.*declare",
    ),
    (
        "UTF-8 cut inside a letter",
        "leads.csv",
        LEADS.encode() + "c,2024-01-01,é".encode()[:-1],
        "bytes that are not UTF-8.*leads.csv",
    ),
    ("NUL in an id", "leads.csv", lead("2024-01-01", "a\0b"), r"leads.lead_id: a text with a NUL byte.*leads.csv:3"),
    ("NUL in a time", "leads.csv", lead("2024-01-\0001"), "leads.captured_at: not a time.*leads.csv:3"),
    # headers
    ("a column twice", "leads.csv", b"lead_id,captured_at,captured_at\n", "names captured_at more than once.*header ="),
    (
        "a column twice but for case",
        "leads.csv",
        b"lead_id,captured_at,Lead_ID\n",
        "names Lead_ID, lead_id more than once",
    ),
    ("a column without a name", "leads.csv", b"lead_id,,captured_at\n", "column 2 of the header has no name"),
    ("the import's own names", "leads.csv", b"lead_id,captured_at,_UNREAD\n", "needs the name _unread itself"),
    (
        "too many columns",
        "leads.csv",
        ",".join(f"c{n}" for n in range(9_000)).encode(),
        "names 9,000 columns, over 5,000",
    ),
    (
        "semicolons",
        "leads.csv",
        LEADS.replace(",", ";").encode(),
        "leads.lead_id: leads.csv has no such column.*--suggest",
    ),
    ("tabs", "leads.csv", LEADS.replace(",", "\t").encode(), "leads.lead_id: leads.csv has no such column"),
    # rows
    ("a short row", "leads.csv", LEADS.encode() + b"b\n", "a row of 1 fields where 3.*leads.csv:3"),
    ("a long row", "leads.csv", LEADS.encode() + b"b,2024-01-01,x,y\n", "a row of 4 fields where 3.*leads.csv:3"),
    (
        "an open quote",
        "leads.csv",
        LEADS.encode() + b'"b,2024-01-01,x\n' * 9,
        "a quote that its field does not close.*leads.csv:\\d",
    ),
    ("quotes inside quotes", "leads.csv", LEADS.encode() + b'b,2024-01-01,"x "y" z"\n', "leads.csv:3"),
    (
        "line breaks of three kinds",
        "leads.csv",
        LEADS.encode() + b"b,2024-01-01,x\r\nc,2024-01-01,x\rd,2024-01-01,x\n",
        "line breaks of several kinds",
    ),
    (
        "a line without end",
        "leads.csv",
        LEADS.encode() + b"b,2024-01-01," + b"x" * 10_100_000,
        "leads.csv:3: a line of more than 10,000,000 bytes",
    ),
    (
        "a header without end",
        "leads.csv",
        b"lead_id," + b"x" * 10_100_000,
        "leads.csv: the header cannot be read .a line of more than 10,000,000",
    ),
    # values
    ("dates of two kinds", "leads.csv", lead("31/01/2024"), "leads.captured_at: not a time.*leads.csv:3.*times = "),
    (
        "a date that may be two days",
        "leads.csv",
        lead("03/04/2024"),
        "leads.captured_at: not a time.*leads.csv:3.*times = ",
    ),
    ("a spreadsheet's day number", "leads.csv", lead("45292"), "leads.captured_at: not a time"),
    ("the 30th of February", "leads.csv", lead("2024-02-30"), "leads.captured_at: not a time"),
    ("before Christ", "leads.csv", lead("-0044-03-15"), "leads.captured_at: not a time"),
    ("before Christ, in words", "leads.csv", lead("0044-03-15 (BC)"), "leads.captured_at: not a time"),
    ("the year 1", "leads.csv", lead("0001-01-01"), "leads.captured_at: not a time"),
    ("the year 9999", "leads.csv", lead("9999-12-31"), "leads.captured_at: not a time"),
    ("the year 294247", "leads.csv", lead("294247-01-10"), "leads.captured_at: not a time"),
    ("infinity", "leads.csv", lead("infinity"), "leads.captured_at: not a time"),
    ("a formula for a time", "leads.csv", lead("=NOW()"), "leads.captured_at: not a time"),
    ("an id of spaces", "leads.csv", lead("2024-01-01", "   "), "leads.lead_id: empty, but required.*leads.csv:3"),
    (
        "a formula for an amount",
        "purchases.csv",
        sale(amount="=cmd()"),
        "purchases.amount: not a decimal amount.*purchases.csv:2",
    ),
    ("an infinite amount", "purchases.csv", sale(amount="inf"), "purchases.amount: not a decimal amount"),
    ("an amount that is no number", "purchases.csv", sale(amount="NaN"), "purchases.amount: not a decimal amount"),
    ("an amount of 400 digits", "purchases.csv", sale(amount="9" * 400), "purchases.amount: not a decimal amount"),
    ("an amount of 1e400", "purchases.csv", sale(amount="1e400"), "purchases.amount: not a decimal amount"),
    ("an amount in hexadecimal", "purchases.csv", sale(amount="0xFF"), "purchases.amount: not a decimal amount"),
    ("a negative purchase", "purchases.csv", sale(amount="-5"), "purchases.amount: a purchase with a negative amount"),
    ("a status of a formula", "purchases.csv", sale(status="=cmd()"), "purchases.status: not a known status"),
    ("1e300 instalments", "purchases.csv", sale(installments="1e300"), "purchases.installments: not a whole number"),
    ("half an instalment", "purchases.csv", sale(installments="2.5"), "purchases.installments: not a whole number"),
    # Parquet and Excel
    ("Parquet cut short", "leads.parquet", PARQUET[:-30], "leads.parquet cannot be read as Parquet"),
    (
        "Parquet with holes",
        "leads.parquet",
        PARQUET[:40] + b"\xff" * 60 + PARQUET[100:],
        "leads.parquet|leads: it cannot be read",
    ),
    (
        "Parquet with a wrong footer",
        "leads.parquet",
        PARQUET[:-8] + b"\xff\xff\xff\x7fPAR1",
        "leads.parquet cannot be read as Parquet",
    ),
    ("CSV called Parquet", "leads.parquet", LEADS.encode(), "leads.parquet cannot be read as Parquet"),
    (
        "an old workbook",
        "leads.xlsx",
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + NOISE,
        "leads.xlsx cannot be read as an Excel",
    ),
    ("a zip called a workbook", "leads.xlsx", zipped("leads.csv"), "leads.xlsx cannot be read as an Excel"),
    # what is no file
    ("a folder", "leads.csv", lambda path: path.mkdir(), NO_LEADS),
    ("a link to itself", "leads.csv", lambda path: path.symlink_to(path), NO_LEADS),
    ("a link to nothing", "leads.csv", lambda path: path.symlink_to(path.with_name("gone.csv")), NO_LEADS),
    ("an endless device", "leads.csv", lambda path: path.symlink_to("/dev/zero"), NO_LEADS),
    ("a pipe", "leads.csv", lambda path: os.mkfifo(path), NO_LEADS),
]


@pytest.mark.parametrize(
    ("name", "content", "expected_message"), [pytest.param(*rest, id=title) for title, *rest in FILES]
)
def test_a_hostile_file_is_refused_with_its_name_and_changes_nothing(
    name: str, content: bytes | Callable[[Path], None], expected_message: str, tmp_path: Path
) -> None:
    source = tmp_path / "source"
    source.mkdir()
    (source / "launches.csv").write_bytes(LAUNCHES)
    if callable(content):
        content(source / name)
    else:
        (source / name).write_bytes(content)

    with pytest.raises(HistoryError, match=f"(?s){expected_message}") as caught:
        import_history(source, tmp_path / "place" / "out")

    assert list((tmp_path / "place").iterdir()) == []
    assert PRIVATE not in str(caught.value)
    assert len(str(caught.value)) < 3_000


def test_there_are_fifty_and_more() -> None:
    assert len({title for title, *_ in FILES}) == len(FILES) >= 50


@pytest.mark.skipif(hasattr(os, "geteuid") and os.geteuid() == 0, reason="root may read everything")
def test_a_file_that_may_not_be_read_is_named(tmp_path: Path) -> None:
    (tmp_path / "launches.csv").write_bytes(LAUNCHES)
    (tmp_path / "leads.csv").write_text(LEADS)
    (tmp_path / "leads.csv").chmod(0)

    with pytest.raises(HistoryError, match=r"leads\.csv"):
        import_history(tmp_path, tmp_path / "out")


def test_names_that_look_like_code_are_names(tmp_path: Path) -> None:
    source = tmp_path / "it's; DROP"
    source.mkdir()
    (source / "launches.csv").write_bytes(LAUNCHES)
    (source / "leads-it's (1).csv").write_text(
        'lead_id,captured_at,"attr_x\'); DROP TABLE leads; --","attr_""q"""\n=1+1,2024-01-01,1,2\n'
    )

    import_history(source, tmp_path / "out")

    (row,) = pq.read_table(tmp_path / "out" / "leads.parquet").to_pylist()
    assert (row["lead_id"], row["attr_x'); DROP TABLE leads; --"], row['attr_"q"']) == ("=1+1", "1", "2")


# ----------------------------------------------------------------------------------------------------- bounded memory
PROGRAM = """
import sys
from pathlib import Path
from hotleads.history import HistoryError, import_history

def peak():  # of this program; getrusage has the parent's in it
    status = dict(line.split(":", 1) for line in Path("/proc/self/status").read_text().splitlines())
    return int(status["VmHWM"].split()[0]) // 1024

before = peak()
try:
    import_history(Path(sys.argv[1]), Path(sys.argv[2]))
except HistoryError as error:
    print(peak() - before, error)
"""


def a_long_line(file: io.BufferedWriter) -> None:
    file.write(LEADS.encode() + b"b,2024-01-01,")
    for _ in range(200):
        file.write(b"x" * 1_000_000)


def a_long_header(file: io.BufferedWriter) -> None:
    for _ in range(200):
        file.write(b"x" * 1_000_000)


def an_open_quote(file: io.BufferedWriter) -> None:
    file.write(LEADS.encode() + b'b,2024-01-01,"')
    for _ in range(20):
        file.write(b"x,2024-01-01,y\n" * 700_000)


def a_million_columns(file: io.BufferedWriter) -> None:
    file.write(",".join(f"column_{number}" for number in range(1_000_000)).encode())


def a_bomb(file: io.BufferedWriter) -> None:
    with gzip.open(file, "wb", compresslevel=1) as packed:
        a_long_line(packed)  # type: ignore[arg-type]


def a_workbook_bomb(file: io.BufferedWriter) -> None:
    archive = zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED, compresslevel=1)
    with archive, archive.open("xl/worksheets/sheet1.xml", "w") as sheet:
        for _ in range(600):
            sheet.write(b"<c/>" * 250_000)


def a_workbook_with_one_long_text(file: io.BufferedWriter) -> None:
    archive = zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED, compresslevel=1)
    with archive, archive.open("xl/sharedStrings.xml", "w") as texts:
        texts.write(b"<sst><si><t>")
        for _ in range(400):
            texts.write(b"a" * 1_000_000)


def test_what_kind_a_long_text_is_of_is_told_at_once() -> None:
    began = time.process_time()
    assert infer_time_format(["x", ("a" * 79 + "\n") * 12_000]) is None
    assert time.process_time() - began < 1


@pytest.mark.slow
@pytest.mark.skipif(not Path("/proc/self/status").is_file(), reason="peak memory is read from /proc")
@pytest.mark.parametrize(
    ("name", "write", "expected_message"),
    [
        ("leads.csv", a_long_line, "a line of more than 10,000,000 bytes"),
        ("leads.csv", a_long_header, "leads.csv: the header cannot be read (a line of more than 10,000,000 bytes)"),
        ("leads.csv", an_open_quote, "leads.csv:3, email"),
        ("leads.csv", a_million_columns, "leads.csv: the header"),
        ("leads.csv.gz", a_bomb, "a line of more than 10,000,000 bytes"),
        ("leads.xlsx", a_workbook_with_one_long_text, "leads.xlsx holds a text of over 32,767 characters"),
        ("leads.xlsx", a_workbook_bomb, "leads.xlsx unpacks to more than 500,000,000 bytes"),
    ],
)
def test_the_worst_are_refused_in_bounded_memory(
    name: str, write: Callable[[io.BufferedWriter], None], expected_message: str, tmp_path: Path
) -> None:
    source = tmp_path / "source"
    source.mkdir()
    (source / "launches.csv").write_bytes(LAUNCHES)
    with open(source / name, "wb") as file:
        write(file)

    arguments = [sys.executable, "-c", PROGRAM, str(source), str(tmp_path / "out")]
    output = subprocess.run(arguments, check=True, capture_output=True, text=True).stdout

    mebibytes, _, error = output.partition(" ")
    assert expected_message in error
    assert int(mebibytes) < 400
    assert not (tmp_path / "out").exists()
