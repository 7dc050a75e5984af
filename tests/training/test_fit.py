"""From a history and an instant to a model: nothing at or after that instant has a part in it."""

import os
import subprocess
import sys
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import hotleads.training.fit
from hotleads.features import build_context, list_features
from hotleads.history import History, LaunchError, history_from_frames
from hotleads.scoring import Model, compute_probabilities, score_launch
from hotleads.training.combination import fit_base_models
from hotleads.training.earned_calibration import EarnedCalibration, fit_earned_calibration
from hotleads.training.examples import build_examples
from hotleads.training.fit import fit_model
from hotleads.training.options import FitOptions, ModelParameters
from hotleads.training.windows import select_training_windows

from .businesses import Frames, build_classic_launch, build_launches_table, to_instant

AS_OF = to_instant(150)  # when the cart of month-6 opens
REPOSITORY = Path(__file__).parents[2]


def fit(history: History, name: str = "month-6", as_of: datetime = AS_OF, **options: object) -> Model:
    return fit_model(history, history.get_launch(name), as_of, FitOptions(**({"trials": 0} | options))).model  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def model(shop: History) -> Model:
    return fit(shop)


@pytest.fixture(scope="module")
def models(shop: History, model: Model) -> dict[bool, Model]:
    """The models of plain and of mature labels."""
    return {False: model, True: fit(shop, mature=True)}


def score(history: History, model: Model, name: str = "month-6") -> pd.DataFrame:
    return score_launch(history, history.get_launch(name), model)


def select_past(frames: Frames, as_of: datetime) -> Frames:
    """The frames without any row at or after ``as_of``, and without the launches that open after it."""
    times = {"purchases": "occurred_at", "events": "occurred_at", "leads": "captured_at"}
    past = {name: frames[name][frames[name][time] < as_of] for name, time in times.items() if name in frames}
    opens = frames["launches"]["cart_opens_at"].fillna(frames["launches"]["capture_starts_at"])
    return past | {"launches": frames["launches"][opens <= as_of]}


def rewrite_future(frames: Frames, as_of: datetime) -> Frames:
    """The frames with everything at or after ``as_of`` replaced by another story, from that very instant on."""
    past = select_past(frames, as_of)
    sold, leads = past["purchases"], past["purchases"]["lead_id"].unique()
    bought = sold[sold["status"] == "approved"].assign(occurred_at=as_of)
    story = [
        bought.assign(transaction_id="new-" + bought["transaction_id"], amount=9999.0, currency="EUR"),
        bought.assign(transaction_id="late-" + bought["transaction_id"], product_id="other", recurrence_number=9),
        bought.assign(status="refunded"),
        bought.assign(status="chargeback", occurred_at=as_of + timedelta(days=1)),
        *[
            bought.assign(transaction_id=f"{n}-" + bought["transaction_id"], lead_id=f"stranger-{n}", currency="EUR")
            for n in range(3)
        ],
    ]
    captures = pd.DataFrame({"lead_id": [*leads, "stranger-1", "nobody"], "captured_at": as_of, "launch_id": None})
    captures = captures.assign(attr_age="old", attr_city="Atlantis", utm_source="new", attr_new="asked later")
    invited = captures.assign(captured_at=as_of + timedelta(microseconds=1), launch_id="month-6")
    events = pd.DataFrame({"lead_id": leads, "event_type": "checkout_started", "occurred_at": as_of, "value": 9.0})
    events = pd.concat([events, events.assign(event_type="lesson_watched")])
    later = [
        build_classic_launch(f"later-{n}", opens, opens + 30) for n, opens in enumerate((150.01, 150.02, 160, 200))
    ]
    return {
        "purchases": pd.concat([sold, *story], ignore_index=True),
        "leads": pd.concat([past["leads"], captures, invited], ignore_index=True),
        "events": pd.concat([past.get("events", pd.DataFrame()), events], ignore_index=True),
        "launches": pd.concat([past["launches"], build_launches_table(*later)], ignore_index=True),
    }


class TestLeakProof:
    @pytest.mark.parametrize("mature", [False, True])
    @pytest.mark.parametrize("change", [select_past, rewrite_future])
    def test_model_and_scores_do_not_see_what_comes_later(
        self, shop: History, shop_frames: Frames, models: dict[bool, Model], change: object, mature: bool
    ) -> None:
        changed = history_from_frames(**change(shop_frames, AS_OF))  # type: ignore[operator]
        original, again = models[mature], fit(changed, mature=mature)
        assert again.version == original.version
        assert again.context.hash == original.context.hash
        assert dict(again.card) == dict(original.card)
        pd.testing.assert_frame_equal(score(shop, original), score(changed, again), check_exact=True)

    @pytest.mark.parametrize("mature", [False, True])
    def test_quiet_days_before_as_of_hide_nothing(self, shop_frames: Frames, mature: bool) -> None:
        """The past says nothing of its last ten days; whether anything follows is no matter."""
        calm, past = dict(shop_frames), select_past(shop_frames, AS_OF)
        for table, time in (("purchases", "occurred_at"), ("events", "occurred_at"), ("leads", "captured_at")):
            calm[table] = calm[table][~calm[table][time].between(to_instant(140), AS_OF, inclusive="left")]
            past[table] = past[table][past[table][time] < to_instant(140)]
        with_future, without = history_from_frames(**calm), history_from_frames(**past)
        assert fit(with_future, mature=mature).version == fit(without, mature=mature).version

    def test_the_same_change_a_moment_earlier_is_seen(self, shop_frames: Frames, model: Model) -> None:
        """The law above can fail: what is told as of just before ``as_of`` counts."""
        changed = rewrite_future(shop_frames, AS_OF)
        changed["purchases"]["occurred_at"] -= timedelta(microseconds=1)
        assert fit(history_from_frames(**changed)).version != model.version

    def test_tuning_does_not_see_what_comes_later(self, shop: History, shop_frames: Frames) -> None:
        changed = history_from_frames(**rewrite_future(shop_frames, AS_OF))
        assert fit(changed, trials=2).version == fit(shop, trials=2).version

    def test_a_perpetual_launch_trains_on_its_settled_leads_alone(
        self, evergreen: History, evergreen_frames: Frames
    ) -> None:
        as_of = to_instant(110)
        original = fit(evergreen, "evergreen", as_of)
        for change in (select_past, rewrite_future):
            changed = history_from_frames(**change(evergreen_frames, as_of))
            assert fit(changed, "evergreen", as_of).version == original.version

    def test_a_perpetual_leads_score_sees_nothing_after_its_capture(
        self, evergreen: History, evergreen_frames: Frames
    ) -> None:
        model = fit(evergreen, "evergreen", to_instant(110))
        rows = score(evergreen, model, "evergreen").sort_values("as_of", ignore_index=True)
        one = rows.iloc[len(rows) // 2]
        past = select_past(evergreen_frames, one["as_of"])
        last_capture = evergreen_frames["leads"].query("lead_id == @one.lead_id and captured_at == @one.as_of")
        past["leads"] = pd.concat([past["leads"], last_capture])
        alone = score(history_from_frames(**past), model, "evergreen").set_index("lead_id").loc[one["lead_id"]]
        assert alone.to_dict() == one.drop("lead_id").to_dict()

    @pytest.mark.slow
    @settings(max_examples=4, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
    @given(data=st.data())
    def test_any_rows_at_or_after_as_of_change_nothing(
        self, shop: History, shop_frames: Frames, model: Model, data: st.DataObject
    ) -> None:
        lead_ids = st.sampled_from(sorted(shop_frames["purchases"]["lead_id"].unique())[:20])
        minutes = st.integers(0, 60 * 24 * 90).map(lambda at: AS_OF + timedelta(minutes=at))
        rows = st.fixed_dictionaries(
            {
                "transaction_id": st.sampled_from([*shop_frames["purchases"]["transaction_id"][:20], "x", "y"]),
                "lead_id": lead_ids | st.just("stranger"),
                "occurred_at": minutes | st.just(AS_OF),
                "status": st.sampled_from(["approved", "complete", "refunded", "canceled", "chargeback", "started"]),
                "product_id": st.sampled_from(["course", "ebook", "third"]),
                "amount": st.floats(0, 1e6),
                "currency": st.sampled_from(["BRL", "EUR"]),
                "recurrence_number": st.integers(1, 12),
            }
        )
        lead = st.fixed_dictionaries({"lead_id": lead_ids | st.just("stranger"), "captured_at": minutes})
        past = select_past(shop_frames, AS_OF)
        for table, strategy in (("purchases", rows), ("leads", lead)):
            added = data.draw(st.lists(strategy, max_size=30))
            past[table] = (
                pd.concat([past[table], pd.DataFrame(added, columns=past[table].columns)]) if added else past[table]
            )
        changed = history_from_frames(**past)
        again = fit(changed)
        assert again.version == model.version
        pd.testing.assert_frame_equal(score(shop, model), score(changed, again), check_exact=True)


class TestRepeatable:
    def test_the_same_seed_twice(self, shop: History) -> None:
        first, second = fit(shop, trials=2, seed=5), fit(shop, trials=2, seed=5)
        assert first.version == second.version
        pd.testing.assert_frame_equal(score(shop, first), score(shop, second), check_exact=True)

    def test_another_seed_is_another_model(self, shop: History, model: Model) -> None:
        assert fit(shop, seed=1).version != model.version

    def test_the_order_of_rows_does_not_matter(self, shop_frames: Frames, model: Model) -> None:
        shuffled = {name: frame.sample(frac=1, random_state=1) for name, frame in shop_frames.items()}
        assert fit(history_from_frames(**shuffled)).version == model.version

    @pytest.mark.slow
    def test_one_core_gives_the_same(self, shop: History, model: Model) -> None:
        assert _in_a_process(threads=1, one_core=True) == _fingerprint(shop)

    @pytest.mark.slow
    @pytest.mark.parametrize(("threads", "one_core"), [(1, False), (2, False), (2, True), (4, False)])
    def test_any_number_of_threads_gives_the_same(self, shop: History, threads: int, one_core: bool) -> None:
        assert _in_a_process(threads, one_core) == _fingerprint(shop)


def _fingerprint(history: History) -> str:
    """The version of a tuned model and the bits of its scores."""
    model = fit(history, trials=2)
    return f"{model.version} {score(history, model)['logit'].to_numpy().tobytes().hex()}"


def _in_a_process(threads: int, one_core: bool) -> str:
    names = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMBA_NUM_THREADS")
    environment = os.environ | dict.fromkeys(names, str(threads)) | {"PYTHONPATH": os.pathsep.join(sys.path)}
    code = f"""
import os
if {one_core} and hasattr(os, "sched_setaffinity"):
    os.sched_setaffinity(0, {{min(os.sched_getaffinity(0))}})
from hotleads.history import history_from_frames
from tests.training.businesses import build_shop
from tests.training.test_fit import _fingerprint
print(_fingerprint(history_from_frames(**build_shop())))
"""
    ran = subprocess.run(
        [sys.executable, "-c", code], env=environment, cwd=REPOSITORY, capture_output=True, text=True, check=True
    )
    return ran.stdout.strip()


def simulate_daily_buyers(goes_on: Callable[[int], bool]) -> History:
    """A hundred leads who buy a membership each day, some for three days only; then a course opens, sold for the first
    time."""
    bought = [(f"lead-{n}", to_instant(at + n / 200)) for n in range(100) for at in range(90) if goes_on(n) or at < 3]
    sold = pd.DataFrame(bought, columns=["lead_id", "occurred_at"]).assign(product_id="membership")
    sold["transaction_id"] = [f"t{n}" for n in range(len(sold))]
    launches = build_launches_table(build_classic_launch("course", 90, 97, product_id="course"))
    return history_from_frames(launches=launches, purchases=sold)


class TestTooLittle:
    def test_too_few_buyers_are_named_with_their_number(self) -> None:
        sold = pd.DataFrame(
            {
                "transaction_id": [f"t{n}" for n in range(44)],
                "lead_id": [f"lead-{n}" for n in range(40)] + [f"lead-{n}" for n in range(4)],
                "occurred_at": [to_instant(1)] * 40 + [to_instant(number) for number in (33, 42, 51, 60)],
            }
        )
        history = history_from_frames(
            launches=build_launches_table(build_classic_launch("cart", 62, 92)), purchases=sold
        )
        with pytest.raises(LaunchError, match=r"4 buyers among 40 leads before 2023-03-04 00:00; at least 10 buyers"):
            fit(history, "cart", to_instant(62))

    def test_nobody_who_did_not_buy_is_too_little_too(self) -> None:
        leads = [f"lead-{n}" for n in range(30)]
        sold = pd.DataFrame({"lead_id": leads * 2, "occurred_at": [to_instant(1)] * 30 + [to_instant(35)] * 30})
        sold["transaction_id"] = [f"t{n}" for n in range(60)]
        history = history_from_frames(
            launches=build_launches_table(build_classic_launch("cart", 62, 92)), purchases=sold
        )
        with pytest.raises(LaunchError, match=r"30 buyers among 30 leads.*10 others"):
            fit(history, "cart", to_instant(62))

    def test_no_window_before_is_named(self, shop: History) -> None:
        with pytest.raises(LaunchError, match=r"no launch and no cut-off .* was over before 2023-01-31"):
            fit(shop, "month-4", to_instant(30))

    def test_a_product_never_sold_is_trained_on_all_sales(self, shop_frames: Frames, model: Model) -> None:
        launches = build_launches_table(build_classic_launch("mentoring", 150, 180, product_id="mentoring"))
        history = history_from_frames(**shop_frames | {"launches": launches})
        fitted_model = fit(history, "mentoring")
        assert fitted_model.card["notes"] == [
            "too few buyers of the launches' own products: trained on purchases of any product"
        ]
        assert sum(window["buyers"] for window in fitted_model.card["windows"]) >= 10
        assert fit(history, "mentoring").card["trained_for"]["product_id"] == "mentoring"
        assert model.card["notes"] == []

    def test_perfectly_predicted_purchases_say_little_of_a_product_never_sold(self) -> None:
        """Half of the leads are charged for a membership day by day; the course that opens is no membership."""
        history = simulate_daily_buyers(lambda n: bool(n % 2))
        launch = history.get_launch("course")
        scored = score_launch(
            history, launch, fit_model(history, launch, to_instant(90), FitOptions(parameters=ModelParameters())).model
        )
        assert scored["probability"].between(0.15, 0.85).all()
        assert 0.3 < scored["logit"].std() < 0.8

    def test_purchases_of_everybody_say_nothing_of_a_product_never_sold(self) -> None:
        history = simulate_daily_buyers(lambda n: bool(n % 10))
        with pytest.raises(LaunchError, match=r"hardly sold before .*, and 90% of the leads buy something") as raised:
            fit(history, "course", to_instant(90))
        assert raised.value.code == "product-never-sold"

    def test_a_product_that_sells_is_trained_on_its_own_sales(self, shop_frames: Frames, model: Model) -> None:
        launches = [
            build_classic_launch(f"c-{n}", opens, opens + 30, product_id="course")
            for n, opens in enumerate((90, 120, 150))
        ]
        history = history_from_frames(**shop_frames | {"launches": build_launches_table(*launches)})
        fitted_model = fit(history, "c-2")
        assert fitted_model.card["notes"] == []
        buyers = {window["name"]: window["buyers"] for window in fitted_model.card["windows"]}
        assert 0 < buyers["c-1"] < {w["name"]: w["buyers"] for w in model.card["windows"]}["month-5"]


class TestNamedCaptures:
    """Where captures name their launch, a cut-off's leads (everyone known) are others than a launch's own."""

    NOTE = "too few leads of earlier launches bought: trained on everyone known at earlier instants as well"

    @staticmethod
    def named(frames: Frames, leads: int) -> History:
        """The shop, where so many leads were captured for month-4 before its cart opened."""
        lead_ids = frames["purchases"].query("occurred_at < @to_instant(80)")["lead_id"].unique()[:leads]
        captured = pd.DataFrame({"lead_id": lead_ids, "captured_at": to_instant(85), "launch_id": "month-4"})
        return history_from_frames(**frames | {"leads": pd.concat([frames["leads"], captured])})

    def windows(self, history: History) -> tuple[list[str], list[str]]:
        card = fit(history, "month-5", to_instant(120)).card
        return [window["name"] for window in card["windows"]], card["notes"]

    def test_launches_alone_where_they_teach_enough(self, shop: History, shop_frames: Frames) -> None:
        assert self.windows(shop) == (["cut-off 2023-03-02", "month-4"], [])
        assert self.windows(self.named(shop_frames, 500)) == (["month-4"], [])

    def test_cutoffs_too_where_they_do_not(self, shop_frames: Frames) -> None:
        assert self.windows(self.named(shop_frames, 15)) == (["cut-off 2023-03-02", "month-4"], [self.NOTE])

    def test_a_capture_that_names_a_launch_later_changes_nothing(self, shop: History, shop_frames: Frames) -> None:
        late = pd.DataFrame({"lead_id": ["lead-0001"], "captured_at": [to_instant(120)], "launch_id": ["month-4"]})
        history = history_from_frames(**shop_frames | {"leads": pd.concat([shop_frames["leads"], late])})
        assert fit(history, "month-5", to_instant(120)).version == fit(shop, "month-5", to_instant(120)).version


class TestMature:
    def test_windows_are_those_whose_labels_are_mature(self, shop: History) -> None:
        card = fit(shop, "month-7", to_instant(180), mature=True).card
        assert [window["name"] for window in card["windows"]] == ["cut-off 2023-03-02", "month-4", "month-5"]
        assert card["label"] == "mature"

    def test_purchases_given_back_do_not_count(self, shop_frames: Frames) -> None:
        sold = shop_frames["purchases"]
        back = sold[(sold["status"] == "approved") & (np.arange(len(sold)) % 3 == 0)]
        back = back.assign(status="refunded", occurred_at=back["occurred_at"] + timedelta(days=10))
        history = history_from_frames(**shop_frames | {"purchases": pd.concat([sold, back])})
        buyers = [
            {window["name"]: window["buyers"] for window in fit(history, mature=mature).card["windows"]}
            for mature in (False, True)
        ]
        assert 0 < buyers[1]["month-4"] < buyers[0]["month-4"]


class TestModel:
    def test_is_calibrated_on_predictions_of_models_that_did_not_see_the_window(
        self, shop: History, model: Model, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        calls: list[tuple[Any, ...]] = []

        def spy(*rows: Any) -> EarnedCalibration:
            calls.append(rows)
            return fit_earned_calibration(*rows)

        monkeypatch.setattr(hotleads.training.fit, "fit_earned_calibration", spy)
        assert fit(shop).calibration == model.calibration
        ((logits, learned, in_window, shares, own_weight),) = calls
        assert (in_window, own_weight) == (None, 1.0)
        weights = model.card["base_weights"]
        windows = select_training_windows(shop, shop.get_launch("month-6"), AS_OF)
        declared = list_features(shop, AS_OF)
        rows = build_examples(shop, windows, AS_OF, build_context(shop, AS_OF), declared)
        np.testing.assert_array_equal(learned.label, rows.label)
        np.testing.assert_array_equal(learned.window, rows.window)
        window_weights = [rows.weight[rows.window == window].sum() for window in range(len(windows))]
        np.testing.assert_allclose(shares, np.array(window_weights) / rows.weight.sum())
        for window in range(len(windows)):
            in_window = rows.window == window
            others = rows.take(~in_window)
            by_hand = fit_base_models(others, model.features, ModelParameters(), 0).predict_logits(
                rows.table[in_window]
            )
            summed = sum(
                weights[name] * by_hand[:, i] for i, name in enumerate(("linear", "signed_trees", "free_trees"))
            )
            np.testing.assert_allclose(logits[in_window], summed, rtol=0, atol=1e-12)

    def test_the_card_describes_its_training_data(self, shop: History, model: Model) -> None:
        windows = select_training_windows(shop, shop.get_launch("month-6"), AS_OF)
        assert [window["name"] for window in model.card["windows"]] == [window.launch_id for window in windows]
        assert (model.card["as_of"], model.card["label"], model.card["seed"]) == (AS_OF.isoformat(), "plain", 0)
        assert set(model.card["quality_on_unseen_windows"]) == {window.launch_id for window in windows}
        named = {feature.name for feature in model.features}
        assert not named & set(model.card["features_dropped"])

    def test_the_reference_is_the_latest_windows_distribution(self, shop: History, model: Model) -> None:
        quantiles = np.array(model.context.reference_quantiles)
        assert len(quantiles) == 1001
        assert (np.diff(quantiles) >= 0).all()
        assert 0 < quantiles[0] < quantiles[-1] < 1
        latest = model.card["quality_on_unseen_windows"]["month-5"]
        assert quantiles.mean() == pytest.approx(latest["mean_probability"], abs=0.01)
        shares = [
            (window["buyers"], window["rows"], 0.5 ** ((2 - n) / 2)) for n, window in enumerate(model.card["windows"])
        ]
        rate = sum(buyers * weight for buyers, _, weight in shares) / sum(rows * weight for _, rows, weight in shares)
        assert model.context.reference_rate == pytest.approx(rate)

    def test_predicts_who_buys_and_how_many(self, shop: History, model: Model) -> None:
        quality = model.card["quality_on_unseen_windows"]
        assert min(entry["roc_auc"] for entry in quality.values()) > 0.55
        for entry in quality.values():
            assert entry["mean_probability"] == pytest.approx(entry["base_rate"], abs=0.1)

    def test_scores_are_those_of_its_logits(self, shop: History, model: Model) -> None:
        rows = score(shop, model)
        np.testing.assert_array_equal(compute_probabilities(rows["logit"].to_numpy()), rows["probability"])
        assert (rows["model_version"] == model.version).all()
        assert rows["as_of"].eq(AS_OF).all()
