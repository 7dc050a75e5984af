"""A file that cannot be written is refused before the work."""

from pathlib import Path

import pytest

from hotleads.jobs.output_path import SCORE_SUFFIXES, OutputError, validate_output


@pytest.mark.parametrize("name", ["leads.csv", "LEADS.XLSX", "leads.parquet"])
def test_known_suffixes_in_a_folder_that_is_there_are_taken(name: str, tmp_path: Path) -> None:
    validate_output(tmp_path / name, SCORE_SUFFIXES)


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("leads.txt", "name a file that ends in .parquet, .csv or .xlsx"),
        ("leads", "ends in no suffix"),
        ("leads.csv.gz", "ends in .gz"),
        ("missing/leads.csv", "the folder .*missing is missing; make it"),
        ("folder.csv", "is a folder; name a file"),
    ],
)
def test_others_are_refused_with_the_remedy(name: str, message: str, tmp_path: Path) -> None:
    (tmp_path / "folder.csv").mkdir()
    with pytest.raises(OutputError, match=message):
        validate_output(tmp_path / name, SCORE_SUFFIXES)
