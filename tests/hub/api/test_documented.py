"""What docs/api.md shows works as it is written: its commands, curl lines and Python, on ``hotleads up``."""

import json
import os
import re
import shlex
import shutil
import signal
import socket
import subprocess
import sys
import textwrap
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from django.db import connection

from hotleads.hub.models import Capture, InboxItem, InboxOutcome
from tests.hub.installations import Installation, use_installation

pytestmark = [pytest.mark.slow, pytest.mark.skipif(shutil.which("curl") is None, reason="curl is not installed")]
PAGE = (Path(__file__).parents[3] / "docs" / "api.md").read_text()
BLOCKS = [textwrap.dedent(block).strip() for block in re.findall(r"(?m)(?:^ {4}.*\n)+", PAGE)]
_SECONDS = 60
_STATUS = r"\n%{http_code}"


@dataclass
class Reader:
    """Somebody who types what the page shows, with their own port, folder and secrets."""

    data: Path
    port: int
    secrets: dict[str, str] = field(default_factory=dict)

    def fill_in(self, text: str) -> str:
        own = {"DIR": str(self.data), "--port 3000": f"--port {self.port}", "localhost:3000": f"localhost:{self.port}"}
        for name, value in (own | self.secrets).items():
            text = text.replace(name, value)
        return text

    def split(self, command: str) -> list[str]:
        """Return the words of a command as a shell would."""
        return shlex.split(self.fill_in(command).replace("\\\n", " "))

    def run(self, command: str) -> str:
        done = subprocess.run(
            self.split(command), env=self.environment, capture_output=True, text=True, timeout=_SECONDS, check=False
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    def ask(self, command: str) -> tuple[int, Any]:
        """Run a curl line, and return the status and the body."""
        body, _, status = self.run(command.replace("curl ", f"curl -s -w '{_STATUS}' ", 1)).rpartition("\n")
        return int(status), json.loads(body)

    @property
    def environment(self) -> dict[str, str]:
        own = {name: value for name, value in os.environ.items() if not name.startswith(("HOTLEADS_", "MLFLOW_"))}
        return own | {"PATH": f"{Path(sys.executable).parent}{os.pathsep}{own['PATH']}"}


def find_block(begin: str) -> str:
    (block,) = (block for block in BLOCKS if block.startswith(begin))
    return block


@pytest.fixture(scope="module")
def reader(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Reader]:
    """A reader who has run the first block: the hub is up, and a program has its credential."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port = listener.getsockname()[1]
    reader = Reader(tmp_path_factory.mktemp("documented") / "hub", port)
    up, add = find_block("hotleads up").splitlines()
    log = reader.data.with_name("log")
    with log.open("w") as file:
        started = subprocess.Popen(reader.split(up), env=reader.environment, stdout=file, stderr=subprocess.STDOUT)
    try:
        deadline = time.monotonic() + _SECONDS
        while "ready: " not in log.read_text():
            assert started.poll() is None, log.read_text()
            assert time.monotonic() < deadline
            time.sleep(0.1)
        credential = json.loads(reader.run(add))
        reader.secrets = {name.upper(): credential[name] for name in ("client_id", "client_secret", "write_key")}
        yield reader
    finally:
        started.send_signal(signal.SIGTERM)
        started.wait(_SECONDS)


def wait_for_captures(reader: Reader, count: int) -> list[Capture]:
    with use_installation(Installation(reader.data, "")):
        deadline = time.monotonic() + _SECONDS
        while Capture.objects.count() < count:
            assert time.monotonic() < deadline, list(InboxItem.objects.values_list("source", "outcome"))
            connection.close()
            time.sleep(0.2)
        assert set(InboxItem.objects.values_list("outcome", flat=True)) == {InboxOutcome.PROCESSED}
        return list(Capture.objects.order_by("pk"))


def test_the_curl_lines_answer_as_the_page_says(reader: Reader) -> None:
    token, send = (block for block in BLOCKS if block.startswith("curl "))
    status, body = reader.ask(token)
    assert (status, body["expires_in"], body["scope"]) == (200, 3600, "leads:write launches:read")
    reader.secrets["TOKEN"] = body["access_token"]
    status, body = reader.ask(send)
    shown = json.loads(find_block('{"id"'))
    assert (status, body.keys(), body["accepted"]) == (202, shown.keys(), shown["accepted"])
    capture = wait_for_captures(reader, 1)[0]
    assert (capture.launch_key, capture.utm_source) == ("spring", "instagram")


def test_the_lines_of_python_answer_as_the_page_says(reader: Reader) -> None:
    pytest.importorskip("segment.analytics", reason="segment-analytics-python is not installed")
    script = reader.data.with_name("identify.py")
    script.write_text(reader.fill_in(find_block("import segment")))
    before = len(wait_for_captures(reader, 0))
    reader.run(f"{sys.executable} {script}")
    assert [capture.source for capture in wait_for_captures(reader, before + 1)[before:]] == ["segment"]


def test_every_example_is_one_of_these() -> None:
    begins = ("hotleads up", "curl ", '{"id"', "import segment", "<script ")
    assert [block for block in BLOCKS if not block.startswith(begins)] == []
