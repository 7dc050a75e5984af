"""The house in figures: names, types, sizes, and the road of a backtest, a score and a request through the source.

``python benchmarks/house.py`` counts what stands in ``src``; with ``--roads`` it also walks three roads on the sample
and counts the source files whose functions ran, and the hops (frames of the project) from the command to the work.
"""

import argparse
import ast
import asyncio
import json
import os
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from subprocess import run
from types import FrameType
from typing import Any

ROOT = Path(__file__).parents[1]
NEXT_LAUNCH = "2025-06-bread-course"
MAX_PARAMETERS = 6


def list_functions(tree: ast.AST) -> list[tuple[ast.FunctionDef | ast.AsyncFunctionDef, bool, bool]]:
    """Return every function of a module, and whether it is public at the top level, and whether it is compiled."""
    top = set(ast.iter_child_nodes(tree))
    rows = []
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            compiled = any("jit" in ast.unparse(decorator) for decorator in node.decorator_list)
            rows.append((node, node in top and not node.name.startswith("_"), compiled))
    return rows


def count_source(source: Path, verbs: set[str]) -> dict[str, object]:
    """Count names, types and sizes of the Python files below ``source``."""
    counts: Counter[str] = Counter()
    packages: Counter[str] = Counter()
    for path in sorted(source.rglob("*.py")):
        text = path.read_text()
        tree = ast.parse(text)
        packages[path.relative_to(source).parts[0] if path.parent != source else "."] += 1
        counts["lines"] += text.count("\n")
        counts["type: ignore"] += text.count("# type: ignore")
        inside_kernels = 0
        for node, public, compiled in list_functions(tree):
            if public and not compiled:
                counts["public functions"] += 1
                counts["of them beginning with a verb"] += node.name.split("_")[0] in verbs
                counts["named like their module"] += node.name == path.stem
            names = [*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs]
            taken = len([name for name in names if name.arg not in ("self", "cls")])
            command = path.parent.name == "commands"
            counts["functions of more than six parameters"] += taken > MAX_PARAMETERS and not compiled and not command
            if compiled:
                inside_kernels += sum(isinstance(child, ast.Name) and child.id == "Any" for child in ast.walk(node))
        everywhere = sum(isinstance(child, ast.Name) and child.id == "Any" for child in ast.walk(tree))
        counts["Any outside kernels"] += everywhere - inside_kernels
    return {**counts, "files a package": dict(sorted(packages.items()))}


class Road:
    """Which source files run, and how deep the project's own frames stand when ``goal`` is called."""

    def __init__(self, source: Path, goal: str) -> None:
        self.source, self.goal = str(source), goal
        self.files: set[str] = set()
        self.hops: int | None = None

    def __call__(self, frame: FrameType, event: str, _: Any) -> None:
        if event == "call" and (file := frame.f_code.co_filename).startswith(self.source):
            self.files.add(file)
            if frame.f_code.co_name == self.goal and self.hops is None:
                depth, above = 0, frame.f_back
                while above is not None:
                    depth += above.f_code.co_filename.startswith(self.source)
                    above = above.f_back
                self.hops = depth

    def walk(self, work: Callable[[], object]) -> None:
        """Run ``work`` and note where it goes."""
        threading.setprofile(self)
        sys.setprofile(self)
        try:
            work()
        finally:
            sys.setprofile(None)
            threading.setprofile(None)  # type: ignore[arg-type]


def walk_commands(app: Any, source: Path, sample: Path, work: Path) -> dict[str, tuple[int, int | None]]:
    """Walk ``hotleads backtest`` to ``fit_linear`` and ``hotleads score``; return files and hops."""
    from typer.testing import CliRunner

    def invoke(*arguments: object) -> None:
        result = CliRunner().invoke(app, [str(argument) for argument in arguments])
        if result.exit_code:
            raise SystemExit(result.output)

    train = ["train", "--history", sample, "--trials", 0, "--processes", 1]
    invoke(*train, "--force")
    roads = {"hotleads backtest": Road(source, "fit_linear"), "hotleads score": Road(source, "explain_matrix")}
    backtest = ["backtest", "--history", sample, "--out", work / "backtest", "--trials", 0, "--processes", 1]
    roads["hotleads backtest"].walk(lambda: invoke(*backtest))
    score = ["score", "--history", sample, "--launch", NEXT_LAUNCH, "--out", work / "scores.parquet"]
    roads["hotleads score"].walk(lambda: invoke(*score))
    return {name: (len(road.files), road.hops) for name, road in roads.items()}


def walk_request(source: Path, sample: Path) -> tuple[int, int | None]:
    """Walk ``POST /score`` of one lead through the host, from the ASGI call to the model; return files and hops."""
    from hotleads import build_request_leads, open_history
    from hotleads.serving.scoring_service import ScoringService, build_host
    from hotleads.serving.settings import ServingSettings

    service = ScoringService(ServingSettings(model="models:/hotleads@champion", log_requests=False))
    service.watcher.refresh()
    host = build_host(service)
    leads = build_request_leads(open_history(sample), ["L00000001"])
    body = json.dumps({"launch_id": NEXT_LAUNCH, "leads": leads}).encode()
    scope = {"type": "http", "method": "POST", "path": "/score", "client": ("127.0.0.1", 1)}
    scope["headers"] = [(b"content-type", b"application/json"), (b"content-length", b"%d" % len(body))]
    statuses = []

    async def receive() -> dict[str, object]:
        return {"type": "http.request", "body": body}

    async def send(message: dict[str, Any]) -> None:
        statuses.append(message.get("status", 200))

    road = Road(source, "explain_matrix")
    road.walk(lambda: asyncio.run(host(scope, receive, send)))
    if set(statuses) != {200}:
        raise SystemExit(f"POST /score answered {statuses[0]}")
    return len(road.files), road.hops


def measure_import(module: str) -> float:
    """Return the least wall seconds of three imports of ``module``, each in a process of its own."""
    times = []
    for _ in range(3):
        began = time.perf_counter()
        run([sys.executable, "-c", f"import {module}"], check=True)
        times.append(time.perf_counter() - began)
    return min(times)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tree", type=Path, default=ROOT, help="another checkout, to count before and after")
    parser.add_argument("--app", default="hotleads.cli.main:app", help="the command line as module:name")
    parser.add_argument("--serving", default="hotleads.serving.service", help="the module whose import is timed")
    parser.add_argument("--roads", action="store_true")
    options = parser.parse_args()
    source = (options.tree / "src").resolve()
    sys.path[:0] = [str(ROOT / "tests"), str(ROOT)]
    from test_conventions import NAMES_OF_METRICS, VERBS

    for name, value in count_source(source, VERBS | {name.split("_")[0] for name in NAMES_OF_METRICS}).items():
        print(f"{name}: {value}")
    if options.roads:
        with tempfile.TemporaryDirectory() as scratch:
            os.environ["MLFLOW_TRACKING_URI"] = f"sqlite:///{scratch}/mlflow.db"
            module, _, attribute = options.app.partition(":")
            app = getattr(import_module(module), attribute)
            sample = ROOT / "data" / "sample"
            installed = source
            if options.tree == ROOT:  # the package may be imported through a link
                installed = Path(str(import_module("hotleads").__file__)).parent
            roads = walk_commands(app, installed, sample, Path(scratch))
            if options.tree == ROOT:
                roads["POST /score"] = walk_request(installed, sample)
            for road, (files, hops) in roads.items():
                print(f"{road}: {files} files, {hops} hops")
        print(f"import {options.serving}: {measure_import(options.serving):.2f} s")
