"""What the lab's checks say of an upload before anything of it is written."""

import random
from datetime import UTC, datetime, timedelta
from pathlib import Path

from hotleads.hub.feed.sync import run_sync
from hotleads.hub.intake.uploads import UploadOptions, check_upload, import_upload, propose_upload, receive_upload
from hotleads.hub.intake.verdicts import Verdict
from hotleads.hub.models import Capture, Contact, Launch, Strategy, Upload, UploadKind
from hotleads.hub.site.job_kinds import register_kinds
from tests.hub.installations import Installation

_START = datetime(2026, 1, 5, tzinfo=UTC)
_RANDOM = random.Random(1)  # noqa: S311


def judge(path: Path, kind: UploadKind, header: str, rows: list[str]) -> Verdict:
    file = path / f"{kind.value}.csv"
    file.write_text("\n".join([header, *rows]) + "\n")
    upload = receive_upload(kind, [file], UploadOptions(currency="BRL", default_country="BR"))
    return check_upload(upload, propose_upload(upload))


def find(verdict: Verdict) -> dict[str, str]:
    assert verdict.problems == []
    return {finding["code"]: finding["column"] for finding in verdict.findings}


def make_times(days: int, hour: int = 15) -> list[datetime]:
    """Ten rows a day, about an hour of the day."""
    return [
        _START + timedelta(days=day, hours=hour, minutes=_RANDOM.randrange(-150, 150))
        for day in range(days)
        for _ in range(10)
    ]


def write(times: list[datetime]) -> list[str]:
    return [f"lead{number}@example.org,{time.isoformat()},fb" for number, time in enumerate(times)]


LEADS = "email,captured_at,utm_campaign"


def test_sound_leads_have_no_findings_and_nothing_is_written(installation: Installation, tmp_path: Path) -> None:
    verdict = judge(tmp_path, UploadKind.LEADS, LEADS, write(make_times(60)))
    assert find(verdict) == {}
    assert verdict.repeated == 0
    assert not Contact.objects.exists()
    assert not Capture.objects.exists()
    assert not list(installation.data.glob("uploads/.*"))


def test_missing_days_future_times_and_rows_twice_are_told(sqlite_installation: Installation, tmp_path: Path) -> None:
    times = [time for time in make_times(100) if not 20 <= (time - _START).days < 32]
    rows = write([*times, datetime.now(UTC) + timedelta(days=400)])
    verdict = judge(tmp_path, UploadKind.LEADS, LEADS, [*rows, *rows[:7]])
    assert find(verdict) == {"missing-days": "captured_at", "future-timestamps": "captured_at"}
    assert verdict.repeated == 7


def test_the_months_between_two_launches_are_no_missing_days(sqlite_installation: Installation, tmp_path: Path) -> None:
    times = [time for time in make_times(60) if not 20 <= (time - _START).days < 45]
    assert find(judge(tmp_path, UploadKind.LEADS, LEADS, write(times))) == {}


def test_a_shifted_time_zone_is_told(sqlite_installation: Installation, tmp_path: Path) -> None:
    early, late = make_times(60)[:300], [time + timedelta(hours=6) for time in make_times(60)[300:]]
    assert find(judge(tmp_path, UploadKind.LEADS, LEADS, write([*early, *late]))) == {"time-zone-shift": "captured_at"}


def test_purchases_out_of_order_and_in_other_currencies_are_told(
    sqlite_installation: Installation, tmp_path: Path
) -> None:
    rows = [
        f"b{n}@example.org,t{n},{_START + timedelta(days=n % 40)},p,approved,100,{'USD' if n < 5 else 'BRL'}"
        for n in range(100)
    ]
    rows += [
        f"b{n}@example.org,t{n},{(_START - timedelta(days=3)).isoformat()},p,refunded,100,BRL" for n in range(9, 14)
    ]
    header = "email,transaction_id,occurred_at,product_id,status,amount,currency"
    assert set(find(judge(tmp_path, UploadKind.PURCHASES, header, rows))) >= {"status-out-of-order", "mixed-currencies"}


def test_an_answer_that_only_buyers_have_is_told_by_what_the_hub_knows_of_them(
    installation: Installation, tmp_path: Path
) -> None:
    """The file's leads are those whose purchases came earlier, by another file."""
    register_kinds()
    Launch.objects.create(
        key="may", strategy=Strategy.CLASSIC, product_id="cake", capture_starts_at=_START,
        cart_opens_at=_START + timedelta(days=20), cart_closes_at=_START + timedelta(days=27),
    )  # fmt: skip
    bought = (_START + timedelta(days=22)).isoformat()
    sales = [f"lead{n}@example.org,t{n},{bought},cake,approved,100,BRL" for n in range(0, 200, 4)]
    header = "email,transaction_id,occurred_at,product_id,status,amount,currency"
    judged = judge(tmp_path, UploadKind.PURCHASES, header, sales)
    assert judged.is_accepted
    import_upload(Upload.objects.get())
    later = "late@example.org,t-late," + (_START + timedelta(days=90)).isoformat() + ",other,approved,100,BRL"
    judge(tmp_path, UploadKind.PURCHASES, header, [later])
    import_upload(Upload.objects.latest("pk"))
    run_sync({}, lambda message: None)
    times = make_times(20)
    rows = [
        f"lead{n}@example.org,{time.isoformat()},fb,may,{'aluno' if n % 4 == 0 else ''}" for n, time in enumerate(times)
    ]
    verdict = judge(tmp_path, UploadKind.LEADS, f"{LEADS},launch_id,attr_member", rows)
    assert find(verdict) == {"target-leakage": "attr_member"}
    assert "example.org" not in str(verdict)
