"""What a wheel holds, and what the import name gives."""

import ast
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

import hotleads

ROOT = Path(__file__).parents[1]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> zipfile.ZipFile:
    """A wheel of the tracked files, built away from the working tree, where setuptools would find an old build/lib."""
    source, out = tmp_path_factory.mktemp("source"), tmp_path_factory.mktemp("wheel")
    files = tracked_files()
    for name in files:
        (source / name).parent.mkdir(parents=True, exist_ok=True)
        (source / name).write_bytes((ROOT / name).read_bytes())
    build = [str(Path(sys.executable).with_name("uv")), "build", "--wheel", "--no-build-isolation", "--quiet"]
    subprocess.run([*build, "--python", sys.executable, "--out-dir", str(out)], cwd=source, check=True)
    (built,) = out.glob("*.whl")
    return zipfile.ZipFile(built)


def tracked_files() -> list[str]:
    listed = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    names = subprocess.run(listed, cwd=ROOT, check=True, capture_output=True, text=True).stdout.split("\0")
    return [name for name in names if name and (ROOT / name).is_file()]


def test_wheel_holds_every_tracked_file_of_src_and_the_sample(wheel: zipfile.ZipFile) -> None:
    source = {"hotleads/" + name.removeprefix("src/") for name in tracked_files() if name.startswith("src/")}
    sample = {"hotleads/" + name.removeprefix("data/") for name in tracked_files() if name.startswith("data/sample/")}
    packed = {name for name in wheel.namelist() if ".dist-info/" not in name}
    assert packed == source | sample


def test_lazy_names_are_those_that_a_type_checker_sees() -> None:
    tree = ast.parse((ROOT / "src" / "__init__.py").read_text())
    (typed,) = [node for node in tree.body if isinstance(node, ast.If)]
    seen = {alias.name for node in typed.body if isinstance(node, ast.ImportFrom) for alias in node.names}
    lazy = set(dir(hotleads)) - set(vars(hotleads))
    assert seen == (lazy | seen & set(vars(hotleads))) - {"__version__"}
    for name in seen:
        assert getattr(hotleads, name) is not None


def test_unknown_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="no attribute 'histroy'"):
        _ = hotleads.histroy


def test_import_takes_no_heavy_library() -> None:
    code = "import sys, hotleads; print(hotleads.__version__); print(*sys.modules)"
    version, modules = subprocess.run(
        [sys.executable, "-c", code], check=True, capture_output=True, text=True
    ).stdout.splitlines()
    assert version == hotleads.__version__
    assert not {"pandas", "numpy", "numba", "duckdb", "mlflow", "xgboost"} & set(modules.split())


def test_module_runs_as_the_command() -> None:
    command = [sys.executable, "-m", "hotleads", "--help"]
    shown = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    assert "Usage: hotleads" in shown
