"""Leads of an uploaded file until they are scored and on the page, while a training runs in the same installation.

    python benchmarks/hub_arrivals.py [--repeats 20] [--leads 100]

An installation on SQLite is filled with the sample, and has a champion. A worker of its own process trains all the
time. Each repeat brings a file of new leads as the upload page does, and waits until all of them have a score.
Prints the seconds from the file to the last score: median, 95th percentile and longest.
"""

import argparse
import csv
import os
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
LIMIT_SECONDS = 600


def measure(data: Path, repeats: int, leads: int) -> list[float]:
    """Return the seconds of each repeat."""
    from hotleads.hub.engine.queue import enqueue_job
    from hotleads.hub.models import Job, JobState, Launch

    launch = Launch.objects.get(key=prepare())
    worker = subprocess.Popen([sys.executable, "-m", "hotleads", "work", "--data", str(data)])
    seconds = []
    try:
        for repeat in range(repeats):
            if not Job.objects.filter(kind="train", state__in=[JobState.QUEUED, JobState.RUNNING]).exists():
                job = enqueue_job("train", {})
                wait_until(lambda job=job: Job.objects.get(pk=job.pk).state == JobState.RUNNING)
            path = write_file(data / f"leads-{repeat}.csv", launch, repeat, leads)
            started = time.perf_counter()
            bring(path, launch, leads)
            seconds.append(time.perf_counter() - started)
            is_training = Job.objects.filter(kind="train", state=JobState.RUNNING).exists()
            print(
                f"{repeat + 1}: {seconds[-1]:.1f} s{'' if is_training else ' (the training ended meanwhile)'}",
                flush=True,
            )
    finally:
        worker.send_signal(signal.SIGTERM)
        worker.wait()
    return seconds


def prepare() -> str:
    """Fill the installation, train its champion, score its open launch, and return that launch's key."""
    from hotleads.hub.modelling.scoring import run_scoring

    key = prepare_champion()
    run_scoring({}, lambda message: None)
    return key


def prepare_champion(every: int = 1) -> str:
    """Fill the installation with the sample as it would stand now, train its champion, and return the open launch.

    ``every``: one lead in so many.
    """
    from hotleads.hub.feed.sync import run_sync
    from hotleads.hub.modelling.training import run_training
    from tests.hub.modelling.sample_hub import NOW, OPEN_LAUNCH, fill_hub

    fill_hub(every=every, later=datetime.now(UTC) - NOW)
    run_sync({}, lambda message: None)
    run_training({"trials": 0}, lambda message: None)
    return OPEN_LAUNCH


def write_file(path: Path, launch: object, repeat: int, leads: int) -> Path:
    """Write a file of leads who are new, captured within the last days."""
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(["email", "name", "captured_at", "launch_id", "utm_source", "utm_campaign"])
        for number in range(leads):
            at = datetime.now(UTC) - timedelta(hours=1 + number)
            row = [f"new{repeat}x{number}@example.com", f"Ana {number}", at.isoformat(), str(launch), "google", "cake"]
            writer.writerow(row)
    return path


def bring(path: Path, launch: object, leads: int) -> None:
    """Bring a file as the page does, and wait until all of its leads have a score."""
    from hotleads.hub.engine.queue import enqueue_job
    from hotleads.hub.intake.uploads import UploadOptions, check_upload, propose_upload, receive_upload
    from hotleads.hub.models import CurrentScore, UploadKind

    upload = receive_upload(UploadKind.LEADS, [path], UploadOptions())
    verdict = check_upload(upload, propose_upload(upload))
    if not verdict.is_accepted:
        sys.exit(f"the file is refused: {verdict.problems}")
    enqueue_job("import_upload", {"upload_id": upload.pk}, idempotency_key=f"import:{upload.pk}")
    scored = CurrentScore.objects.filter(launch=launch, contact__captures__batch__upload=upload)
    wait_until(lambda: scored.count() == leads)


def wait_until(is_true: Callable[[], bool]) -> None:
    """Wait for something, at most ten minutes."""
    deadline = time.perf_counter() + LIMIT_SECONDS
    while not is_true():
        if time.perf_counter() > deadline:
            sys.exit(f"it did not happen in {LIMIT_SECONDS} s")
        time.sleep(0.1)


def main() -> None:
    """Measure, and print the figures."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--repeats", type=int, default=20)
    parser.add_argument("--leads", type=int, default=100)
    chosen = parser.parse_args()
    sys.path.insert(0, str(ROOT))
    with tempfile.TemporaryDirectory(prefix="hub-arrivals-") as folder:
        from hotleads.hub.site.setup import create_installation

        create_installation(Path(folder))
        seconds = sorted(measure(Path(folder), chosen.repeats, chosen.leads))
    p95 = seconds[min(int(0.95 * len(seconds)), len(seconds) - 1)]
    load = os.getloadavg()[0]
    print(
        f"{chosen.leads} leads, {len(seconds)} files: median {statistics.median(seconds):.1f} s, p95 {p95:.1f} s, "
        f"longest {seconds[-1]:.1f} s; load {load:.0f}"
    )


if __name__ == "__main__":
    main()
