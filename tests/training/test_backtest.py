"""Each launch scored by what was known before it and judged by what happened; those that cannot be are named."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from hotleads.evaluation import compute_wilson_interval, summarize
from hotleads.history import History, HistoryError, build_cohort, history_from_frames
from hotleads.scoring import score_launch
from hotleads.training import FitOptions, backtest, fit_model
from hotleads.training.report import write_report

from .businesses import (
    Frames,
    build_classic_launch,
    build_launches_table,
    build_perpetual_launch,
    draw_captures,
    draw_purchases,
    to_instant,
)

QUICK = FitOptions(trials=0)
SCORED_ROW = [
    *("launch_id", "lead_id", "as_of", "probability", "logit", "score", "tier", "tier_policy", "reasons"),
    *("findings", "model_version", "feature_hash", "context_hash", "until", "label", "label_mature", "bought_before"),
]
PAID = build_classic_launch("paid", 150, 180, "course") | {"strategy": "paid", "entry_product_id": "ebook"}
#: Launches that cannot be scored, the code of each and what is said of it.
UNSCORABLE = [
    (
        build_classic_launch("no close", 150, 180) | {"cart_closes_at": None},
        "launch-incomplete",
        "needs cart_closes_at",
    ),
    (build_classic_launch("backwards", 180, 150), "launch-reversed", "ends before it begins"),
    (
        build_classic_launch("future", 230, 260),
        "history-ends-before-launch",
        "opens 2023-08-19 00:00, after the last row of the history",
    ),
    (
        build_classic_launch("just opened", 215, 245),
        "labels-immature",
        "its label window cannot be seen yet: the history ends 2023-08-08",
    ),
    (PAID | {"launch_id": "no entry", "entry_product_id": "never sold"}, "empty-cohort", "nobody to score"),
    (build_classic_launch("too early", 40, 70), "no-earlier-launch", "nothing to learn from"),
    (build_classic_launch("flash", 150, 150.2), "too-few-outcomes", "too little to learn from"),
]

Result = tuple[pd.DataFrame, dict[str, Any]]


@pytest.fixture(scope="module")
def frames(shop_frames: Frames) -> Frames:
    """The shop, with a paid launch, one that its last row cuts off, and some that cannot be scored."""
    more = build_launches_table(PAID, build_classic_launch("cut off", 201, 231), *(row for row, *_ in UNSCORABLE))
    return shop_frames | {"launches": pd.concat([shop_frames["launches"], more])}


@pytest.fixture(scope="module")
def history(frames: Frames) -> History:
    return history_from_frames(**frames)


@pytest.fixture(scope="module")
def result(history: History) -> Result:
    return backtest(history, QUICK)


def find_launch(result: Result, name: str) -> dict[str, Any]:
    (entry,) = [launch for launch in result[1]["launches"] if launch["launch_id"] == name]
    return entry


class TestUnscorable:
    @pytest.mark.parametrize(
        ("row", "code", "expected_reason"), UNSCORABLE, ids=[row["launch_id"] for row, *_ in UNSCORABLE]
    )
    def test_is_named_with_the_reason(
        self, result: Result, row: dict[str, object], code: str, expected_reason: str
    ) -> None:
        (skipped,) = [launch for launch in result[1]["skipped"] if launch["launch_id"] == row["launch_id"]]
        assert skipped["code"] == code
        assert expected_reason in skipped["reason"]

    def test_the_others_go_on(self, result: Result) -> None:
        scored = {"month-4", "month-5", "month-6", "month-7", "paid", "cut off"}
        assert {launch["launch_id"] for launch in result[1]["launches"]} == scored
        assert set(result[0]["launch_id"]) == scored
        assert {launch["launch_id"] for launch in result[1]["skipped"]} == {row["launch_id"] for row, *_ in UNSCORABLE}

    def test_none_at_all_is_still_a_report(self, history: History, tmp_path: Path) -> None:
        scores, report = backtest(history, QUICK, ["future", "too early"])
        assert scores.empty
        assert (report["launches"], report["mean"], len(report["skipped"])) == ([], {}, 2)
        write_report(report, scores, tmp_path)

    def test_an_unknown_launch_is_an_error_that_names_the_known(self, history: History) -> None:
        with pytest.raises(HistoryError, match=r"no launch 'month-44'; this history has .*month-4, month-5"):
            backtest(history, QUICK, ["month-4", "month-44"])

    def test_a_launch_that_everyone_owns_the_product_of(self, shop_frames: Frames) -> None:
        launches = build_launches_table(build_classic_launch("all own it", 150, 180, "course"))
        sold = shop_frames["purchases"].assign(product_id="course", status="approved")
        history = history_from_frames(launches=launches, purchases=sold)
        (skipped,) = backtest(history, QUICK)[1]["skipped"]
        assert "every one owns the product already" in skipped["reason"]

    def test_mature_labels_that_are_not_known_yet(self, history: History) -> None:
        _, report = backtest(history, FitOptions(trials=0, mature=True), ["month-7", "month-6"])
        (skipped,) = report["skipped"]
        assert skipped["launch_id"] == "month-7"
        assert "mature labels cannot be seen yet: the history ends 2023-08-08" in skipped["reason"]
        assert [launch["launch_id"] for launch in report["launches"]] == ["month-6"]


class TestScores:
    def test_are_the_scored_row_and_the_truth(self, result: Result) -> None:
        assert list(result[0].columns) == SCORED_ROW

    @pytest.mark.parametrize("name", ["month-6", "paid"])
    def test_are_those_of_a_model_as_of_the_launch(self, history: History, result: Result, name: str) -> None:
        launch = history.get_launch(name)
        model = fit_model(history, launch, launch.as_of, FitOptions(trials=0)).model
        expected = score_launch(history, launch, model).merge(build_cohort(history, launch).drop(columns="as_of"))
        rows = result[0][result[0]["launch_id"] == name].reset_index(drop=True).drop(columns="bought_before")
        codes = pd.Series([list(of) for of in rows.pop("findings")], name="findings")
        of_the_model = {*expected.pop("findings").iloc[0]}
        assert all(of_the_model <= {*of} for of in codes)
        pd.testing.assert_frame_equal(rows, expected, check_exact=True)
        assert find_launch(result, name)["training"]["model_version"] == model.version

    def test_what_comes_later_changes_labels_only(self, frames: Frames, result: Result) -> None:
        sold = frames["purchases"]
        earlier = sold["occurred_at"] < to_instant(150)
        moved = sold.assign(
            occurred_at=sold["occurred_at"].where(earlier, to_instant(219.5)), amount=sold["amount"] * 2
        )
        moved["amount"] = sold["amount"].where(earlier, moved["amount"])
        scores, _ = backtest(history_from_frames(**frames | {"purchases": moved}), QUICK, ["month-6"])
        original = result[0][result[0]["launch_id"] == "month-6"].reset_index(drop=True)
        assert scores["label"].sum() == 0 < original["label"].sum()
        truth = ["label", "label_mature"]
        pd.testing.assert_frame_equal(scores.drop(columns=truth), original.drop(columns=truth), check_exact=True)

    def test_twice_the_same(self, history: History, result: Result) -> None:
        scores, report = backtest(history, QUICK, ["month-5"])
        original = result[0][result[0]["launch_id"] == "month-5"].reset_index(drop=True)
        pd.testing.assert_frame_equal(scores, original, check_exact=True)
        assert report["launches"] == [find_launch(result, "month-5")]

    def test_a_launch_named_twice_is_scored_once(self, history: History) -> None:
        scores, report = backtest(history, QUICK, ["month-4", "month-4"])
        assert scores["lead_id"].is_unique
        assert len(report["launches"]) == 1


class TestReport:
    def test_has_what_its_page_shows(self, result: Result, tmp_path: Path) -> None:
        scores, report = result
        page = write_report(report, scores, tmp_path).read_text(encoding="utf-8")
        for name in ("month-4", "paid", "cut off", "too early"):
            assert name in page

    def test_is_plain_values(self, result: Result) -> None:
        assert json.loads(json.dumps(result[1], allow_nan=False)) == result[1]

    def test_says_how_it_was_made(self, history: History, result: Result) -> None:
        report = result[1]
        assert (report["version"], report["history"], report["label"]) == (1, history.name, "plain")
        assert (report["seed"], report["trials"]) == (0, 0)
        assert {"python", "numpy", "duckdb", "scikit-learn"} < set(report["packages"])

    def test_metrics_are_those_of_the_rows(self, result: Result) -> None:
        scores, report = result
        for launch in report["launches"]:
            rows = scores[scores["launch_id"] == launch["launch_id"]]
            assert launch["metrics"] == summarize(rows["label"], rows["probability"])
            assert (launch["rows"], launch["buyers"]) == (len(rows), rows["label"].sum())
            assert launch["as_of"] == rows["as_of"].min().isoformat()
            assert launch["until"] == rows["until"].max().isoformat()

    def test_intervals_hold_their_figures(self, result: Result) -> None:
        for launch in result[1]["launches"]:
            for name in ("roc_auc", "log_loss", "brier", "base_rate"):
                low, high = launch["intervals"][name]
                assert low <= launch["metrics"][name] <= high

    def test_the_mean_is_over_the_launches(self, result: Result) -> None:
        report = result[1]
        for name in ("roc_auc", "log_loss", "lift_10"):
            values = [launch["metrics"][name] for launch in report["launches"]]
            assert report["mean"][name] == pytest.approx(np.mean(values))
        assert "n" not in report["mean"]

    def test_tiers_add_up(self, result: Result) -> None:
        for launch in result[1]["launches"]:
            rows = result[0][result[0]["launch_id"] == launch["launch_id"]]
            assert [tier["tier"] for tier in launch["tiers"]] == ["hot", "warm", "cold"]
            for tier in launch["tiers"]:
                of_tier = rows[rows["tier"] == tier["tier"]]
                assert (tier["leads"], tier["buyers"]) == (len(of_tier), of_tier["label"].sum())
                assert tier["conversion"] == (of_tier["label"].mean() if len(of_tier) else None)
                assert tier["share_of_buyers"] == of_tier["label"].sum() / launch["buyers"]
                assert (tier["low"], tier["high"]) == compute_wilson_interval(tier["buyers"], tier["leads"])

    def test_the_report_describes_the_training_data(self, result: Result) -> None:
        training = find_launch(result, "month-7")["training"]
        assert training["launches"] == ["too early", "month-4", "month-5", "flash", "month-6"]
        assert 0 < training["buyers"] < training["rows"]
        assert training["calibrated_on"] == "windows left out of the fit, one by one"

    def test_a_window_that_runs_past_the_history_is_provisional(self, result: Result) -> None:
        (note,) = find_launch(result, "cut off")["notes"]
        assert "provisional" in note
        assert "2023-08-08" in note
        assert find_launch(result, "month-7")["notes"] == []

    def test_progress_messages_name_the_launch_and_the_trial(self, history: History) -> None:
        messages: list[str] = []
        backtest(history, FitOptions(trials=1), ["month-4", "future"], messages.append)
        assert all(message.startswith(("month-4: ", "future: ")) for message in messages)
        assert any("trial 0 (1 of at most 1): log loss 0." in message for message in messages)
        assert "left out" in messages[-1]


class TestCustomersAndNewcomers:
    def test_a_customer_had_bought_before_it_was_scored(self, frames: Frames, result: Result) -> None:
        scores = result[0][result[0]["launch_id"] == "month-6"]
        sold = frames["purchases"]
        first = sold[sold["status"] == "approved"].groupby("lead_id")["occurred_at"].min()
        np.testing.assert_array_equal(scores["bought_before"], scores["lead_id"].map(first).lt(to_instant(150)))
        assert 0 < scores["bought_before"].sum() < len(scores)

    def test_each_segment_is_evaluated_by_itself(self, result: Result) -> None:
        scores, report = result
        rows = scores[scores["launch_id"] == "month-6"]
        parts = {"customers": rows[rows["bought_before"]], "newcomers": rows[~rows["bought_before"]]}
        for name, segment in find_launch(result, "month-6")["segments"].items():
            assert segment["metrics"] == summarize(parts[name]["label"], parts[name]["probability"])
        for name, part in (
            ("all", scores),
            ("customers", scores[scores["bought_before"]]),
            ("newcomers", scores[~scores["bought_before"]]),
        ):
            pooled = report["pooled"][name]
            assert pooled["metrics"] == summarize(part["label"], part["probability"])
            low, high = pooled["intervals"]["log_loss"]
            assert low < pooled["metrics"]["log_loss"] < high

    def test_the_page_shows_them_apart(self, result: Result, tmp_path: Path) -> None:
        page = write_report(result[1], result[0], tmp_path).read_text(encoding="utf-8")
        assert "Customers and newcomers" in page
        assert page.count("<td>newcomers</td>") == sum(
            "newcomers" in launch["segments"] for launch in result[1]["launches"]
        )


class TestStopped:
    @pytest.mark.slow
    def test_goes_on_with_the_launches_that_are_left(self, history: History, result: Result, tmp_path: Path) -> None:
        names, messages = ["month-4", "month-5", "future"], list[str]()

        def stop(message: str) -> None:
            if message.startswith("future"):
                raise KeyboardInterrupt

        settings = FitOptions(trials=0, cache=tmp_path)
        with pytest.raises(KeyboardInterrupt):
            backtest(history, settings, names, stop)
        scores, report = backtest(history, settings, names, messages.append)
        assert messages
        assert all(message.startswith("future") for message in messages)
        assert report["launches"] == [find_launch(result, "month-4"), find_launch(result, "month-5")]
        expected = result[0][result[0]["launch_id"].isin(names)].reset_index(drop=True)
        pd.testing.assert_frame_equal(scores, expected, check_exact=True)
        assert not list(tmp_path.iterdir()), "a backtest that is done leaves nothing"

    def test_other_settings_go_on_from_nothing(self, history: History, tmp_path: Path) -> None:
        def stop(message: str) -> None:
            if message.startswith("future"):
                raise KeyboardInterrupt

        with pytest.raises(KeyboardInterrupt):
            backtest(history, FitOptions(trials=0, cache=tmp_path), ["too early", "future"], stop)
        messages: list[str] = []
        backtest(history, FitOptions(trials=0, seed=1, cache=tmp_path), ["too early"], messages.append)
        assert messages[0].startswith("too early: training")


@pytest.mark.slow
def test_two_processes_give_the_same(history: History, result: Result) -> None:
    scores, report = backtest(history, FitOptions(trials=0, processes=2), ["month-4", "too early", "month-5"])
    assert report["launches"] == [find_launch(result, "month-4"), find_launch(result, "month-5")]
    assert [launch["launch_id"] for launch in report["skipped"]] == ["too early"]
    expected = result[0][result[0]["launch_id"].isin(["month-4", "month-5"])].reset_index(drop=True)
    pd.testing.assert_frame_equal(scores, expected, check_exact=True)


class TestMature:
    def test_a_launch_is_evaluated_on_mature_labels(self, shop_frames: Frames) -> None:
        sold = shop_frames["purchases"]
        bought = sold[(sold["status"] == "approved") & (sold["occurred_at"] >= to_instant(150))]
        back = bought.iloc[::2].assign(status="chargeback", occurred_at=bought["occurred_at"] + pd.Timedelta(days=9))
        history = history_from_frames(**shop_frames | {"purchases": pd.concat([sold, back])})
        scores, report = backtest(history, FitOptions(trials=0, mature=True), ["month-6"])
        (launch,) = report["launches"]
        model = fit_model(
            history, history.get_launch("month-6"), to_instant(150), FitOptions(trials=0, mature=True)
        ).model
        assert launch["training"]["model_version"] == model.version
        assert report["label"] == "mature"
        assert launch["buyers"] == scores["label_mature"].sum() < scores["label"].sum()
        assert launch["metrics"] == summarize(scores["label_mature"].to_numpy(np.int64), scores["probability"])


class TestPerpetual:
    @pytest.fixture(scope="class")
    @classmethod
    def alone(cls, evergreen: History) -> Result:
        return backtest(evergreen, QUICK)

    def test_a_perpetual_launch_alone_trains_on_its_first_part(self, evergreen: History, alone: Result) -> None:
        scores, report = alone
        (launch,) = report["launches"]
        assert launch["training"]["launches"] == ["evergreen"]
        assert launch["training"]["calibrated_on"] == "nothing: one window tells nothing of the next one's level"
        assert launch["training"]["calibration"]["level_share"] == 0
        # The first quarter of the captures (days 10 to 60) holds too few buyers, the first half does not.
        trained = scores["as_of"].min()
        assert to_instant(60) <= trained
        (note,) = [note for note in launch["notes"] if "the launch's own earlier leads" in note]
        assert any(f"{to_instant(start):%Y-%m-%d %H:%M}" in note for start in (60, 110, 160))
        assert set(scores["lead_id"]) < set(build_cohort(evergreen, evergreen.get_launch("evergreen"))["lead_id"])

    def test_no_window_of_a_scored_lead_is_training_data(self, evergreen: History, alone: Result) -> None:
        scores, report = alone
        trained_rows = report["launches"][0]["training"]["rows"]
        everyone = build_cohort(evergreen, evergreen.get_launch("evergreen"))
        trained_at = [at for at in (to_instant(60), to_instant(110), to_instant(160)) if at <= scores["as_of"].min()][
            -1
        ]
        assert trained_rows == (everyone["until"] <= trained_at).sum()
        assert len(scores) == (everyone["as_of"] >= trained_at).sum()

    def test_an_earlier_one_leaves_every_lead_to_score(self, evergreen_frames: Frames) -> None:
        rows = [build_perpetual_launch("first", 10, 120, 10), build_perpetual_launch("second", 120, 210, 10)]
        leads = evergreen_frames["leads"].assign(launch_id=None)
        history = history_from_frames(**evergreen_frames | {"launches": build_launches_table(*rows), "leads": leads})
        scores, report = backtest(history, QUICK, ["second"])
        assert set(scores["lead_id"]) == set(build_cohort(history, history.get_launch("second"))["lead_id"])
        assert report["launches"][0]["training"]["launches"] == ["first"]
        assert report["launches"][0]["notes"] == []

    def test_leads_whose_window_is_not_seen_are_left_out(self, evergreen_frames: Frames) -> None:
        launches = build_launches_table(build_perpetual_launch("evergreen", 10, 400, 30))
        history = history_from_frames(**evergreen_frames | {"launches": launches})
        scores, report = backtest(history, QUICK)
        assert scores["as_of"].max() <= pd.Timestamp(to_instant(206))  # half of thirty days before the history's end
        assert any(
            "leads are left out: their label is not known yet" in note for note in report["launches"][0]["notes"]
        )

    @pytest.mark.parametrize("mature", [False, True])
    def test_one_that_has_hardly_begun_says_what_is_missing(self, mature: bool) -> None:
        """A part that could teach ends after the history: whoever comes then is not there to be scored."""
        sold = draw_purchases(leads=400, days=60)
        launches = build_launches_table(build_perpetual_launch("evergreen", 0, 400, 10))
        history = history_from_frames(launches=launches, purchases=sold, leads=draw_captures(sold, [None], 60))
        scores, report = backtest(history, FitOptions(trials=0, mature=mature))
        assert scores.empty
        assert "nothing to learn from" in report["skipped"][0]["reason"]
