"""Pages of docs as what a reader types and sees: their commands, and the lines that each must print."""

import re
from collections.abc import Iterator
from pathlib import Path

_COMMAND = re.compile(r"(?m)^\$ hotleads (.*)$")


def read_examples(page: str) -> list[tuple[str, str]]:
    """The commands of a page's console blocks, each with what is shown of its output."""
    blocks = re.findall(r"(?ms)^```console\n(.*?)^```$", page)
    parts = [_COMMAND.split(block)[1:] for block in blocks]
    return [(part[place], part[place + 1].strip("\n")) for part in parts for place in range(0, len(part), 2)]


def write_scripts(page: str, folder: Path) -> list[Path]:
    """Write a page's Python blocks that begin with the name of their file."""
    paths = []
    for name, code in re.findall(r"(?ms)^```python\n# (\w+\.py)\n(.*?)^```$", page):
        paths.append(folder / name)
        paths[-1].write_text(code, encoding="utf-8")
    return paths


def find_missing_line(expected: str, output: str) -> str | None:
    """The first line of the page that the output lacks, in order; … stands for what differs from run to run."""
    lines: Iterator[str] = iter(output.splitlines())
    for line in expected.splitlines():
        pattern = re.compile(".*".join(re.escape(part) for part in line.strip().split("…")))
        if not any(pattern.search(printed) for printed in lines):
            return line
    return None
