"""The command line as a person uses it, on the sample that comes with the project."""

import json
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path

import mlflow
import pandas as pd
import pyarrow.parquet as pq
import pytest
from mlflow import MlflowClient
from typer.testing import CliRunner

from hotleads.cli.main import app
from hotleads.history import build_cohort, import_history, open_history
from tests.pages import CHROMIUM, find_page_faults, needs_chromium

SAMPLE = Path(__file__).parents[2] / "data" / "sample"
LAUNCH = "2025-02-cake-course"
NEXT = "2025-06-bread-course"
OPENED = "import sys, hotleads.cli.main; print(*sys.modules)"
SCORED_ROW = [
    *("launch_id", "lead_id", "as_of", "probability", "logit", "score", "tier", "tier_policy", "reasons"),
    *("findings", "model_version", "feature_hash", "context_hash"),
]


@pytest.fixture(scope="module")
def workplace(new_store: Callable[[Path], str], tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("workplace")
    new_store(folder)
    return folder


@pytest.fixture(autouse=True)
def _tracked_in(workplace: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MLFLOW_TRACKING_URI", f"sqlite:///{workplace}/mlflow.db")


def run(*arguments: object) -> str:
    result = CliRunner().invoke(app, [str(argument) for argument in arguments])
    assert result.exit_code == 0, result.output
    return result.output


def refused(*arguments: object) -> str:
    result = CliRunner().invoke(app, [str(argument) for argument in arguments])
    assert result.exit_code == 1
    assert isinstance(result.exception, SystemExit), "an error must not end in a traceback"
    return result.output


@pytest.mark.slow
def test_the_command_line_opens_without_the_packages_that_take_seconds() -> None:
    output = subprocess.run([sys.executable, "-c", OPENED], check=True, capture_output=True, text=True)
    assert "hotleads.cli.main" in output.stdout.split()
    assert not {"pandas", "numpy", "numba", "duckdb", "mlflow", "xgboost"} & set(output.stdout.split())


@pytest.mark.parametrize(
    "command",
    [
        "import",
        "backtest",
        "train",
        "score",
        "features",
        "demo",
        "rollback",
        "simulate",
        "oracle",
        "explain",
        "settings",
    ],
)
def test_every_command_explains_itself(command: str) -> None:
    assert command in run(command, "--help")


@pytest.fixture(scope="module")
def out(workplace: Path) -> Path:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("MLFLOW_TRACKING_URI", f"sqlite:///{workplace}/mlflow.db")
        run("backtest", "--history", SAMPLE, "--out", workplace / "bt", "--launches", f"{LAUNCH},{NEXT}", "--trials", 0)
    return workplace / "bt"


class TestBacktest:
    def test_writes_scored_rows_with_the_truth(self, out: Path) -> None:
        scores = pq.read_table(out / "scores.parquet")
        assert scores.column_names == [*SCORED_ROW, "until", "label", "label_mature", "bought_before"]
        frame = scores.to_pandas()
        assert set(frame["launch_id"]) == {LAUNCH}
        assert frame["probability"].between(0, 1).all()
        assert set(frame["label"]) == {0, 1}
        assert frame["lead_id"].is_unique

    def test_report_names_what_was_not_scored(self, out: Path) -> None:
        report = json.loads((out / "report.json").read_text())
        assert [entry["launch_id"] for entry in report["launches"]] == [LAUNCH]
        (skipped,) = report["skipped"]
        assert skipped["launch_id"] == NEXT
        assert "no label is known" in skipped["reason"]

    def test_page_stands_alone(self, out: Path) -> None:
        page = (out / "report.html").read_text()
        assert LAUNCH in page
        assert len(page) < 1_000_000

    def test_nothing_personal_is_written(self, out: Path) -> None:
        people = pd.read_csv(SAMPLE / "leads.csv.gz", dtype=str)
        address = people["email"].dropna().iloc[0]
        assert all(address.encode() not in file.read_bytes() for file in out.iterdir())


@pytest.fixture(scope="module")
def history(workplace: Path) -> Path:
    """The sample, imported once: a command that is given the exports checks and orders all of their rows."""
    import_history(SAMPLE, workplace / "history")
    return workplace / "history"


@pytest.fixture(scope="module")
def scored(workplace: Path, history: Path) -> Path:
    """The next launch's leads, scored by a champion that was trained for it."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("MLFLOW_TRACKING_URI", f"sqlite:///{workplace}/mlflow.db")
        assert "models:/hotleads/1" in run("train", "--history", history, "--trials", 1)
        run("score", "--history", history, "--launch", NEXT, "--out", workplace / "scored.parquet", "--reasons", 2)
    return workplace / "scored.parquet"


def test_train_then_score(scored: Path, history: Path, workplace: Path) -> None:
    scores = pq.read_table(scored)
    assert scores.column_names == SCORED_ROW
    frame = scores.to_pandas()
    assert frame["probability"].is_monotonic_decreasing
    assert (frame["reasons"].map(len) <= 2).all()
    out = workplace / "list.csv"
    run("score", "--history", history, "--launch", NEXT, "--out", out, "--language", "pt_BR")
    assert "deste lançamento" in out.read_text()
    assert list(pd.read_csv(out, dtype={"lead_id": str})["lead_id"]) == list(frame["lead_id"])


def test_a_training_run_logs_how_its_recipe_does_on_the_latest_launch(scored: Path) -> None:
    (trained,) = MlflowClient().search_runs(["1"], "tags.job = 'train'")
    figures = trained.data.metrics
    assert len(figures) <= 10
    table = mlflow.artifacts.load_dict(f"runs:/{trained.info.run_id}/gate_launches.json")
    launch = dict(zip(table["columns"], *table["data"], strict=True))
    assert launch["roc_auc_low"] < figures["gate_roc_auc"] < launch["roc_auc_high"]
    assert launch["launch_id"] in mlflow.artifacts.load_text(f"runs:/{trained.info.run_id}/report.html")


def test_the_run_and_the_registered_version_describe_themselves(scored: Path) -> None:
    client = MlflowClient()
    (trained,) = client.search_runs(["1"], "tags.job = 'train'")
    text = trained.data.tags["mlflow.note.content"]
    for words in (NEXT, "which it had not seen: ROC AUC 0.", "there is no champion yet"):
        assert words in text
    assert client.get_model_version("hotleads", "1").description == text
    assert "`champion` is the version that `hotleads score` uses" in client.get_registered_model("hotleads").description
    scoring = client.search_runs(["1"], "tags.job = 'score'")[0]
    assert "- hot: " in scoring.data.tags["mlflow.note.content"]


def test_tiers_as_the_owner_asks(scored: Path, history: Path, workplace: Path) -> None:
    out = workplace / "tiers.parquet"
    command = ("score", "--history", history, "--launch", NEXT, "--out", out, "--reasons", 0)
    output = run(*command, "--capacity", 50, "--price", 497, "--margin", 0.8, "--contact-cost", 3)
    assert "profit" in output
    assert 40 < (pd.read_parquet(out)["tier"] == "hot").sum() <= 50
    run(*command, "--hot", 0.2, "--warm", 0.05)
    rows = pd.read_parquet(out)
    assert rows["tier_policy"].unique().tolist() == ["hot>=0.2,warm>=0.05"]
    assert rows.loc[rows["tier"] == "warm", "probability"].between(0.05, 0.2, inclusive="left").all()
    run(*command, "--price", 497, "--margin", 0.8, "--contact-cost", 3)
    assert pd.read_parquet(out)["tier_policy"].iloc[0].startswith("profit:")
    for wrong in (("--hot", 0.2), ("--hot", 0.1, "--warm", 0.2), ("--capacity", 5, "--hot", 0.2), ("--margin", 0.5)):
        result = CliRunner().invoke(app, [str(argument) for argument in (*command, *wrong)])
        assert result.exit_code == 2, wrong


def test_check_has_verdicts_a_file_and_an_exit_code(workplace: Path) -> None:
    output = run("check", SAMPLE, "--json", workplace / "checks.json")
    assert "verdict" in output
    checks = json.loads((workplace / "checks.json").read_text())["checks"]
    assert {check["verdict"] for check in checks} == {"ok"}
    bad = workplace / "bad"
    shutil.copytree(SAMPLE, bad)
    launches = (bad / "launches.csv").read_text().splitlines()
    name, *_ = launches[1].split(",")
    (bad / "launches.csv").write_text(
        "\n".join([launches[0], f"{name},classic" + "," * (launches[0].count(",") - 1)]) + "\n"
    )
    result = CliRunner().invoke(app, ["check", str(bad)])
    assert result.exit_code == 4
    assert "launch-incomplete" in " ".join(result.output.split())
    assert "unreadable-history" in refused("check", workplace / "nowhere")


def test_explain_says_why_and_why_it_moved(scored: Path, history: Path) -> None:
    lead = str(pd.read_parquet(scored)["lead_id"].iloc[0])
    command = ("explain", "--history", history, "--launch", NEXT, "--lead", lead)
    output = run(*command, "--against", "2025-05-20T13:00:00+00:00")
    for shown in (lead, "likely to buy", "time passing", "what the lead did", "the model's change"):
        assert shown in output
    output = refused(*command, "--against", "2099-01-01T00:00:00Z")
    assert "not a time with an offset" in output
    assert "unreadable-history" not in output
    assert "'en' or 'pt_BR'" in refused(*command, "--language", "xx")


def test_explain_adds_up_and_takes_an_address_that_no_message_repeats(scored: Path, history: Path) -> None:
    frame = pd.read_parquet(scored)
    lead = str(frame["lead_id"].iloc[-1])
    people = pd.read_csv(SAMPLE / "leads.csv.gz", dtype=str).set_index("lead_id")["email"]
    command = ("explain", "--history", history, "--launch", NEXT, "--lead")
    output = run(*command, lead)
    assert f"{lead}: {frame['probability'].iloc[-1]:.1%} likely to buy (cold, score" in " ".join(output.split())
    addends = [float(text) for text in re.findall(r"│ +([+-]\d+\.\d+)", output)]
    assert sum(addends[:-1]) == pytest.approx(addends[-1], abs=0.004)
    assert addends[-1] == pytest.approx(frame["logit"].iloc[-1], abs=0.001)
    address = people.dropna().loc[[lead]].iloc[0]
    assert run(*command, address.upper()) == output
    refusal = refused(*command, "Nobody@nowhere.example")
    assert "(lead-unknown)" in refusal
    assert "nobody@" not in refusal.lower()


def test_a_list_for_those_who_write_to_leads(scored: Path, history: Path, workplace: Path) -> None:
    command = ("score", "--history", history, "--launch", NEXT, "--reasons", 1, "--out")
    assert "personal data" not in run(*command, workplace / "plain.csv")
    output = run(*command, workplace / "list.xlsx", "--with-contacts")
    people = pd.read_csv(SAMPLE / "leads.csv.gz", dtype=str).groupby("lead_id")[["name", "email", "phone"]].last()
    rows = pd.read_excel(workplace / "list.xlsx", dtype=str)
    assert list(rows)[:8] == ["lead_id", "name", "email", "phone", "probability", "score", "tier", "reason_1"]
    assert rows[["name", "email", "phone"]].equals(people.loc[rows["lead_id"]].reset_index(drop=True))
    assert f"personal data: name, e-mail address or phone of {len(rows):,} leads" in output
    assert rows["email"].iloc[0] not in output
    (run_of_list,) = MlflowClient().search_runs(["1"], "tags.contacts_written != ''")
    assert run_of_list.data.metrics["leads_with_contacts"] == len(rows)
    assert rows["email"].iloc[0].encode() not in (workplace / "mlflow.db").read_bytes()
    assert "name" not in pd.read_csv(workplace / "plain.csv")


def test_a_list_that_cannot_be_written_is_refused_before_the_work(workplace: Path) -> None:
    for name, remedy in (("leads.txt", "name a file that ends in"), ("missing/leads.csv", "make it, or name another")):
        output = refused("score", SAMPLE, "--launch", "no-launch", "--out", workplace / name)
        assert remedy in " ".join(output.split())
        assert "no-launch" not in output


@pytest.fixture(scope="module")
def pages(scored: Path, history: Path, workplace: Path) -> dict[str, Path]:
    """The launch's page in each language; the Portuguese one with contacts in the file beside it."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("MLFLOW_TRACKING_URI", f"sqlite:///{workplace}/mlflow.db")
        (workplace / "pt").mkdir()
        out = workplace / "pt" / "leads.csv"
        command = ("score", "--history", history, "--launch", NEXT, "--out", out, "--language", "pt_BR")
        assert "leads.html" in run(*command, "--with-contacts")
    return {"en": workplace / "scored.html", "pt_BR": out.with_name("leads.html")}


class TestLaunchPage:
    def test_says_what_to_expect_and_names_leads_by_id_alone(self, pages: dict[str, Path], scored: Path) -> None:
        text = pages["en"].read_text()
        frame = pd.read_parquet(scored)
        hot = int((frame["tier"] == "hot").sum())
        assert re.search(rf"<h1>Call the {hot} hot leads and expect \d+ to \d+ buyers among them</h1>", text)
        assert all(f"<b>{lead}</b>" in text for lead in frame["lead_id"].head(10))
        page, people = pages["pt_BR"].read_text(), pd.read_csv(SAMPLE / "leads.csv.gz", dtype=str)
        assert f"<h1>Ligue para os {hot} leads quentes" in page
        shown = people[people["lead_id"].isin(frame["lead_id"].head(10))]
        assert not [value for value in shown[["name", "email", "phone"]].dropna().to_numpy().ravel() if value in page]

    def test_slider_has_the_figures_that_python_computed(self, pages: dict[str, Path], scored: Path) -> None:
        match = re.search(r"const lists = (\{.*?\}), leads = (\d+)", pages["en"].read_text())
        assert match is not None
        lists, probability = json.loads(match[1]), pd.read_parquet(scored)["probability"].to_numpy()
        assert int(match[2]) == lists["leads"][-1] == len(probability)
        expected = [probability[:leads].sum() for leads in lists["leads"]]
        assert lists["buyers"] == pytest.approx(expected)

    @pytest.mark.slow
    @needs_chromium
    def test_has_no_fault_at_any_width_scheme_or_language(self, pages: dict[str, Path]) -> None:
        assert [fault for path in pages.values() for fault in find_page_faults(path)] == []

    @pytest.mark.slow
    @needs_chromium
    def test_slider_moves_every_figure(self, pages: dict[str, Path]) -> None:
        from playwright.sync_api import sync_playwright

        with sync_playwright() as play:
            browser = play.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"])
            page = browser.new_page()
            page.goto(pages["en"].as_uri())
            before = [page.inner_text(f"#{name}") for name in ("leads", "buyers", "range", "share", "least")]
            page.press("#length", "End")
            after = [page.inner_text(f"#{name}") for name in ("leads", "buyers", "range", "share", "least")]
            browser.close()
        assert all(first != second for first, second in zip(before, after, strict=True))
        assert after[3] == "100%"


def test_explain_says_why_a_lead_has_no_score(scored: Path, history: Path) -> None:
    opened = open_history(history)
    lead_ids = set(opened.read("purchases", ["lead_id"])["lead_id"].to_pylist())
    outside = min(lead_ids - set(build_cohort(opened, opened.get_launch(NEXT))["lead_id"]))
    command = ("explain", "--history", history, "--launch", NEXT, "--lead")
    for lead, code in ((outside, "lead-not-in-launch"), ("nobody", "lead-unknown")):
        output = refused(*command, lead)
        assert f"({code})" in output
        assert lead in output


def test_score_is_tagged_for_monitoring(scored: Path, workplace: Path) -> None:
    from mlflow import MlflowClient

    client = MlflowClient(f"sqlite:///{workplace}/mlflow.db")
    runs = client.search_runs([client.get_experiment_by_name("hotleads").experiment_id], "tags.job = 'score'")
    assert runs[0].data.tags["launch_id"] == NEXT
    assert {"model_version", "context_hash"} <= set(runs[0].data.tags)


def test_score_leaves_what_a_later_scoring_of_one_lead_must_know(scored: Path, workplace: Path) -> None:
    from hotleads.tracking.queries import find_scoring_runs, load_launch_profile

    version = pd.read_parquet(scored)["model_version"].iloc[0]
    assert find_scoring_runs("another model") == {}
    run_id = find_scoring_runs(version)[NEXT]
    facts = load_launch_profile(run_id)
    assert facts is not None
    assert facts.launch.launch_id == NEXT
    assert facts.context.hash == pd.read_parquet(scored)["context_hash"].iloc[0]


def test_features(tmp_path: Path) -> None:
    run("features", "--history", SAMPLE, "--launch", LAUNCH, "--out", tmp_path / "features.parquet")
    table = pd.read_parquet(tmp_path / "features.parquet")
    assert table.index.name == "lead_id"
    assert "spend_90d" in table


def test_import_then_features_are_the_same(tmp_path: Path) -> None:
    run("import", SAMPLE, tmp_path / "history")
    for name, history in (("raw", SAMPLE), ("imported", tmp_path / "history")):
        run("features", "--history", history, "--launch", LAUNCH, "--out", tmp_path / f"{name}.parquet")
    pd.testing.assert_frame_equal(
        pd.read_parquet(tmp_path / "raw.parquet"), pd.read_parquet(tmp_path / "imported.parquet"), check_exact=True
    )


def test_a_history_without_a_launch_to_score_says_why_and_leaves_readable_files(tmp_path: Path) -> None:
    history = tmp_path / "history"
    history.mkdir()
    (history / "leads.csv").write_text("lead_id,captured_at,launch_id\na,2024-01-01,L1\nb,2024-01-02,L1\n")
    (history / "launches.csv").write_text(
        "launch_id,strategy,cart_opens_at,cart_closes_at\n"
        "L1,classic,2024-01-02,2024-01-03\nL2,perpetual,,\nL3,classic,2024-02-05,2024-02-01\nL4,paid,2024-01-02,2024-01-03\n"
    )
    (history / "purchases.csv").write_text("transaction_id,lead_id,occurred_at\n1,a,2024-01-02T10:00:00Z\n")
    output = run("backtest", "--history", history, "--out", tmp_path / "out")
    for reason in (
        "nothing to learn from",
        "needs capture_starts_at",
        "ends before it begins",
        "needs entry_product_id",
    ):
        assert reason in " ".join(output.split())
    assert len(json.loads((tmp_path / "out" / "report.json").read_text())["skipped"]) == 4
    scores = pq.read_table(tmp_path / "out" / "scores.parquet")
    assert scores.num_rows == 0
    assert scores.column_names == [*SCORED_ROW, "until", "label", "label_mature", "bought_before"]
    assert (tmp_path / "out" / "report.html").is_file()


def test_a_history_without_purchases_is_named_by_the_import_and_refused_by_the_backtest(tmp_path: Path) -> None:
    (tmp_path / "leads.csv").write_text("lead_id,captured_at\na,2024-01-01\nb,2024-01-01\n")
    (tmp_path / "launches.csv").write_text(
        "launch_id,strategy,cart_opens_at,cart_closes_at\nL1,classic,2024-01-02,2024-01-03\n"
    )
    shown = run("import", tmp_path, tmp_path / "out")
    for expected_message in (
        "leads │ 2 │",
        "launches │ 1 │",
        "[no-purchases]",
        "Map the export that tells who bought",
        "no model can",
    ):
        assert expected_message in " ".join(shown.split())
    (tmp_path / "purchases.csv").write_text("transaction_id,lead_id,occurred_at\n1,a,2024-06-01\n")
    assert "(no-labels)" in refused("backtest", "--history", tmp_path, "--out", tmp_path / "backtest")
    assert not (tmp_path / "backtest").exists()


class TestErrors:
    def test_no_folder(self, tmp_path: Path) -> None:
        assert "is no folder" in refused("backtest", "--history", tmp_path / "none", "--out", tmp_path / "out")

    def test_unknown_launch_names_the_known(self, tmp_path: Path) -> None:
        assert LAUNCH in refused("features", "--history", SAMPLE, "--launch", "nope", "--out", tmp_path / "f.parquet")
        assert not (tmp_path / "f.parquet").exists()

    def test_no_model_yet(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("MLFLOW_TRACKING_URI", f"sqlite:///{tmp_path}/mlflow.db")
        out = tmp_path / "s.parquet"
        assert "hotleads train" in refused("score", "--history", SAMPLE, "--launch", NEXT, "--out", out)
        assert not out.exists()

    def test_a_bad_value_names_file_line_and_remedy(self, tmp_path: Path) -> None:
        shutil.copytree(SAMPLE, tmp_path / "bad")
        launches = (tmp_path / "bad" / "launches.csv").read_text().splitlines()
        launches[2] = launches[2].replace("classic", "clasic")
        (tmp_path / "bad" / "launches.csv").write_text("\n".join(launches) + "\n")
        output = " ".join(refused("import", tmp_path / "bad", tmp_path / "out").split())
        assert "launches.strategy" in output
        assert "launches.csv:3" in output
        assert "perpetual" in output
        assert not (tmp_path / "out").exists()

    def test_a_bad_instant(self, tmp_path: Path) -> None:
        result = CliRunner().invoke(app, ["train", "--history", str(SAMPLE), "--until", "yesterday"])
        assert result.exit_code == 2
        assert "ISO 8601" in result.output


def test_import_proposes_a_mapping_on_the_screen_or_in_a_new_file(tmp_path: Path) -> None:
    (tmp_path / "vendas.csv").write_text("pedido;e-mail;data;valor\n1;a@example.org;31/01/2024;1,50\n")
    out = tmp_path / "proposal.toml"

    shown = run("import", "--suggest", tmp_path)
    run("import", "--suggest", tmp_path, "--out", out)

    assert shown == out.read_text()
    assert "# UNSURE" in shown
    assert "name another file" in refused("import", "--suggest", tmp_path, "--out", out)
    run("import", tmp_path, tmp_path / "history", "--mapping", out)
    assert pq.read_table(tmp_path / "history" / "purchases.parquet")["amount"].to_pylist() == [Decimal("1.5")]
