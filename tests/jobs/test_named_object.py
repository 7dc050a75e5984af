"""Somebody else's module is loaded by name; what is wrong with it is told without what its errors quote."""

from pathlib import Path

import pytest

from hotleads.jobs.named_object import load_named_object, load_own_models

MODULE = """
class Model:
    def fit(self, X, y): ...
    def predict_proba(self, X): ...
def build(): return Model()
def fails(): raise ValueError("ana@example.com")
def asks(for_more): ...
"""


@pytest.fixture(autouse=True)
def working_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "models_by_name.py").write_text(MODULE, encoding="utf-8")
    (tmp_path / "broken_by_name.py").write_text("raise RuntimeError('ana@example.com')", encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(str(tmp_path))


def test_a_factory_makes_the_model_of_its_name() -> None:
    assert type(load_own_models(["models_by_name:build"])["build"]).__name__ == "Model"


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("models_by_name", "names no function"),
        ("no_such_module:build", "there is no module 'no_such_module'"),
        ("models_by_name:other", "has no function 'other'"),
        ("models_by_name:fails", r"it failed with ValueError at models_by_name\.py:6"),
        ("models_by_name:asks", "TypeError .* it is called without arguments"),
        ("broken_by_name:build", r"cannot be imported: it failed with RuntimeError at broken_by_name\.py:1"),
    ],
)
def test_what_makes_no_model_is_told_without_the_errors_text(name: str, message: str) -> None:
    with pytest.raises(LookupError, match=message) as raised:
        load_own_models([name])
    assert "ana@" not in str(raised.value)


def test_two_factories_of_one_name_are_refused() -> None:
    assert load_named_object("models_by_name:build").__name__ == "build"
    with pytest.raises(LookupError, match="two models are called build"):
        load_own_models(["models_by_name:build", "models_by_name:build"])
