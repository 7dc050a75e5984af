"""Fifty broken histories: every command ends in scores that say what they lack, or in a code and a remedy."""

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from typer.testing import CliRunner

from hotleads.checks import CODES
from hotleads.cli.main import app
from hotleads.history import history_from_frames
from hotleads.scoring import save
from hotleads.training import FitOptions, fit_model

Frames = dict[str, pd.DataFrame]
START = datetime(2024, 1, 1, tzinfo=UTC)


def day(number: float) -> datetime:
    return START + timedelta(days=number)


def sound(people: int = 150) -> Frames:
    """Three launches of a week, captures that name them, and a shop beside them."""
    random = np.random.default_rng(1)
    ids = np.array([f"lead-{i:03d}" for i in range(people)])
    opens = {"one": 60.0, "two": 100.0, "three": 140.0}
    launches = pd.DataFrame(
        [
            {"launch_id": name, "strategy": "classic", "product_id": "course", "cart_opens_at": day(at),
             "cart_closes_at": day(at + 7), "capture_starts_at": day(at - 20), "capture_ends_at": day(at)}
            for name, at in opens.items()
        ]
    )  # fmt: skip
    captures, sold = [], []
    for name, at in opens.items():
        for lead in random.choice(ids, people // 2, replace=False):
            captures.append({"lead_id": lead, "captured_at": day(at - random.uniform(0.1, 20)), "launch_id": name})
            if random.random() < 0.3:
                bought_at = day(at + random.uniform(0, 7))
                sold.append({"lead_id": lead, "occurred_at": bought_at, "product_id": f"course-{name}"})
    shoppers = random.choice(ids, 3 * people)
    sold += [{"lead_id": lead, "occurred_at": day(random.uniform(0, 150)), "product_id": "ebook"} for lead in shoppers]
    launches["product_id"] = [f"course-{name}" for name in launches["launch_id"]]
    purchases = pd.DataFrame(sold).assign(amount="90", currency="BRL", status="approved")
    purchases["transaction_id"] = [f"t{i}" for i in range(len(purchases))]
    leads = pd.DataFrame(captures).assign(email=lambda rows: rows["lead_id"] + "@example.org", attr_goal="bread")
    return {"launches": launches, "leads": leads, "purchases": purchases}


def change(table: str, **columns: object) -> Callable[[Frames], Frames]:
    """Columns set to a value, or to what a function makes of the rows."""
    return lambda frames: frames | {table: frames[table].assign(**columns)}


def rows(table: str, keep: Callable[[pd.DataFrame], pd.DataFrame]) -> Callable[[Frames], Frames]:
    return lambda frames: frames | {table: keep(frames[table])}


def drop_tables(*tables: str) -> Callable[[Frames], Frames]:
    return lambda frames: {name: frame for name, frame in frames.items() if name not in tables}


def shift_times(table: str, column: str, days: float) -> Callable[[Frames], Frames]:
    return change(table, **{column: lambda frame: frame[column] + timedelta(days=days)})


def make_everybody_own(frames: Frames) -> Frames:
    leads = frames["leads"]
    owned = pd.DataFrame({"lead_id": leads["lead_id"], "product_id": [f"course-{name}" for name in leads["launch_id"]]})
    owned = owned.assign(occurred_at=day(0), status="approved", transaction_id=[f"x{i}" for i in range(len(leads))])
    return frames | {"purchases": pd.concat([frames["purchases"], owned])}


def repeat_everybody(frames: Frames) -> Frames:
    leads = frames["leads"]
    return frames | {"leads": pd.concat([leads, leads.assign(lead_id=leads["lead_id"] + "-2")])}


def ids_of_any_letters(frames: Frames) -> Frames:
    named = {name: frame for name, frame in frames.items() if name != "launches"}
    return frames | {name: frame.assign(lead_id='ção "😀",\n' + frame["lead_id"]) for name, frame in named.items()}


def make_everybody_alike(frames: Frames) -> Frames:
    sold = frames["purchases"]
    return change("leads", captured_at=day(30))(frames | {"purchases": sold[sold["product_id"] != "ebook"]})


BROKEN: dict[str, Callable[[Frames], Frames]] = {
    "no purchases table": drop_tables("purchases"),
    "no leads table": drop_tables("leads"),
    "neither": drop_tables("leads", "purchases"),
    "no launches table": drop_tables("launches"),
    "no launches": rows("launches", lambda f: f.head(0)),
    "no leads": rows("leads", lambda f: f.head(0)),
    "no purchases": rows("purchases", lambda f: f.head(0)),
    "all empty": lambda frames: {name: frame.head(0) for name, frame in frames.items()},
    "one lead": rows("leads", lambda f: f.head(1)),
    "one purchase": rows("purchases", lambda f: f.head(1)),
    "three purchases": rows("purchases", lambda f: f.head(3)),
    "one launch, the first": rows("launches", lambda f: f.head(1)),
    "nobody ever bought the products": rows("purchases", lambda f: f[f["product_id"] == "ebook"]),
    "everybody owns everything": make_everybody_own,
    "only refunds": change("purchases", status="refunded"),
    "only chargebacks": change("purchases", status="chargeback"),
    "nothing ever paid": change("purchases", status="billet_printed"),
    "only expired": change("purchases", status="expired"),
    "unknown statuses": change("purchases", status="paid-ish"),
    "statuses empty": change("purchases", status=None),
    "amounts missing": change("purchases", amount=None),
    "amounts words": change("purchases", amount="ninety"),
    "amounts zero": change("purchases", amount="0"),
    "amounts negative": change("purchases", amount="-5"),
    "amounts huge": change("purchases", amount="99999999999999.9999"),
    "currencies mixed": change("purchases", currency=lambda f: np.where(np.arange(len(f)) % 2, "USD", "BRL")),
    "currencies missing": change("purchases", currency=None),
    "ids that never meet": change("purchases", lead_id=lambda f: "other-" + f["lead_id"]),
    "one id for all": change("leads", lead_id="same"),
    "one buyer for all": change("purchases", lead_id="same"),
    "ids missing": change("leads", lead_id=None),
    "duplicated people": repeat_everybody,
    "one transaction for all": change("purchases", transaction_id="t"),
    "launches without opening": change("launches", cart_opens_at=None),
    "launches without closing": change("launches", cart_closes_at=None),
    "launches reversed": change("launches", cart_closes_at=lambda f: f["cart_opens_at"] - timedelta(days=1)),
    "launches of no length": change("launches", cart_closes_at=lambda f: f["cart_opens_at"]),
    "unknown strategy": change("launches", strategy="flash"),
    "paid without entry product": change("launches", strategy="paid"),
    "paid, entry never sold": change("launches", strategy="paid", entry_product_id="nothing"),
    "perpetual without horizon": change("launches", strategy="perpetual"),
    "perpetual of no days": change("launches", strategy="perpetual", horizon_days=0),
    "one launch twice": rows("launches", lambda f: pd.concat([f, f.head(1)])),
    "captures after the opening": shift_times("leads", "captured_at", 25),
    "captures years later": shift_times("leads", "captured_at", 3_000),
    "history ends before the launches": shift_times("purchases", "occurred_at", -400),
    "purchases after all launches": shift_times("purchases", "occurred_at", 400),
    "all captures at one instant": change("leads", captured_at=day(30)),
    "times words": change("purchases", occurred_at="soon"),
    "times of 1970": change("purchases", occurred_at=datetime(1970, 1, 1, tzinfo=UTC)),
    "times of 2190": change("purchases", occurred_at=datetime(2190, 1, 1, tzinfo=UTC)),
    "nothing tells leads apart": make_everybody_alike,
    "answers infinite": change("leads", attr_goal=lambda f: np.where(np.arange(len(f)) % 2, "inf", "1e309")),
    "ids of any letters": ids_of_any_letters,
    "launches overlap": change("launches", cart_closes_at=lambda f: f["cart_opens_at"] + timedelta(days=90)),
    "captures of launches that are not there": change("leads", launch_id="nowhere"),
}  # fmt: skip


def run(*arguments: object) -> str:
    """The output of a command that ends well, or with a message and no traceback."""
    result = CliRunner().invoke(app, [str(argument) for argument in arguments])
    assert result.exit_code in (0, 1, 3, 4), result.output
    assert result.exception is None or isinstance(result.exception, SystemExit), (arguments, repr(result.exception))
    if result.exit_code == 1:
        named = [code for code in CODES if f"({code})" in result.output]
        assert named or "hotleads train" in result.output, result.output
    return result.output


@pytest.fixture(scope="module")
def workplace(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One MLflow store for all, and a sound history's model, so that scoring is tried where training refuses."""
    folder = tmp_path_factory.mktemp("workplace")
    history = history_from_frames(**sound())
    launch = history.get_launch("three")
    save(fit_model(history, launch, launch.as_of, FitOptions(trials=0)).model, folder / "model")
    return folder


def _written(frames: Frames, folder: Path) -> Path:
    folder.mkdir()
    for name, frame in frames.items():
        frame.to_csv(folder / f"{name}.csv", index=False)
    return folder


def test_there_are_fifty() -> None:
    assert len(BROKEN) >= 50


@pytest.mark.slow
@pytest.mark.parametrize("name", BROKEN)
def test_no_silent_score_and_no_traceback(
    name: str, tmp_path: Path, workplace: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MLFLOW_TRACKING_URI", f"sqlite:///{workplace}/mlflow.db")
    history, out = _written(BROKEN[name](sound()), tmp_path / "history"), tmp_path / "out"
    run("check", history)
    run("backtest", "--history", history, "--out", out, "--trials", 0, "--launches", "three")
    if (out / "report.json").is_file():
        report = json.loads((out / "report.json").read_text())
        assert all(launch["code"] in CODES and launch["reason"] for launch in report["skipped"])
    output = run("train", "--history", history, "--trials", 0)
    assert "Registered as" in output or any(f"({code})" in output for code in CODES)
    out.mkdir(exist_ok=True)
    run("score", "--history", history, "--launch", "three", "--out", out / "s.parquet", "--model", workplace / "model")
    if (out / "s.parquet").is_file():
        scored = pd.read_parquet(out / "s.parquet")
        assert len(scored)
        assert scored["probability"].between(0, 1).all()
        assert {code for codes in scored["findings"] for code in codes} <= set(CODES)
