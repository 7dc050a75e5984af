"""Killed imports: the old history or the new one, never less; and what they leave is never taken for data."""

import random
import select
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from hotleads.history import import_history, open_history

LAUNCHES = "launch_id,strategy,cart_opens_at,cart_closes_at\nL,classic,2024-03-01,2024-03-08\n"
HEAD = "transaction_id,lead_id,occurred_at,status,amount\n"
PROGRAM = """
import sys
from pathlib import Path
from hotleads.history import import_history
print("ready", flush=True)
sys.stdin.readline()
import_history(Path(sys.argv[1]), Path(sys.argv[2]))
print("done", flush=True)
"""


def source(folder: Path, purchases: int) -> Path:
    folder.mkdir()
    (folder / "launches.csv").write_text(LAUNCHES)
    rows = (
        f"{number},{number * 7 % 997},2024-01-{number % 28 + 1:02},approved,{number % 50}\n"
        for number in range(purchases)
    )
    (folder / "purchases.csv").write_text(HEAD + "".join(rows))
    return folder


def read_contents(out: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in sorted(out.iterdir())}


def build_import_command(arguments: list[str]) -> subprocess.Popen[str]:
    """A process that has imported the package and waits for a line to begin."""
    process = subprocess.Popen([sys.executable, "-c", PROGRAM, *arguments], stdin=-1, stdout=-1, text=True)
    assert process.stdout is not None
    assert process.stdout.readline() == "ready\n"
    return process


def kill_after(seconds: float, process: subprocess.Popen[str]) -> bool:
    """Let the process begin and kill it after that time; whether it had come to its end."""
    assert process.stdin is not None
    assert process.stdout is not None
    process.stdin.write("go\n")
    process.stdin.flush()
    done, _, _ = select.select([process.stdout], [], [], seconds)
    process.send_signal(signal.SIGKILL)
    process.wait()
    return bool(done)


@pytest.mark.slow
def test_a_kill_leaves_the_old_history_or_the_new_one(tmp_path: Path, choose_size: Callable[[int, int], int]) -> None:
    kills = choose_size(10, 200)
    few, many = source(tmp_path / "few", 10), source(tmp_path / "many", 60_000)
    folder = tmp_path / "place"
    import_history(few, folder / "out")
    import_history(many, tmp_path / "new")
    old, new = read_contents(folder / "out"), read_contents(tmp_path / "new")
    process = build_import_command([str(many), str(tmp_path / "timed")])
    began = time.perf_counter()
    assert kill_after(120, process)
    seconds = time.perf_counter() - began
    draws, left = random.Random(11), []  # noqa: S311

    for number in range(kills):
        ended = kill_after(
            seconds * (number + draws.random()) / kills, build_import_command([str(many), str(folder / "out")])
        )
        after_kill = read_contents(folder / "out")
        assert after_kill in (old, new)
        assert open_history(folder / "out").read("purchases", ["lead_id"]).num_rows in (10, 60_000)
        assert after_kill == new or not ended
        left.append(len(list(folder.iterdir())))
        if after_kill == new:  # the next one is killed on its way from the old one
            import_history(few, folder / "out")

    assert max(left) == 2  # the history, and the last scratch: each import removes the one before
    import_history(many, folder / "out")
    assert read_contents(folder / "out") == new
    assert [path.name for path in folder.iterdir()] == ["out"]


def leave_behind(folder: Path, *, old: Path | None = None) -> Path:
    """What a killed import leaves beside ``out``."""
    left = folder / ".out-import-abcdefgh"
    (left / "copies").mkdir(parents=True)
    (left / "held").touch()
    (left / "import.duckdb").write_text("personal")
    if old:
        shutil.move(old, left / "old")
    return left


def test_the_next_import_removes_what_a_killed_one_left(tmp_path: Path) -> None:
    left = leave_behind(tmp_path / "place")
    (tmp_path / "place" / ".out-import-notes").write_text("mine")

    import_history(source(tmp_path / "few", 3), tmp_path / "place" / "out")

    assert not left.exists()
    assert sorted(path.name for path in (tmp_path / "place").iterdir()) == [".out-import-notes", "out"]


def test_a_history_that_had_stepped_aside_comes_back(tmp_path: Path) -> None:
    few = source(tmp_path / "few", 3)
    import_history(few, tmp_path / "place" / "out")
    before = read_contents(tmp_path / "place" / "out")
    leave_behind(tmp_path / "place", old=tmp_path / "place" / "out")
    (few / "purchases.csv").write_text("no header\n")

    with pytest.raises(ValueError, match="no such column"):
        import_history(few, tmp_path / "place" / "out")

    assert read_contents(tmp_path / "place" / "out") == before


def test_the_scratch_of_a_running_import_is_let_be(tmp_path: Path) -> None:
    fcntl = pytest.importorskip("fcntl")
    left = leave_behind(tmp_path / "place")
    with open(left / "held") as held:
        fcntl.flock(held, fcntl.LOCK_EX)

        import_history(source(tmp_path / "few", 3), tmp_path / "place" / "out")

        assert (left / "import.duckdb").is_file()


def test_a_place_that_cannot_be_written_to_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")

    with pytest.raises(ValueError, match="file cannot be written to"):
        import_history(source(tmp_path / "few", 3), tmp_path / "file" / "out")
