"""Attributions and margins from tables: a tree worked by hand, XGBoost and shap as oracles, one row as in any batch."""

import json
from typing import Any

import numpy as np
import pytest
import shap
import xgboost as xgb
from hypothesis import given, settings
from hypothesis import strategies as st

import hotleads.scoring.treeshap.contributions
from hotleads.features import FEATURES
from hotleads.scoring import sum_by_family
from hotleads.scoring.reasons import choose_features
from hotleads.scoring.treeshap.contributions import look_up_contributions, run_in_threads
from hotleads.scoring.treeshap.forest import Forest, read_forest
from hotleads.scoring.treeshap.tables import ShapTables, build_shap_tables

NAN = np.nan
Booster = tuple[xgb.Booster, np.ndarray]


def train_booster(seed: int, depth: int, columns: int = 6, rows: int = 300, trees: int = 8, **settings: Any) -> Booster:
    """A booster of random data with a tenth of the values missing, and rows to explain."""
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(rows, columns)).round(1)  # ties: many values stand at a threshold
    X[rng.random(X.shape) < 0.1] = NAN
    filled = np.nan_to_num(X, nan=-0.5)
    logit = filled[:, 0] * filled[:, -1] + filled @ rng.normal(size=columns) - 0.5
    y = rng.random(rows) < 1 / (1 + np.exp(-logit))
    parameters = {
        "objective": "binary:logistic",
        "max_depth": depth,
        "eta": 0.4,
        "min_child_weight": 0.2,
        "lambda": 0.5,
    }
    parameters |= {"seed": seed, "nthread": 1, "verbosity": 0} | settings
    return xgb.train(parameters, xgb.DMatrix(X, y.astype(float)), trees), X


def compute_margins(tables: ShapTables, X: np.ndarray) -> np.ndarray:
    margins = np.empty(len(X))
    look_up_contributions(tables[:-1], X, margins, np.empty((0, 0)))
    return margins


def compute_contributions(tables: ShapTables, X: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Margins and contributions."""
    margins, contributions = np.empty(len(X)), np.empty(X.shape)
    look_up_contributions(tables[:-1], np.ascontiguousarray(X), margins, contributions)
    return margins, contributions


def build_tables(model: xgb.Booster) -> ShapTables:
    return build_shap_tables(read_forest(model))


def check_against_xgboost(model: xgb.Booster, X: np.ndarray, **data: Any) -> np.ndarray:
    """Compare with XGBoost: margins to the bit, contributions as near as its own float32 goes."""
    tables, rows = build_tables(model), xgb.DMatrix(X, nthread=1, **data)
    margins, contributions = compute_contributions(tables, X)
    oracle = model.predict(rows, pred_contribs=True)
    np.testing.assert_allclose(contributions, oracle[:, :-1], rtol=0, atol=1e-5)
    assert tables.base == pytest.approx(oracle[0, -1], abs=1e-5)
    assert margins.astype(np.float32).tobytes() == model.predict(rows, output_margin=True).tobytes()
    assert compute_margins(tables, X).tobytes() == margins.tobytes()
    for few in (X[:1], X[-2:], X[1:4]):  # which another loop looks up
        assert compute_margins(tables, few).tobytes() == compute_contributions(tables, few)[0].tobytes()
    alone = np.vstack([stack_outputs(tables, row[None]) for row in X[:5]])
    assert alone.tobytes() == stack_outputs(tables, X)[:5].tobytes()
    np.testing.assert_allclose(contributions.sum(axis=1) + tables.base, margins, rtol=0, atol=1e-5)
    return contributions


def stack_outputs(tables: ShapTables, X: np.ndarray) -> np.ndarray:
    margins, contributions = compute_contributions(tables, X)
    return np.column_stack([margins, contributions])


# ------------------------------------------------------------------------------------------------------ worked by hand
def build_two_level_forest() -> Forest:
    """x0 < 1 sends 4 of 10 left, where x1 < 2 sends 1 of 4 left; leaves 8 (left left), 4 (left right), 1 (right)."""
    return Forest(
        roots=np.array([0]),
        left=np.array([1, 3, -1, -1, -1]),
        right=np.array([2, 4, -1, -1, -1]),
        parent=np.array([-1, 0, 0, 1, 1]),
        feature=np.array([0, 1, 0, 0, 0]),
        threshold=np.array([1, 2, 1, 8, 4], np.float32),
        missing_left=np.array([False, True, False, False, False]),
        cover=np.array([10.0, 4, 6, 1, 3]),
        category_starts=np.zeros(5, np.int64),
        category_stops=np.zeros(5, np.int64),
        categories=np.empty(0, np.int64),
        base_margin=np.float32(0.5),
    )


@pytest.mark.parametrize(
    ("row", "margin", "first", "second"),
    [
        # v(none) = .4 (8/4 + 12/4) + .6 = 2.6, v(x0) = 5 or 1, v(x1) = .4 (8 or 4) + .6 = 3.8 or 2.2
        ((0, 0), 8.5, (5 - 2.6 + 8 - 3.8) / 2, (3.8 - 2.6 + 8 - 5) / 2),
        ((0, 3), 4.5, (5 - 2.6 + 4 - 2.2) / 2, (2.2 - 2.6 + 4 - 5) / 2),
        ((2, 0), 1.5, (1 - 2.6 + 1 - 3.8) / 2, (3.8 - 2.6 + 1 - 1) / 2),
        ((2, 3), 1.5, (1 - 2.6 + 1 - 2.2) / 2, (2.2 - 2.6 + 1 - 1) / 2),
        ((NAN, NAN), 1.5, (1 - 2.6 + 1 - 3.8) / 2, (3.8 - 2.6 + 1 - 1) / 2),  # x0 goes right, x1 left
        ((1, 2), 1.5, (1 - 2.6 + 1 - 2.2) / 2, (2.2 - 2.6 + 1 - 1) / 2),  # a value at the threshold goes right
    ],
)
def test_a_tree_worked_by_hand(row: tuple[float, float], margin: float, first: float, second: float) -> None:
    tables = build_shap_tables(build_two_level_forest())
    margins, contributions = compute_contributions(tables, np.array([row], np.float64))
    assert tables.base == pytest.approx(0.5 + 2.6, abs=1e-12)
    assert margins.tolist() == [margin]
    np.testing.assert_allclose(contributions, [[first, second]], rtol=0, atol=1e-12)


# ------------------------------------------------------------------------------------------------------------- oracles
@given(seed=st.integers(0, 10_000), depth=st.integers(0, 6), columns=st.sampled_from([1, 2, 3, 9]))
@settings(max_examples=40, deadline=None)
def test_random_forests_agree_with_xgboost(seed: int, depth: int, columns: int) -> None:
    """Few columns at six levels: the same feature several times on a path. Depth 0 stands for boosting that stops."""
    check_against_xgboost(*train_booster(seed, depth or 1, columns, gamma=0.0 if depth else 1e6))


@pytest.mark.parametrize("depth", [1, 2, 3, 4, 5, 6])
def test_deep_forests_agree_with_shap(depth: int) -> None:
    model, X = train_booster(depth, depth, columns=5, rows=2_000, trees=30)
    assert measure_depth(model) == depth
    contributions = check_against_xgboost(model, X[:300])
    np.testing.assert_allclose(contributions, shap.TreeExplainer(model).shap_values(X[:300]), rtol=0, atol=1e-5)
    assert np.abs(contributions).max() > 0.1


def measure_depth(model: xgb.Booster) -> int:
    """Of all trees, as XGBoost writes them."""
    return max(line.count("\t") for tree in model.get_dump() for line in tree.splitlines())


def test_missing_values_go_both_ways() -> None:
    model, X = train_booster(1, 4, rows=2_000, trees=30)
    assert set(read_forest(model).missing_left[read_forest(model).left >= 0]) == {False, True}
    check_against_xgboost(model, np.full((3, 6), NAN))
    for column in range(6):
        one = X[:200].copy()
        one[:, column] = NAN
        check_against_xgboost(model, one)


def test_monotone_forests_agree() -> None:
    model, X = train_booster(2, 4, trees=20, monotone_constraints=(1, -1, 0, 1, 0, -1))
    check_against_xgboost(model, X)


def test_trees_of_one_leaf_add_to_the_base_alone() -> None:
    model, X = train_booster(3, 3, gamma=1e6, base_score=0.9)
    assert measure_depth(model) == 0
    assert not check_against_xgboost(model, X).any()
    assert build_tables(model).base != pytest.approx(float(read_forest(model).base_margin), abs=1e-6)


def test_pruned_trees_agree() -> None:
    model, X = train_booster(4, 6, rows=600, gamma=2.0)
    leaves = [tree.count("leaf=") for tree in model.get_dump()]
    assert min(leaves) < max(leaves) < 64
    check_against_xgboost(model, X)


@pytest.mark.parametrize("max_cat_to_onehot", [1, 100])
def test_categories_agree(max_cat_to_onehot: int) -> None:
    rng = np.random.default_rng(5)
    X = np.column_stack([rng.integers(0, 12, 800), rng.normal(size=800), rng.integers(0, 40, 800)]).astype(float)
    X[rng.random(X.shape) < 0.1] = NAN
    y = (np.nan_to_num(X[:, 0] % 3) == 1) ^ (np.nan_to_num(X[:, 2]) % 5 < 2)
    data: dict[str, Any] = {"feature_types": ["c", "q", "c"], "enable_categorical": True}
    parameters = {"objective": "binary:logistic", "max_depth": 5, "max_cat_to_onehot": max_cat_to_onehot, "nthread": 1}
    model = xgb.train(parameters, xgb.DMatrix(X, y.astype(float), **data), 15)
    forest = read_forest(model)
    sizes = forest.category_stops - forest.category_starts
    assert sizes.max() == 1 if max_cat_to_onehot == 100 else sizes.max() > 3
    unseen = X[:40].copy()
    unseen[:, 0], unseen[:, 2] = 39, 12.7  # XGBoost reads a category's whole part
    check_against_xgboost(model, np.vstack([X, unseen]), **data)


@pytest.mark.parametrize("objective", ["binary:logistic", "reg:squarederror", "count:poisson"])
@pytest.mark.parametrize("base_score", [None, 1e-6, 0.0213, 0.3, 0.7, 0.999])
def test_margins_start_at_xgboosts_own_base(objective: str, base_score: float | None) -> None:
    parameters = {} if base_score is None else {"base_score": base_score}
    check_against_xgboost(*train_booster(6, 3, objective=objective, **parameters))


def test_values_are_compared_as_float32() -> None:
    model, _ = train_booster(7, 4, trees=20)
    forest = read_forest(model)
    thresholds = forest.threshold[forest.left >= 0]
    edges = np.concatenate([thresholds, np.nextafter(thresholds, np.float32(-9)), thresholds.astype(np.float64)])
    near = np.concatenate([edges * (1 + 1e-9), edges * (1 - 1e-9), edges, [0.0, -0.0, 1e39, -1e39, 1e-46]])
    check_against_xgboost(model, np.random.default_rng(8).choice(near[np.abs(near) < 1e38], (2_000, 6)))
    # XGBoost refuses what no float32 holds.
    beyond, _ = compute_contributions(build_tables(model), np.array([[1e39, -1e39] * 3]))
    assert beyond == compute_margins(build_tables(model), np.array([[1e38, -1e38] * 3]))


def test_covers_of_zero_do_not_spoil_the_rest() -> None:
    """Leaves that no training row reaches: their share is zero, and contributions still sum to the margin."""
    forest = build_two_level_forest()._replace(cover=np.array([10.0, 0, 10, 0, 0]))
    X = np.array([[0.0, 0], [0, 3], [2, 0]])
    margins, contributions = compute_contributions(build_shap_tables(forest), X)
    assert np.isfinite(contributions).all()
    np.testing.assert_allclose(contributions.sum(axis=1) + build_shap_tables(forest).base, margins, rtol=0, atol=1e-12)


# -------------------------------------------------------------------------------------------------------------- parity
@pytest.fixture(scope="module")
def forest_and_rows() -> tuple[ShapTables, np.ndarray]:
    model, X = train_booster(9, 5, columns=7, rows=5_000, trees=40)
    return build_tables(model), X


def test_a_row_has_the_same_bits_alone_and_in_any_batch(forest_and_rows: tuple[ShapTables, np.ndarray]) -> None:
    tables, X = forest_and_rows
    batch = stack_outputs(tables, X)
    order = np.random.default_rng(1).permutation(len(X))
    assert stack_outputs(tables, X[order]).tobytes() == batch[order].tobytes()
    alone = np.vstack([stack_outputs(tables, X[[i]]) for i in range(0, len(X), 50)])
    assert alone.tobytes() == batch[::50].tobytes()
    for size in (2, 3, 15, 16, 17, 1023, 1024, 1025, 2049):
        assert stack_outputs(tables, X[7 : 7 + size]).tobytes() == batch[7 : 7 + size].tobytes()


def test_any_memory_order_gives_the_same_bits(forest_and_rows: tuple[ShapTables, np.ndarray]) -> None:
    tables, X = forest_and_rows
    assert stack_outputs(tables, np.asfortranarray(X)).tobytes() == stack_outputs(tables, X).tobytes()


@pytest.mark.parametrize("rows", [0, 1, 4_095, 4_096, 8_192, 8_193, 50_001])
def test_threads_share_the_rows_out(rows: int) -> None:
    seen = np.zeros(rows, int)

    def work(part: np.ndarray, same: np.ndarray) -> None:
        assert len(part) == len(same)
        part += 1

    run_in_threads(work, seen, np.empty((rows, 2)))
    assert (seen == 1).all()


def test_threads_give_the_same_bits_and_pass_errors_on(
    forest_and_rows: tuple[ShapTables, np.ndarray], monkeypatch: pytest.MonkeyPatch
) -> None:
    tables, X = forest_and_rows
    expected, outputs = stack_outputs(tables, X), np.empty((len(X), X.shape[1] + 1))
    monkeypatch.setattr(hotleads.scoring.treeshap.contributions, "_MIN_THREAD_ROWS", 100)

    def work(rows: np.ndarray, out: np.ndarray) -> None:
        out[:] = stack_outputs(tables, rows)

    run_in_threads(work, X, outputs)
    assert outputs.tobytes() == expected.tobytes()
    with pytest.raises(ZeroDivisionError):
        run_in_threads(lambda rows: 1 / 0, X)


# ----------------------------------------------------------------------------------------------------- what is refused
def test_deeper_trees_are_refused() -> None:
    model, _ = train_booster(10, 7, rows=2_000)
    assert measure_depth(model) == 7
    with pytest.raises(ValueError, match="deeper than 6; train with max_depth of at most 6"):
        build_tables(model)


@pytest.mark.parametrize(
    "parameters",
    [
        {"booster": "gblinear"},
        {"booster": "dart"},
        {"objective": "multi:softprob", "num_class": 3},
    ],
)
def test_other_models_are_refused(parameters: dict[str, Any]) -> None:
    model, _ = train_booster(11, 2, **parameters)
    with pytest.raises(ValueError, match="gbtree with one output"):
        read_forest(model)


def test_a_forest_is_read_from_json_exactly() -> None:
    model, _ = train_booster(12, 4)
    written = json.loads(model.save_raw("json"))["learner"]["gradient_booster"]["model"]["trees"]
    forest = read_forest(model)
    assert len(forest.roots) == len(written) == 8
    again = xgb.Booster(model_file=bytearray(model.save_raw("json")))
    for ours, theirs in zip(forest, read_forest(again), strict=True):
        assert np.asarray(ours).tobytes() == np.asarray(theirs).tobytes()
    assert (forest.parent[forest.roots] == -1).all()
    inner = np.flatnonzero(forest.left >= 0)
    assert (forest.parent[forest.left[inner]] == inner).all()
    assert (forest.parent[forest.right[inner]] == inner).all()


# ------------------------------------------------------------------------------------------- the largest, and families
@given(
    rows=st.lists(st.lists(st.sampled_from([-2.0, -0.5, 0.0, 0.5, 1.0, 3.0]), min_size=5, max_size=5), max_size=20),
    most=st.integers(0, 5),
)
@settings(deadline=None)
def test_the_largest_are_those_of_a_stable_sort(rows: list[list[float]], most: int) -> None:
    contributions = np.array(rows).reshape(-1, 5)
    order = np.argsort(-np.abs(contributions), axis=1, kind="stable")
    adds = np.take_along_axis(contributions, order, axis=1) != 0
    chosen = np.full((len(contributions), most), -1)
    choose_features(contributions, np.arange(5), chosen)
    assert chosen.tolist() == np.where(adds, order, -1)[:, :most].tolist()


def test_families_add_up_and_a_row_has_its_bits_alone() -> None:
    contributions = np.random.default_rng(13).normal(size=(500, len(FEATURES)))
    families = sum_by_family(FEATURES, contributions)
    assert list(families.columns) == list(dict.fromkeys(feature.family for feature in FEATURES))
    np.testing.assert_allclose(families.sum(axis=1), contributions.sum(axis=1), rtol=0, atol=1e-12)
    spend = [column for column, feature in enumerate(FEATURES) if feature.family == "spend"]
    np.testing.assert_allclose(families["spend"], contributions[:, spend].sum(axis=1), rtol=0, atol=1e-12)
    alone = sum_by_family(FEATURES, contributions[77:78])
    assert alone.to_numpy().tobytes() == families.iloc[[77]].to_numpy().tobytes()
