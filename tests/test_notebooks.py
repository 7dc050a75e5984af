"""The notebooks run afresh and leave nothing behind; the committed ones show their results and nothing private."""

import csv
import gzip
import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from nbformat import NotebookNode

ROOT = Path(__file__).parents[1]
NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.ipynb"))
LARGEST_KB = 400
MACHINE_PATH = re.compile(r"/(?:tmp|home|root|usr|var|opt|mnt|work|Users)/|\b[A-Z]:\\|site-packages|0x[0-9a-f]{8,}")

every_notebook = pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)


def read_notebook(path: Path) -> "NotebookNode":
    import nbformat  # it builds grammars of addresses, four CPU seconds for every process that collects this file

    return nbformat.read(path, as_version=4)


def list_code_cells(path: Path) -> list["NotebookNode"]:
    return [cell for cell in read_notebook(path).cells if cell.cell_type == "code"]


def list_texts(path: Path) -> Iterator[str]:
    """All that a cell printed or showed, pictures aside."""
    for cell in list_code_cells(path):
        for output in cell.outputs:
            yield output.get("text", "")
            yield from (str(shown) for kind, shown in output.get("data", {}).items() if not kind.startswith("image/"))


def test_the_notebooks_are_numbered_in_their_order() -> None:
    assert len(NOTEBOOKS) >= 4
    assert [path.name[:2] for path in NOTEBOOKS] == [f"{number:02}" for number in range(1, len(NOTEBOOKS) + 1)]


@every_notebook
def test_committed_with_all_outputs_and_no_error(path: Path) -> None:
    cells = list_code_cells(path)
    assert [cell.execution_count for cell in cells] == list(range(1, len(cells) + 1)), "run it from the top and save it"
    outputs = [output for cell in cells for output in cell.outputs]
    assert any("image/png" in output.get("data", {}) for output in outputs)
    assert not [output for output in outputs if output.output_type == "error"]
    assert not [output.text for output in outputs if output.get("name") == "stderr"]


@every_notebook
def test_committed_without_traces_of_a_machine(path: Path) -> None:
    notebook = read_notebook(path)
    assert notebook.metadata == {
        "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
        "language_info": {"name": "python"},
    }
    assert not [cell.metadata for cell in notebook.cells if cell.metadata]
    sources = [cell.source for cell in notebook.cells]
    assert not [match[0] for text in [*sources, *list_texts(path)] if (match := MACHINE_PATH.search(text))]


@every_notebook
def test_committed_without_personal_data(path: Path) -> None:
    with gzip.open(ROOT / "data" / "sample" / "leads.csv.gz", "rt", encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    personal = {row[column] for row in rows for column in ("email", "phone", "name") if row[column]}
    shown = "\n".join(list_texts(path))
    assert len(personal) > len(rows) / 2
    assert not [secret for secret in personal if secret in shown]
    assert not re.search(r"[\w.+-]+@[\w-]+\.\w", shown)


@every_notebook
def test_committed_small(path: Path) -> None:
    assert path.stat().st_size < LARGEST_KB * 1000


@pytest.mark.slow
@every_notebook
def test_runs_afresh_and_leaves_nothing_behind(
    path: Path, tmp_path: Path, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "notebooks").mkdir()
    copy = Path(shutil.copy(path, tmp_path / "notebooks"))
    for data in ("sample", "one_csv"):
        shutil.copytree(ROOT / "data" / data, tmp_path / "data" / data)
    before = set(tmp_path.rglob("*"))
    kernel_files = tmp_path_factory.mktemp("kernel")
    monkeypatch.setenv("IPYTHONDIR", str(kernel_files))
    monkeypatch.setenv("JUPYTER_RUNTIME_DIR", str(kernel_files))
    from nbclient import NotebookClient

    notebook = read_notebook(copy)
    NotebookClient(notebook, timeout=300, resources={"metadata": {"path": str(copy.parent)}}).execute()
    assert set(tmp_path.rglob("*")) == before
