"""CSV files of other encodings, delimiters and headers: declared, then read as if they had been plain."""

import gzip
from collections.abc import Callable
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from hotleads.history import HistoryError, import_history

Bring = Callable[[dict[str, str | bytes], str], Path]

TEXT = 'id;quando;nota\r\n1;2024-01-01;"São João; ""é"" – €\r\nfim"\r\n2;2024-01-02;ção\r\n'
LEADS = """
[leads]
from = "contacts"
[leads.columns]
lead_id = "id"
captured_at = "quando"
attr_note = "nota"
"""


def source(more: str) -> str:
    return f"[source.contacts]\nfile = 'contacts.csv'\ndelimiter = ';'\n{more}\n{LEADS}"


def read_notes(out: Path) -> list[str]:
    return pq.read_table(out / "leads.parquet")["attr_note"].to_pylist()  # type: ignore[no-any-return]


@pytest.mark.parametrize(
    ("encoding", "written"),
    [
        ("utf-8", "utf-8"),
        ("utf-8", "utf-8-sig"),
        ("UTF8", "utf-8-sig"),
        ("windows-1252", "windows-1252"),
        ("utf-16", "utf-16"),  # with its byte-order mark
        ("utf-16-be", "utf-16-be"),
        ("mac-roman", "mac-roman"),
    ],
)
@pytest.mark.parametrize("zipped", [False, True])
def test_a_declared_encoding_is_read(encoding: str, written: str, zipped: bool, bring_mapped: Bring) -> None:
    content = TEXT.encode(written)
    mapping = source(f"encoding = '{encoding}'")

    if zipped:
        out = bring_mapped(
            {"contacts.csv.gz": gzip.compress(content)}, mapping.replace("contacts.csv", "contacts.csv.gz")
        )
    else:
        out = bring_mapped({"contacts.csv": content}, mapping)

    assert read_notes(out) == ['São João; "é" – €\r\nfim', "ção"]


@pytest.mark.parametrize("encoding", ["windows-1252", "utf-16"])
def test_places_are_lines_of_the_file_itself(encoding: str, bring_mapped: Bring) -> None:
    bad = TEXT + "3;ontem;x\r\n"

    with pytest.raises(HistoryError) as caught:
        bring_mapped({"contacts.csv": bad.encode(encoding)}, source(f"encoding = '{encoding}'"))

    assert [problem.places for problem in caught.value.problems] == [("contacts.csv:5",)]


def test_bytes_of_another_encoding_are_named_with_their_line(bring_mapped: Bring) -> None:
    with pytest.raises(HistoryError, match=r"contacts\.csv:5: bytes that are not windows-1252"):
        bring_mapped(
            {"contacts.csv": TEXT.encode("windows-1252") + b"3;2024-01-01;\x81\r\n"},
            source("encoding = 'windows-1252'"),
        )


def test_utf8_read_as_another_encoding_would_be_nonsense_and_a_declared_one_is_believed(bring_mapped: Bring) -> None:
    assert read_notes(
        bring_mapped({"contacts.csv": "id;quando;nota\n1;2024-01-01;ç\n"}, source("encoding = 'latin-1'"))
    ) == ["Ã§"]


def test_a_file_that_is_not_utf8_says_how_to_declare_it(tmp_path: Path) -> None:
    (tmp_path / "leads.csv").write_bytes("lead_id,captured_at,attr_ção\n".encode("windows-1252"))

    with pytest.raises(HistoryError, match=r"the header is not UTF-8; .*declare its encoding in a mapping.*--suggest"):
        import_history(tmp_path, tmp_path / "out")


@pytest.mark.parametrize("delimiter", [";", "\t", "|", ","])
def test_delimiters(delimiter: str, bring_mapped: Bring) -> None:
    text = "id;quando;nota\n1;2024-01-01;x\n".replace(";", delimiter)
    mapping = source("").replace("';'", f'"{delimiter}"'.replace("\t", "\\t"))

    assert read_notes(bring_mapped({"contacts.csv": text}, mapping)) == ["x"]


TWICE = "Relatório de contatos\n\nid;data;data\n1;2024-01-01;x\n2;never;y\n"


def test_a_header_that_names_a_column_twice_is_refused_with_the_remedy(bring_mapped: Bring) -> None:
    with pytest.raises(HistoryError, match=r"names data more than once.*header = .*skip = 1"):
        bring_mapped({"contacts.csv": TWICE.partition("\n\n")[2]}, source(""))


def test_lines_above_the_rows_are_skipped_and_counted(bring_mapped: Bring) -> None:
    named = source("skip = 3\nheader = ['id', 'quando', 'nota']")

    assert read_notes(bring_mapped({"contacts.csv": TWICE.replace("never", "2024-01-02")}, named)) == ["x", "y"]
    with pytest.raises(HistoryError) as caught:
        bring_mapped({"contacts.csv": TWICE}, named)
    assert [problem.places for problem in caught.value.problems] == [("contacts.csv:5",)]


def test_lines_above_the_header_are_skipped(bring_mapped: Bring) -> None:
    text = f"Relatório\n\n{TEXT}"

    assert len(read_notes(bring_mapped({"contacts.csv": text}, source("skip = 2")))) == 2
    with pytest.raises(HistoryError) as caught:
        bring_mapped({"contacts.csv": text + "3\r\n"}, source("skip = 2"))
    assert [problem.places for problem in caught.value.problems] == [("contacts.csv:7",)]
