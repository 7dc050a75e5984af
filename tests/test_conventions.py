"""The names and docstrings of the public parts follow CONTRIBUTING.md."""

import ast
import importlib
import inspect
import re
from enum import Enum
from pathlib import Path

import pytest

from tests.hub.installations import set_up_django

set_up_django()  # the hub's models cannot be imported before

ROOT = Path(__file__).parents[1]
SOURCE = ROOT / "src"
MODULES = sorted(SOURCE.rglob("*.py"))
#: Commands are named as they are typed.
LIBRARY = [path for path in MODULES if path.parent.name != "commands"]
PACKAGES = sorted(
    ".".join(("hotleads", *path.parent.relative_to(SOURCE).parts))
    for path in SOURCE.rglob("__init__.py")
    if path.parent != SOURCE
)

#: Metrics go by their names in the literature.
NAMES_OF_METRICS = {"average_precision", "brier", "expected_calibration_error", "lift", "log_loss", "roc_auc"}
#: The first word of every other public function; beside them `x_to_y` and `x_from_y` convert. A new one is added here
#: if it is a verb, or says what a yes or no is about.
# fmt: off
VERBS = {
    "add", "advise", "aggregate", "apply", "approximate", "are", "assert", "assign", "atomic", "attach", "average",
    "backtest", "blend", "bootstrap", "build", "calibrate", "cancel", "cap", "capitalize", "change", "check",
    "choose", "claim", "compact", "compare", "compile", "compute", "concat", "concatenate", "configure", "connect",
    "convert", "correct", "could", "count", "create", "cross", "decide", "decode", "derive", "describe", "diagnose",
    "draw", "edit", "encode", "end", "enqueue", "erase", "estimate", "evaluate", "explain", "export", "extend", "fail",
    "fill", "find", "finish", "fit", "floor", "forecast", "format", "get", "group", "has", "hash", "hides", "hold",
    "ignore", "import", "infer", "is", "iter", "jit", "join", "judge", "label", "list", "load", "lock", "log", "look",
    "make", "map", "mark", "mask", "match", "maximize", "measure", "merge", "migrate", "monitor", "name", "normalise",
    "open", "pad", "parse", "partition", "plan", "plot", "poison", "postpone", "predict", "prepare", "print",
    "process", "promote", "answer", "delete", "ensure", "insert", "move", "note", "queue", "replay", "summarise",
    "undo", "unsubscribe",
    "propose", "pull", "query", "quote", "read", "recalibrate", "receive", "record", "recount", "register", "release",
    "remove", "render", "repeat", "report", "require", "reset", "resolve", "restore", "resume", "retrain", "reveal",
    "revoke", "rollback", "rotate", "round", "run", "save", "scan", "score", "seal", "select", "serve", "set", "settle",
    "shift", "show", "shrink", "simulate", "sniff", "sort", "split", "standardize", "start", "store", "strip",
    "suggest", "sum", "summarize", "take", "tier", "to", "train", "translate", "tune", "unseal", "update", "validate",
    "was", "widen", "with", "withdraw", "write",
    "advance", "request",
}
# fmt: on
CONVERSION = re.compile(r"[a-z]+_(to|from)_[a-z]+")


def public_functions(path: Path) -> list[str]:
    tree = ast.parse(path.read_text())
    return [
        node.name
        for node in tree.body
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and not node.name.startswith("_")
    ]


@pytest.mark.parametrize("path", LIBRARY, ids=lambda path: str(path.relative_to(SOURCE)))
def test_public_functions_begin_with_a_verb(path: Path) -> None:
    names = [name for name in public_functions(path) if name not in NAMES_OF_METRICS and not CONVERSION.match(name)]
    assert not [name for name in names if name.split("_")[0] not in VERBS]


@pytest.mark.parametrize("path", LIBRARY, ids=lambda path: str(path.relative_to(SOURCE)))
def test_no_function_is_named_like_its_module(path: Path) -> None:
    assert path.stem not in public_functions(path)


@pytest.mark.parametrize("name", PACKAGES)
def test_no_exported_name_hides_a_submodule(name: str) -> None:
    package = importlib.import_module(name)
    folder = Path(str(package.__file__)).parent
    modules = {path.stem for path in folder.glob("*.py")} | {path.parent.name for path in folder.glob("*/__init__.py")}
    assert not modules & set(getattr(package, "__all__", ()))


@pytest.mark.parametrize("name", PACKAGES)
def test_what_a_package_exports_has_a_docstring_with_its_parameters(name: str) -> None:
    package = importlib.import_module(name)
    for exported in getattr(package, "__all__", ()):
        value = getattr(package, exported)
        if not (inspect.isfunction(value) or inspect.isclass(value)) or not value.__module__.startswith("hotleads."):
            continue
        documented = inspect.getdoc(value) or ""
        first = documented.splitlines()[0] if documented else ""
        assert first.endswith((".", ":")), f"{name}.{exported}: {first!r}"
        missing = [parameter for parameter in parameters_of(value) if not re.search(rf"\b{parameter}\b", documented)]
        assert not missing, f"{name}.{exported} does not say what {missing} are"
        if inspect.isfunction(value) and parameters_of(value):
            assert "Parameters\n----------" in documented, f"{name}.{exported}"


def parameters_of(value: object) -> list[str]:
    if inspect.isclass(value) and issubclass(value, Exception | Enum):
        return []
    try:
        signature = inspect.signature(value)  # type: ignore[arg-type]
    except ValueError:
        return []
    return [name for name in signature.parameters if not name.startswith("_") and name not in ("args", "kwargs")]


def test_no_class_and_function_differ_only_in_case() -> None:
    names: dict[str, set[str]] = {}
    for path in LIBRARY:
        for node in ast.parse(path.read_text()).body:
            if isinstance(node, ast.FunctionDef | ast.ClassDef) and not node.name.startswith("_"):
                names.setdefault(node.name.replace("_", "").lower(), set()).add(type(node).__name__)
    assert not [name for name, kinds in names.items() if len(kinds) > 1]
