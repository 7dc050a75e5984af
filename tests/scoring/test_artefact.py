"""The model on disk: back to the bit, never overwritten, and refused where it is not what was saved."""

import json
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

import hotleads.scoring.artefact
from hotleads.scoring import ArtefactError, Model, load, save, with_content_version

FILES = ["card.json", "model.json", "trees.json"]


@pytest.fixture(scope="module")
def saved(model: Model, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("models") / "deep" / "er" / "model"
    save(model, folder)
    return folder


@pytest.fixture
def copy(saved: Path, tmp_path: Path) -> Path:
    """A copy of the saved model that a test may damage."""
    return Path(shutil.copytree(saved, tmp_path / "model"))


def edit(path: Path, change: Callable[[dict[str, Any]], object]) -> None:
    values = json.loads(path.read_text(encoding="utf-8"))
    change(values)
    path.write_text(json.dumps(values), encoding="utf-8")


# ---------------------------------------------------------------------------------------------------------- round trip
def test_a_loaded_model_predicts_and_explains_with_the_same_bits(saved: Path, model: Model, many: pd.DataFrame) -> None:
    again = load(saved)
    assert again.predict_logits(many).tobytes() == model.predict_logits(many).tobytes()
    before, after = model.explain(many), again.explain(many)
    assert after.base == before.base
    assert after.contributions.tobytes() == before.contributions.tobytes()


def test_a_loaded_model_is_the_one_that_was_saved(saved: Path, model: Model) -> None:
    again = load(saved)
    assert again.features == model.features
    assert again.context == model.context
    assert again.context.hash == model.context.hash
    assert again.feature_hash == model.feature_hash
    assert again.calibration == model.calibration
    assert again.card == model.card
    assert again.version == model.version
    assert with_content_version(again).version == model.version


def test_saving_what_was_loaded_writes_the_same_bytes(saved: Path, tmp_path: Path) -> None:
    save(load(saved), tmp_path / "again")
    assert sorted(path.name for path in saved.iterdir()) == FILES
    assert [(tmp_path / "again" / name).read_bytes() for name in FILES] == [
        (saved / name).read_bytes() for name in FILES
    ]


def test_files_are_data(saved: Path) -> None:
    for name in FILES:
        assert isinstance(json.loads((saved / name).read_text(encoding="utf-8")), dict)


# -------------------------------------------------------------------------------------------------------- never twice
def test_a_model_is_never_overwritten(saved: Path, model: Model) -> None:
    before = {path.name: path.read_bytes() for path in saved.iterdir()}
    with pytest.raises(FileExistsError, match="never overwritten"):
        save(replace(model, version="another"), saved)
    assert {path.name: path.read_bytes() for path in saved.iterdir()} == before
    assert [path.name for path in saved.parent.iterdir()] == ["model"]


def test_a_model_appears_whole_or_not_at_all(model: Model, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(path: Path, values: dict[str, Any]) -> None:
        path.write_text("{")
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(hotleads.scoring.artefact, "_write_json", full)
    with pytest.raises(OSError, match="No space"):
        save(model, tmp_path / "model")
    assert list(tmp_path.iterdir()) == []


# ------------------------------------------------------------------------------------------------------------- version
def test_version_is_the_hash_of_the_content(model: Model, many: pd.DataFrame) -> None:
    assert with_content_version(replace(model, version="anything")).version == model.version
    assert with_content_version(replace(model, card={"other": "card"})).version == model.version
    slope = np.nextafter(model.calibration.slope, 2)
    weight = model.linear.weight.copy()
    weight[-1] = np.nextafter(weight[-1], 1)
    others = [
        replace(model, calibration=replace(model.calibration, slope=float(slope))),
        replace(model, linear=replace(model.linear, weight=weight)),
        replace(model, trees=model.trees[: model.trees.num_boosted_rounds() - 1]),
        replace(model, features=model.features[::-1]),
        replace(model, context=model.context.with_reference(0.123, model.context.reference_quantiles)),
    ]
    versions = {with_content_version(other).version for other in [model, *others]}
    assert len(versions) == len(others) + 1


def test_the_same_training_gives_the_same_version(history: Any, model: Model) -> None:
    from hotleads.training import FitOptions, fit_model

    launch = history.get_launch("L3")
    assert fit_model(history, launch, launch.as_of, FitOptions(trials=0)).model.version == model.version
    assert fit_model(history, launch, launch.as_of, FitOptions(trials=0, seed=1)).model.version != model.version


# ------------------------------------------------------------------------------------------------------------- refusals
def test_another_format_is_refused_by_its_number(copy: Path) -> None:
    edit(copy / "model.json", lambda values: values.update(format_version=99))
    with pytest.raises(ArtefactError, match="format 99, this program reads 1; train it again"):
        load(copy)


EDITS: dict[str, Callable[[dict[str, Any]], object]] = {
    "a declaration": lambda v: v["features"][0].update(window_days=5),
    "the order of declarations": lambda v: v["features"].reverse(),
    "a declaration's unknown field": lambda v: v["features"][0].update(colour="red"),
    "the declarations' hash": lambda v: v.update(feature_hash="0" * 64),
    "a weight": lambda v: v["linear"]["weight"].__setitem__(0, 0.5),
    "fewer weights": lambda v: v["linear"]["weight"].pop(),
    "no weights": lambda v: v.pop("linear"),
    "weights of another shape": lambda v: v.update(linear=[1, 2]),
    "the calibration": lambda v: v["calibration"].update(slope=2.0),
    "the reference rate": lambda v: v["context"].update(reference_rate=0.01),
    "the instant": lambda v: v["context"].update(as_of="yesterday"),
    "the version": lambda v: v.update(version="0123456789ab"),
    "no version": lambda v: v.pop("version"),
    "no format": lambda v: v.pop("format_version"),
}


@pytest.mark.parametrize("what", EDITS)
def test_an_edited_model_is_refused(what: str, copy: Path) -> None:
    edit(copy / "model.json", EDITS[what])
    with pytest.raises(ArtefactError):
        load(copy)


def test_edited_declarations_are_refused_without_a_version_too(model: Model, tmp_path: Path) -> None:
    save(replace(model, version="unregistered"), tmp_path / "model")
    assert load(tmp_path / "model").version == "unregistered"
    edit(tmp_path / "model" / "model.json", EDITS["a declaration"])
    with pytest.raises(ArtefactError, match="declarations do not match their hash"):
        load(tmp_path / "model")


def test_edited_trees_are_refused(copy: Path) -> None:
    path = copy / "trees.json"
    text = path.read_text(encoding="utf-8")
    at = text.index('"split_conditions":[') + len('"split_conditions":[')
    path.write_text(text[:at] + "9" + text[at:], encoding="utf-8")
    with pytest.raises(ArtefactError, match="edited or damaged"):
        load(copy)


@pytest.mark.parametrize("name", FILES)
@pytest.mark.parametrize(
    "damage",
    [b"", b"{", b"[]", b"null", b"\xff\xfe not UTF-8", None],
    ids=["empty", "cut off", "a list", "nothing", "bytes", "missing"],
)
def test_a_damaged_file_is_refused(name: str, damage: bytes | None, copy: Path) -> None:
    if damage is None:
        (copy / name).unlink()
    else:
        (copy / name).write_bytes(damage)
    with pytest.raises(ArtefactError, match=r"train it again|edited or damaged"):
        load(copy)


@pytest.mark.parametrize("name", FILES)
def test_a_file_cut_in_half_is_refused(name: str, copy: Path) -> None:
    content = (copy / name).read_bytes()
    (copy / name).write_bytes(content[: len(content) // 2])
    with pytest.raises(ArtefactError):
        load(copy)


def test_a_folder_without_a_model_is_refused_by_its_name(tmp_path: Path) -> None:
    with pytest.raises(ArtefactError, match="nowhere holds no readable model"):
        load(tmp_path / "nowhere")
