"""The hub's commands, as scripts use them."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.hub.installations import Installation


def run(installation: Installation, *command: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "hotleads", *command],
        env=installation.environment,
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.slow
def test_files_come_in_and_a_history_goes_out(installation: Installation, tmp_path: Path) -> None:
    leads = tmp_path / "leads.csv"
    sales = tmp_path / "sales.csv"
    leads.write_text(run(installation, "leads", "template").stdout)
    sales.write_text("transaction_id,email,occurred_at,amount\nT1,ana@example.com,2026-03-05,197\n")
    checked = json.loads(run(installation, "leads", "import", str(leads), "--check", "--json").stdout)
    assert (checked["verdict"]["rows"], checked["written"]) == (1, None)
    assert checked["mappings"][0]["file"] == "leads.csv"
    declared = ["--purpose", "email_marketing", "--basis", "consent"]
    imported = json.loads(run(installation, "leads", "import", str(leads), *declared, "--json").stdout)
    assert imported["written"] == {"new": 1, "repeated": 0, "nameless": 0, "erased": 0, "consents": 1}
    assert "1 rows are new" in run(installation, "purchases", "import", str(sales), "--currency", "BRL").stdout
    exported = run(installation, "history", "export", str(tmp_path / "history"))
    assert "leads 1, purchases 1" in exported.stdout, exported.stderr


@pytest.mark.slow
def test_bad_input_is_an_error_without_a_traceback(sqlite_installation: Installation, tmp_path: Path) -> None:
    path = tmp_path / "leads.csv"
    path.write_text("email,captured_at\nana@example.com,soon\n")
    refused = run(sqlite_installation, "leads", "import", str(path))
    assert refused.returncode == 1
    assert "leads.csv:2" in refused.stdout
    for command in (
        ["leads", "import", str(path), "--purpose", "spam"],
        ["leads", "import", str(tmp_path / "none.csv")],
    ):
        failed = run(sqlite_installation, *command)
        assert failed.returncode == 1
        assert "error" in failed.stderr
        assert "Traceback" not in failed.stderr


@pytest.mark.slow
def test_a_worker_drains_what_is_due(sqlite_installation: Installation) -> None:
    from hotleads.hub.engine.queue import enqueue_job
    from hotleads.hub.models import Job
    from hotleads.hub.site.job_kinds import register_kinds

    register_kinds()
    enqueue_job("score", {})
    assert run(sqlite_installation, "work", "--drain").returncode == 0
    job = Job.objects.get()
    assert (job.state, job.attempts) == ("failed", 1)
    assert "no model is in use yet" in job.error
