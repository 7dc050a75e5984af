"""Declarations are data: hashed by every field and their order, and named by the field's rules."""

import re
from dataclasses import FrozenInstanceError, fields, replace
from typing import get_args

import pytest

from hotleads.features import FEATURES, Feature, hash_declarations
from hotleads.features.declaration import Unit

each_feature = pytest.mark.parametrize("feature", FEATURES, ids=lambda feature: feature.name)
OTHER = {
    "window_days": 13,
    "half_life_days": 13,
    "direction": -1,
    "source": "events",
    "aggregate": "mean",
    "unit": "days",
}


def test_hash_is_the_same_for_the_same_declarations() -> None:
    assert hash_declarations(FEATURES) == hash_declarations([replace(feature) for feature in FEATURES])
    assert re.fullmatch("[0-9a-f]{64}", hash_declarations(FEATURES))


@pytest.mark.parametrize("field", [field.name for field in fields(Feature)])
def test_hash_changes_with_every_field(field: str) -> None:
    feature = next(one for one in FEATURES if one.name == "spend")
    assert hash_declarations([feature]) != hash_declarations([replace(feature, **{field: OTHER.get(field, "other")})])


@pytest.mark.parametrize(
    ("wrong", "expected_message"),
    [
        ({"source": "sales"}, "source is 'sales', not one of .*purchases"),
        ({"aggregate": "median"}, "aggregate is 'median', not one of .*gap_mean"),
        ({"unit": "BRL"}, "unit is 'BRL'"),
        ({"direction": 2}, "direction is 2"),
        ({"window_days": 0}, "whole days from 1 on, or None"),
        ({"half_life_days": -7}, "whole days from 1 on, or None"),
        ({"aggregate": "mean", "half_life_days": 7}, "only a sum has a half-life, not 'mean'"),
    ],
)
def test_what_no_feature_can_be_is_refused(wrong: dict[str, object], expected_message: str) -> None:
    feature = next(one for one in FEATURES if one.name == "spend")
    with pytest.raises(ValueError, match=f"spend: .*{expected_message}"):
        replace(feature, **wrong)  # type: ignore[arg-type]


def test_hash_changes_with_order_and_number() -> None:
    hashes = {hash_declarations(some) for some in (FEATURES, FEATURES[::-1], FEATURES[1:], FEATURES * 2, ())}
    assert len(hashes) == 5


def test_declarations_do_not_change() -> None:
    with pytest.raises(FrozenInstanceError):
        FEATURES[0].window_days = 3  # type: ignore[misc]


def test_names_are_all_different() -> None:
    assert len({feature.name for feature in FEATURES}) == len(FEATURES)
    assert len({feature.phrase for feature in FEATURES}) == len(FEATURES)


@each_feature
def test_name_says_what_window_unit_and_half_life_it_has(feature: Feature) -> None:
    assert re.fullmatch("[a-z][a-z0-9_]*", feature.name)
    ending = re.search(r"(_decayed)?_(\d+)d$", feature.name)
    from_name = (None, None) if ending is None else (bool(ending[1]), int(ending[2]))
    days = feature.half_life_days or feature.window_days
    assert from_name == ((None, None) if days is None else (feature.half_life_days is not None, days))
    if feature.unit == "days":
        assert "days" in feature.name
    if days is not None:
        assert str(days) in feature.description
        assert str(days) in feature.phrase


@each_feature
def test_is_reported_in_full(feature: Feature) -> None:
    assert feature.unit in get_args(Unit)
    assert feature.description.endswith(".")
    assert feature.phrase.count("{value}") == 1
    assert feature.phrase_missing
    assert feature.family


@each_feature
def test_asks_only_for_what_its_rows_hold(feature: Feature) -> None:
    if feature.half_life_days is not None:
        assert feature.aggregate == "sum"
    if feature.unit == "money":
        assert feature.measure in ("net_amount", "amount")
        assert feature.rows in ("any", "refunded", "priced")  # the mean of amounts that are not known is no amount
    if feature.measure == "recurrence_number":
        assert feature.rows == "charge"
