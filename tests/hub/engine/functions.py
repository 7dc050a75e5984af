"""What the jobs of the engine's tests do, and the child process that knows them."""

import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from hotleads.hub.engine.kinds import ARRIVALS_LANE, JobKind, register_kind
from hotleads.hub.errors import HubError

_HERE = "tests.hub.engine.functions"
KINDS = (
    JobKind("append", f"{_HERE}:append_entry", ARRIVALS_LANE, in_transaction=True, max_attempts=60),
    JobKind("add", f"{_HERE}:add_numbers", max_attempts=60),
    JobKind("sleep", f"{_HERE}:sleep_with_a_child"),
    JobKind("fail", f"{_HERE}:fail_on_purpose"),
    JobKind("refuse", f"{_HERE}:refuse_input"),
)


def register_test_kinds() -> None:
    for kind in KINDS:
        register_kind(kind)


def append_entry(options: Any, _progress: Callable[[str], None]) -> None:
    from hotleads.hub.models import AuditEntry

    AuditEntry.objects.create(action="append", subject_id=str(options["number"]))
    time.sleep(0.002)


def add_numbers(options: Any, progress: Callable[[str], None]) -> dict[str, Any]:
    progress("adding")
    time.sleep(options.get("seconds", 0))
    return {"sum": sum(options["numbers"])}


def sleep_with_a_child(options: Any, progress: Callable[[str], None]) -> None:
    child = subprocess.Popen(["sleep", "60"])
    Path(options["pids"]).write_text(f"{os.getpid()} {child.pid}")
    progress("sleeping")
    time.sleep(60)


def fail_on_purpose(_options: Any, _progress: Callable[[str], None]) -> None:
    raise RuntimeError("ana@example.com does not work")


def refuse_input(_options: Any, _progress: Callable[[str], None]) -> None:
    raise HubError("the file has no header; name its columns")


if __name__ == "__main__":
    from hotleads.hub.site.setup import configure_hub

    configure_hub()
    from hotleads.hub.engine.child import run_child

    register_test_kinds()
    sys.exit(run_child(Path(sys.argv[1])))
