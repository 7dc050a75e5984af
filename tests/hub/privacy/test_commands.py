"""Erasure, back-up and restore as scripts use them."""

import json
import shutil
from pathlib import Path

import pytest

from tests.hub.installations import Installation
from tests.hub.test_commands import run


@pytest.mark.slow
def test_a_person_is_erased_and_a_backup_does_not_bring_them_back(
    sqlite_installation: Installation, tmp_path: Path
) -> None:
    leads, out = tmp_path / "leads.csv", tmp_path / "monday.tar.gz"
    leads.write_text("email,name\nana@example.com,Ana\nbruno@example.com,Bruno\n", encoding="utf-8")
    assert run(sqlite_installation, "leads", "import", str(leads)).returncode == 0
    assert run(sqlite_installation, "history", "export", str(sqlite_installation.data / "history")).returncode == 0
    assert json.loads(run(sqlite_installation, "backup", "--out", str(out), "--json").stdout)["files"] >= 2
    told = tmp_path / "ana.json"
    access = ("access", "ana@example.com", "--out", str(told))
    assert run(sqlite_installation, *access).returncode == 0
    assert json.loads(told.read_text(encoding="utf-8"))["person"][0]["name"] == "Ana"
    assert told.stat().st_mode & 0o077 == 0
    assert "exists" in run(sqlite_installation, *access).stderr
    receipt = json.loads(run(sqlite_installation, "erase", " Ana@Example.com", "--json").stdout)
    assert (receipt["state"], receipt["removed"]["rows"], receipt["removed"]["history"]) == ("done", 1, 1)
    again = json.loads(run(sqlite_installation, "erase", "ana@example.com", "--json").stdout)
    assert again["erasure_id"] == receipt["erasure_id"]
    told.unlink()
    assert "was erased" in run(sqlite_installation, *access).stderr
    unknown = run(sqlite_installation, "erase", "nobody@example.com")
    assert unknown.returncode == 1
    assert "nobody has this e-mail address" in unknown.stderr
    assert "nobody@" not in unknown.stderr
    brought = json.loads(run(sqlite_installation, "leads", "import", str(leads), "--json").stdout)
    assert (brought["written"]["repeated"], brought["written"]["erased"]) == (1, 1)

    place = Installation(tmp_path / "again", "")
    place.data.mkdir()
    shutil.copy(sqlite_installation.data / "tombstones", place.data)
    restored = run(place, "restore", str(out), "--json")
    assert json.loads(restored.stdout)["erased"] == [receipt["contact_id"]], restored.stderr
