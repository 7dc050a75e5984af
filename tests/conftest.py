"""Fixtures that tests of every room share: the real data beside the project, and histories imported from it."""

import importlib.util
import shutil
from collections.abc import Callable
from gettext import NullTranslations
from pathlib import Path
from types import ModuleType

import pytest
from xdist.remote import Producer
from xdist.scheduler import LoadFileScheduling

from hotleads.history import History, import_history, open_history
from hotleads.language import read_translations

REPOSITORY = Path(__file__).resolve().parents[1]
TESTS = REPOSITORY / "tests"
ONE_PROCESS_ROOMS = {"monitoring", "serving", "tracking"}
MAPPINGS = REPOSITORY / "data" / "mappings"


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--soak", action="store_true", help="run studies and fault tests at full size (make soak)")


class RoomScheduling(LoadFileScheduling):
    """Gives a file to one process of a parallel run, and all files of a room that share costly fixtures."""

    def _split_scope(self, nodeid: str) -> str:
        file = nodeid.split("::", 1)[0]
        room = Path(file).relative_to("tests").parts[0]
        return room if room in ONE_PROCESS_ROOMS else file


def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> RoomScheduling | None:
    """Use it for ``--dist loadfile``; pytest 9.2 keeps the names that xdist's own groups go by from being changed."""
    return RoomScheduling(config, log) if config.getvalue("dist") == "loadfile" else None


class _Untranslated(NullTranslations):
    """What comes after a catalogue: no text may be left in English."""

    def gettext(self, message: str) -> str:
        raise AssertionError(f"run make messages, then translate {message!r}")


@pytest.fixture(scope="session", autouse=True)
def every_text_is_translated() -> None:
    """Fail where a text that is shown in Portuguese has no translation; users would read its English."""
    read_translations("pt_BR").add_fallback(_Untranslated())


@pytest.fixture(scope="session")
def choose_size(request: pytest.FixtureRequest) -> Callable[[int, int], int]:
    """The second of two sizes with ``--soak``, the first without."""
    return lambda usual, full: full if request.config.getoption("--soak") else usual


@pytest.fixture(scope="session")
def real_data() -> Callable[[str], Path]:
    """The folder of a real data set by its name; a test that asks for an absent one is skipped."""

    def folder(name: str) -> Path:
        path = REPOSITORY.parent / "shared" / "data" / name
        if not path.is_dir():
            pytest.skip(f"the real data set {name} is not beside the repository (../shared/data/{name})")
        return path

    return folder


@pytest.fixture(scope="session")
def cdnow(real_data: Callable[[str], Path], tmp_path_factory: pytest.TempPathFactory) -> History:
    """CDNOW: 69,659 purchases of 23,570 customers, days only."""
    return _imported("cdnow", real_data, tmp_path_factory)


@pytest.fixture(scope="session")
def online_retail(real_data: Callable[[str], Path], tmp_path_factory: pytest.TempPathFactory) -> History:
    """UCI Online Retail: invoices of a year, with refunds."""
    return _imported("online_retail", real_data, tmp_path_factory)


@pytest.fixture(scope="session")
def bank_marketing(real_data: Callable[[str], Path], tmp_path_factory: pytest.TempPathFactory) -> History:
    """UCI Bank Marketing: cold leads with attributes, in monthly perpetual launches."""
    return _imported("bank_marketing", real_data, tmp_path_factory)


@pytest.fixture(scope="session")
def hillstrom(real_data: Callable[[str], Path], tmp_path_factory: pytest.TempPathFactory) -> History:
    """Hillstrom's e-mail test: customers with attributes, in six parts."""
    return _imported("hillstrom", real_data, tmp_path_factory)


@pytest.fixture(scope="session")
def new_store(tmp_path_factory: pytest.TempPathFactory) -> Callable[[Path], str]:
    """Make an empty MLflow store in a folder and return its URI: a copy, since MLflow takes a second to make one."""
    from mlflow import MlflowClient

    template = tmp_path_factory.mktemp("store") / "mlflow.db"
    MlflowClient(f"sqlite:///{template}", f"sqlite:///{template}").search_experiments()

    def copy_store(folder: Path) -> str:
        folder.mkdir(parents=True, exist_ok=True)
        shutil.copy(template, folder / "mlflow.db")
        return f"sqlite:///{folder}/mlflow.db"

    return copy_store


@pytest.fixture(scope="session")
def study() -> Callable[[str], ModuleType]:
    """A study of ``benchmarks/`` as a module by its name, for the small version that the tests run."""

    def load(name: str) -> ModuleType:
        spec = importlib.util.spec_from_file_location(f"study_{name}", REPOSITORY / "benchmarks" / f"{name}.py")
        assert spec is not None
        assert spec.loader is not None
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        return module

    return load


def _imported(name: str, real_data: Callable[[str], Path], tmp_path_factory: pytest.TempPathFactory) -> History:
    out = tmp_path_factory.mktemp(name) / name
    import_history(real_data(name), out, mapping=MAPPINGS / f"{name}.toml")
    return open_history(out)
