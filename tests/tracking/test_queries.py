"""Queries of runs: which run and which model scored a launch."""

from pathlib import Path

import pytest

from hotleads.scoring import Model
from hotleads.tracking import (
    build_model_uri,
    find_runs,
    find_scoring_model,
    find_scoring_run,
    find_scoring_runs,
    load_launch_profile,
    start_run,
)


def score(launch_id: str, model_version: str, context_hash: str = "c") -> str:
    """Leave a scoring run as `hotleads score` does, without its files."""
    tags = {"job": "score", "launch_id": launch_id, "model_version": model_version, "context_hash": context_hash}
    with start_run(f"score {launch_id}", tags) as run:
        pass
    return str(run.info.run_id)


def test_nothing_is_found_before_anything_was_tracked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MLFLOW_TRACKING_URI", f"sqlite:///{tmp_path}/mlflow.db")
    assert find_runs({"job": "score"}) == []
    assert find_scoring_runs("a model") == {}
    assert find_scoring_run("a launch") is None
    assert find_scoring_model("a launch") is None


def test_latest_finished_run_of_a_launch_is_found(store: Path) -> None:
    score("one", "m1")
    latest = score("one", "m1")
    other = score("two", "m1")
    with pytest.raises(ZeroDivisionError), start_run("s", {"job": "score", "launch_id": "one", "model_version": "m1"}):
        _ = 1 / 0
    assert find_scoring_runs("m1") == {"one": latest, "two": other}
    assert find_scoring_run("one") == latest
    assert find_scoring_run("one", "m1", "c") == latest
    assert find_scoring_run("one", "m2") is None
    assert load_launch_profile(latest) is None


def test_model_that_scored_a_launch_is_the_latest_registered_version_of_it(
    versions: list[str], models: tuple[Model, Model]
) -> None:
    score("three", models[1].version)
    assert find_scoring_model("three") == build_model_uri(versions[1])
    score("four", "unregistered")
    assert find_scoring_model("four") is None
