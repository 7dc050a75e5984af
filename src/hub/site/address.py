"""The address at which ``hotleads up`` serves an installation, noted in its folder: links made elsewhere lead there."""

from pathlib import Path

_FILE = "address"


def read_address(folder: Path) -> str:
    """Return the noted address; empty where there is none."""
    path = folder / _FILE
    return path.read_text(encoding="ascii").strip() if path.is_file() else ""


def write_address(folder: Path, address: str) -> None:
    """Note the address."""
    path = folder / _FILE
    path.touch(mode=0o600)
    path.write_text(address + "\n", encoding="ascii")
