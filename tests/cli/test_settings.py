"""Settings: the file, then the environment, then flags; and nothing that nobody knows."""

from pathlib import Path

import pytest
from typer.testing import CliRunner

from hotleads.cli.main import app
from hotleads.cli.settings import Settings, SettingsError, describe_settings, load_settings


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    for name in Settings.model_fields:
        monkeypatch.delenv(f"HOTLEADS_{name.upper()}", raising=False)
    return tmp_path


def test_each_source_counts_more_than_the_one_before(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert load_settings().trials == 12
    (folder / "hotleads.toml").write_text('trials = 3\nseed = 4\nlanguage = "pt_BR"\n')
    monkeypatch.setenv("HOTLEADS_TRIALS", "5")
    monkeypatch.setenv("HOTLEADS_SEED", "6")
    settings = load_settings(seed=7, mature=None)
    assert (settings.trials, settings.seed, settings.language, settings.mature) == (5, 7, "pt_BR", False)


def test_what_training_takes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOTLEADS_MATURE", "true")
    options = load_settings(trials=2, processes=3, cache=Path("kept")).to_fit_options()
    assert (options.trials, options.mature, options.processes, options.cache) == (2, True, 3, Path("kept"))
    assert load_settings(processes=0).to_fit_options().processes >= 1
    assert "kept" not in str(options.to_dict())


@pytest.mark.parametrize(("written", "meant"), [("trails = 3", "trials"), ('lang = "en"', "language")])
def test_an_unknown_key_is_refused_with_the_nearest(folder: Path, written: str, meant: str) -> None:
    (folder / "hotleads.toml").write_text(written)
    with pytest.raises(SettingsError, match=rf"in hotleads.toml is not a setting; did you mean {meant}\?"):
        load_settings()


def test_an_unknown_variable_is_refused_with_the_nearest(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOTLEADS_TRAILS", "3")
    with pytest.raises(SettingsError, match=r"HOTLEADS_TRAILS .* did you mean HOTLEADS_TRIALS\?"):
        load_settings()


@pytest.mark.parametrize(
    "variable", ["HOTLEADS_HUB_DATABASE", "HOTLEADS_DATA", "HOTLEADS_TEST_POSTGRES", "HOTLEADS_SERVING_KEYS"]
)
def test_a_variable_of_the_hub_the_service_or_the_tests_is_not_refused(
    monkeypatch: pytest.MonkeyPatch, variable: str
) -> None:
    monkeypatch.setenv(variable, "x")
    load_settings()


@pytest.mark.parametrize(
    ("written", "expected_message"),
    [
        (
            "trials = -1",
            r"trials \(in hotleads.toml, HOTLEADS_TRIALS or a flag\): .*greater than or equal to 0, not -1",
        ),
        ('language = "xx"', "language .*'en' or 'pt_BR', not 'xx'"),
        ('seed = "much"', "seed .*not 'much'"),
        ("trials =", "hotleads.toml cannot be read"),
    ],
)
def test_a_bad_value_names_the_key(folder: Path, written: str, expected_message: str) -> None:
    (folder / "hotleads.toml").write_text(written)
    with pytest.raises(SettingsError, match=expected_message):
        load_settings()


def test_the_command_shows_what_is_in_force_and_refuses_without_a_traceback(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOTLEADS_TRIALS", "31")
    assert "31" in CliRunner().invoke(app, ["settings"]).output
    assert CliRunner().invoke(app, ["settings", "--describe"]).output == describe_settings()
    monkeypatch.setenv("HOTLEADS_TRIALS", "many")
    result = CliRunner().invoke(app, ["settings"])
    assert result.exit_code == 1
    assert isinstance(result.exception, SystemExit)
    assert "HOTLEADS_TRIALS" in result.output


@pytest.mark.parametrize("written", ["pt_BR", "pt-BR", "pt-br", "PT_br"])
def test_a_language_is_known_however_it_is_spelled(written: str) -> None:
    assert load_settings(language=written).language == "pt_BR"
