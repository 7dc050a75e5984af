"""A feature table in a file that appears whole, or in parts that go on where they were."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

import hotleads.features.partition
import hotleads.jobs.features
from hotleads.features import build_features
from hotleads.history import History, HistoryError, open_history
from hotleads.jobs.features import FeaturesOptions, run_features

SAMPLE = Path(__file__).parents[2] / "data" / "sample"
LAUNCH = "2025-02-cake-course"


@pytest.fixture(scope="module")
def history() -> History:
    return open_history(SAMPLE)


@pytest.fixture(scope="module")
def expected(history: History) -> pd.DataFrame:
    return build_features(history, LAUNCH)


@pytest.fixture(autouse=True)
def _small_parts(expected: pd.DataFrame, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hotleads.features.partition, "MAX_LEADS_PER_PART", len(expected) // 4)


def check_message(message: str) -> None:
    assert message


def read_parts(folder: Path) -> pd.DataFrame:
    return pd.concat([pd.read_parquet(part) for part in sorted(folder.glob("part-*.parquet"))])


def test_one_file_holds_every_block(history: History, expected: pd.DataFrame, tmp_path: Path) -> None:
    for name, read in (("f.parquet", pd.read_parquet), ("f.csv", lambda path: pd.read_csv(path, index_col="lead_id"))):
        assert run_features(history, FeaturesOptions(LAUNCH, tmp_path / name), check_message) == expected.shape
        pd.testing.assert_frame_equal(
            read(tmp_path / name), expected, check_index_type=False, check_exact=name != "f.csv"
        )


def test_parts_go_on_where_they_were(
    history: History, expected: pd.DataFrame, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out, iter_blocks = tmp_path / "parts", hotleads.jobs.features.iter_feature_blocks

    def interrupted(*arguments: Any, **options: Any) -> Iterator[pd.DataFrame]:
        for number, block in enumerate(iter_blocks(*arguments, **options)):
            if number == 2:
                raise KeyboardInterrupt
            yield block

    monkeypatch.setattr(hotleads.jobs.features, "iter_feature_blocks", interrupted)
    with pytest.raises(KeyboardInterrupt):
        run_features(history, FeaturesOptions(LAUNCH, out), check_message)
    monkeypatch.setattr(hotleads.jobs.features, "iter_feature_blocks", iter_blocks)
    written = {part: part.stat().st_mtime_ns for part in out.glob("part-*")}
    assert len(written) == 2
    run_features(history, FeaturesOptions(LAUNCH, out), check_message)
    assert {part: part.stat().st_mtime_ns for part in written} == written
    pd.testing.assert_frame_equal(read_parts(out), expected, check_exact=True)


def test_parts_of_another_launch_are_written_anew(history: History, tmp_path: Path) -> None:
    out, other = tmp_path / "parts", "2025-06-bread-course"
    run_features(history, FeaturesOptions(LAUNCH, out), check_message)
    run_features(history, FeaturesOptions(other, out), check_message)
    pd.testing.assert_frame_equal(read_parts(out), build_features(history, other), check_exact=True)


def test_a_folder_that_holds_something_else_is_refused(history: History, tmp_path: Path) -> None:
    (tmp_path / "letter.txt").write_text("mine")
    with pytest.raises(HistoryError, match="holds something else"):
        run_features(history, FeaturesOptions(LAUNCH, tmp_path), check_message)
    assert [path.name for path in tmp_path.iterdir()] == ["letter.txt"]


def test_nothing_half_written_is_left_of_a_file(
    history: History, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted(*arguments: Any, **options: Any) -> Iterator[pd.DataFrame]:
        yield pd.DataFrame({"a": [1.0]}, index=pd.Index(["L1"], name="lead_id"))
        raise KeyboardInterrupt

    monkeypatch.setattr(hotleads.jobs.features, "iter_feature_blocks", interrupted)
    with pytest.raises(KeyboardInterrupt):
        run_features(history, FeaturesOptions(LAUNCH, tmp_path / "f.parquet"), check_message)
    assert list(tmp_path.iterdir()) == []
