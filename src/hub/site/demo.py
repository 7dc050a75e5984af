"""A demonstration: a new installation filled from the simulator, by the steps that an owner takes on the pages.

``python -m hotleads.hub.site.demo`` makes launches and files, brings the files as uploads and asks for their imports;
the worker then takes them in and scores. It is run before the worker starts, and once.
"""

import sys
import tempfile
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pandas as pd

from ...language import Phrase
from ...simulator import SimulationOptions, simulate
from ..engine.kinds import Options, Result
from ..errors import HubError
from .setup import configure_hub

#: A year and a half of launches: classic ones, a perpetual and a paid one; the last is open.
_OPTIONS = SimulationOptions(leads=3_000, launches=9, seed=7, open_last_launch=True, parquet=False)
#: The open launch's cart opens so long from now.
_UNTIL_CART = timedelta(days=6)
_TIMES = ("captured_at", "occurred_at", "capture_starts_at", "capture_ends_at", "cart_opens_at", "cart_closes_at")
#: What follows the last import.
_STEPS = ("sync", "check", "backtest", "train", "score_past", "outcomes")
_TIME_ZONE = "America/Sao_Paulo"


class DemoError(HubError):
    """The folder is no place for a demonstration."""

    code = "demo"


def fill_demo() -> bool:
    """Fill a new installation; return False where it is a demonstration already. Raises DemoError where it has rows."""
    from ..models import Contact, CsvLeadPolicy, Installation, Launch, Upload

    installation = Installation.objects.get()
    if installation.is_demo:
        return False
    if Contact.objects.exists() or Launch.objects.exists() or Upload.objects.exists():
        raise DemoError(Phrase("this installation has rows of its own; give --demo a new folder"))
    installation.is_demo = True
    installation.csv_lead_policy = CsvLeadPolicy.LISTED
    installation.time_zone = _TIME_ZONE
    installation.save()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        simulate(folder, _OPTIONS)
        tables = _read_tables(folder)
        _make_launches(tables["launches"])
        _bring_files(tables, folder)
    return True


def run_demo(_options: Options, progress: Callable[[str], None]) -> Result:
    """Fill an empty installation: the job behind *Look at a demo launch*."""
    progress(Phrase("inventing people, launches and sales"))
    return {"filled": fill_demo()}


def _read_tables(folder: Path) -> dict[str, pd.DataFrame]:
    """Return the simulated tables as if the open launch were under way now; what lies ahead of now is left out."""
    now = pd.Timestamp(datetime.now(UTC))
    tables = {
        name: pd.read_csv(next(folder.glob(f"{name}.csv*")), dtype=str, keep_default_na=False)
        for name in ("launches", "leads", "purchases")
    }
    opens = pd.to_datetime(tables["launches"]["cart_opens_at"].iloc[-1])
    shift = (now + _UNTIL_CART - opens).floor("D")
    for table in tables.values():
        for name in table.columns.intersection(list(_TIMES)):
            moved = pd.to_datetime(table[name]) + shift
            table[name] = moved.dt.strftime("%Y-%m-%dT%H:%M:%SZ").fillna("")
    for name, column in (("leads", "captured_at"), ("purchases", "occurred_at")):
        tables[name] = tables[name][pd.to_datetime(tables[name][column]) <= now]
    _rename_launches(tables)
    return tables


def _rename_launches(tables: dict[str, pd.DataFrame]) -> None:
    """Name launches, and the campaigns that bear their names, by the month in which they are now."""
    launches = tables["launches"]
    begins = launches["cart_opens_at"].where(launches["cart_opens_at"] != "", launches["capture_starts_at"])
    names = {
        old: f"{start[:7]}-{old[8:]}" for old, start in zip(launches["launch_id"], begins, strict=True)
    }  # the simulator's begin with a month of their own
    launches["launch_id"] = launches["launch_id"].map(names)
    leads = tables["leads"]
    leads["launch_id"] = leads["launch_id"].map(lambda name: names.get(name, name))
    for old, new in names.items():
        leads["utm_campaign"] = leads["utm_campaign"].str.replace(old, new, regex=False)


def _make_launches(launches: pd.DataFrame) -> None:
    from django.utils import timezone

    from ..models import Strategy
    from ..web.launch_form import LaunchForm

    for row in launches.to_dict("records"):
        values = {str(name): value for name, value in row.items()}
        key = values.pop("launch_id")
        words = key[8:].replace("-", " ").capitalize()
        data = values | {"key": key, "name": f"{words} {key[:7]}"}
        data |= {name: value.removesuffix("Z")[:16] for name, value in data.items() if name in _TIMES}
        with timezone.override(UTC):
            form = LaunchForm(Strategy(values["strategy"]), data=data)
            if not form.is_valid():
                raise DemoError(f"{key}: {form.errors.as_json()}")
            form.save()


def _bring_files(tables: dict[str, pd.DataFrame], folder: Path) -> None:
    from ..engine.queue import enqueue_job
    from ..intake.uploads import UploadOptions, check_upload, propose_upload, receive_upload
    from ..models import LegalBasis, Purpose, UploadKind
    from ..people.consent import ConsentTerms
    from .job_kinds import register_kinds

    register_kinds()
    terms = ConsentTerms(Purpose.EMAIL_MARKETING, LegalBasis.CONSENT, "I want to hear of the courses by e-mail.", "1")
    for kind in (UploadKind.LEADS, UploadKind.PURCHASES):
        path = folder / f"{kind.value}.csv"
        tables[kind.value].to_csv(path, index=False)
        options = UploadOptions(default_country="BR", currency="BRL", terms=terms if kind == UploadKind.LEADS else None)
        upload = receive_upload(kind, [path], options)
        verdict = check_upload(upload, propose_upload(upload))
        if not verdict.is_accepted:
            raise DemoError("; ".join(map(str, verdict.problems)))
        key, steps = f"import_upload:{upload.pk}", _STEPS if kind == UploadKind.PURCHASES else ()
        enqueue_job("import_upload", {"upload_id": str(upload.pk)}, idempotency_key=key, followed_by=steps)


def run_past_scores(_options: Options, progress: Callable[[str], None]) -> Result:
    """Score the demonstration's past launches too, as an owner does by the button of each."""
    from ..modelling.scoring import run_scoring
    from ..models import Launch

    scored: Result = {}
    for launch in Launch.objects.order_by("pk"):
        scored[launch.key] = run_scoring({"launch_id": launch.pk}, progress)["leads"]
    return scored


def run_filling() -> int:
    """Fill the installation of the environment; return the exit code of the process."""
    configure_hub()
    try:
        fill_demo()
    except HubError as error:
        print(f"error: {error} ({error.code})", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(run_filling())
