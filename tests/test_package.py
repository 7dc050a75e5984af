"""What a wheel holds, what the import name gives, and what works where only the wheel is installed."""

import ast
import hashlib
import json
import os
import subprocess
import sys
import sysconfig
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


@pytest.mark.parametrize("manifest", sorted((ROOT / "src").rglob("vendor/packages.json")), ids=str)
def test_vendored_files_are_those_of_the_manifest(manifest: Path) -> None:
    for name, package in json.loads(manifest.read_text()).items():
        folder = manifest.parent / name
        assert package["licence"]
        assert [file for file in package["files"] if file.startswith("LICENSE")]
        files = [path for path in folder.rglob("*") if path.is_file()]
        hashes = {str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}
        assert hashes == package["files"]


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


@pytest.fixture(scope="module")
def elsewhere(wheel: zipfile.ZipFile, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A Python with the libraries and the wheel, and without the source tree."""
    folder = tmp_path_factory.mktemp("elsewhere")
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(folder)], check=True)
    paths = {"base": str(folder), "platbase": str(folder)}
    packages = Path(sysconfig.get_path("purelib", "venv", vars=paths))
    # A .pth file of a folder that a .pth file names is not read, so the editable install is not seen.
    (packages / "libraries.pth").write_text(sysconfig.get_path("purelib"))
    wheel.extractall(packages)
    return Path(sysconfig.get_path("scripts", "venv", vars=paths)) / "python"


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A user's own project, with modules of the names that the rooms have."""
    (tmp_path / "features.py").write_text("MINE = True\n")
    (tmp_path / "training").mkdir()
    (tmp_path / "training" / "__init__.py").write_text("MINE = True\n")
    return tmp_path


def run_in(project: Path, *command: str) -> str:
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("HOTLEADS_", "PYTHON"))}
    environment["MLFLOW_TRACKING_URI"] = f"sqlite:///{project}/mlflow.db"
    done = subprocess.run(command, cwd=project, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.mark.slow
def test_notebook_beside_modules_of_the_rooms_names(elsewhere: Path, project: Path) -> None:
    code = """
import features, training, hotleads
assert features.MINE and training.MINE
history = hotleads.open_history(hotleads.get_sample_folder())
table = hotleads.build_features(history, "2025-02-cake-course")
print(hotleads.__file__, len(table) > 100)
"""
    file, is_filled = run_in(project, str(elsewhere), "-c", code).split()
    assert is_filled == "True"
    assert not Path(file).is_relative_to(ROOT)


@pytest.mark.slow
def test_wheel_alone_runs_the_demo_and_its_model_loads_through_pyfunc(elsewhere: Path, project: Path) -> None:
    shown = run_in(project, str(elsewhere), "-m", "hotleads", "demo", "--trials", "0")
    assert "Hottest leads" in shown
    assert (project / "out" / "demo" / "report.html").is_file()
    code = """
import features, training, mlflow, pandas as pd
model = mlflow.pyfunc.load_model("models:/hotleads@champion")
names = [column.name for column in model.metadata.signature.inputs]
print(model.predict(pd.DataFrame([[0.0] * len(names)], columns=names)).to_numpy().ravel()[0])
assert features.MINE and training.MINE
"""
    probability = float(run_in(project, str(elsewhere), "-c", code).split()[-1])
    assert 0 < probability < 1
