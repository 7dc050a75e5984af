"""A folder of exports brought in through a mapping."""

from collections.abc import Callable
from pathlib import Path

import pytest

from hotleads.history import import_history

LAUNCHES = """
[[launches]]
launch_id = "L"
strategy = "classic"
cart_opens_at = 2024-03-01
cart_closes_at = 2024-03-08
"""

Bring = Callable[[dict[str, str | bytes], str], Path]


@pytest.fixture
def bring_mapped(tmp_path: Path) -> Bring:
    """Write the files, import them through the mapping (a launch is added), and return where the history lies."""

    def bring(files: dict[str, str | bytes], mapping: str) -> Path:
        source = tmp_path / "source"
        source.mkdir(exist_ok=True)
        for name, content in files.items():
            (source / name).write_bytes(content if isinstance(content, bytes) else content.encode())
        (tmp_path / "map.toml").write_text(mapping + LAUNCHES, encoding="utf-8")
        import_history(source, tmp_path / "out", mapping=tmp_path / "map.toml")
        return tmp_path / "out"

    return bring
