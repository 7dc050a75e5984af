"""Settings of the command line: defaults, then a file, then the environment, then flags."""

from __future__ import annotations

import os
from difflib import get_close_matches
from pathlib import Path
from typing import TYPE_CHECKING, Any, get_args

from pydantic import Field, ValidationError, field_validator
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict, TomlConfigSettingsSource

from ..language import Language

if TYPE_CHECKING:  # numba and XGBoost take seconds to import
    from ..training import FitOptions

#: Read from the working folder.
FILE = Path("hotleads.toml")
PREFIX = "HOTLEADS_"
#: Variables of others that begin with the prefix: the service's (docs/serving.md), the hub's, and the tests'.
_SERVING = PREFIX + "SERVING_"
_HUB = PREFIX + "HUB_"
_FOREIGN_PREFIXES = (_SERVING, _HUB)
_FOREIGN_VARIABLES = {PREFIX + "DATA", PREFIX + "TEST_POSTGRES"}


class SettingsError(ValueError):
    """An unknown setting, or a value that a setting cannot have."""


class Settings(BaseSettings):
    """The settings of the command line. A key is ``trials`` in the file and ``HOTLEADS_TRIALS`` in the environment."""

    model_config = SettingsConfigDict(env_prefix=PREFIX, toml_file=FILE, extra="forbid", frozen=True)

    trials: int = Field(12, ge=0, description="Optuna trials a model; 0 takes the default parameters.")
    seed: int = Field(0, ge=0, description="The same seed gives the same model and scores (on one kind of processor).")
    mature: bool = Field(False, description="Train and evaluate with labels net of refunds within 30 days.")
    reasons: int = Field(3, ge=0, description="Reasons a lead.")
    language: Language = Field("en", description="Language of reasons and pages.")
    processes: int = Field(
        0, ge=0, description="Processes of tuning and backtests; 0: one a core. The result is the same."
    )
    cache: Path = Field(Path("out/cache"), description="Folder from which a stopped tuning or backtest resumes.")

    @field_validator("language", mode="before")
    @classmethod
    def _normalize_language(cls, value: object) -> object:
        """Read pt-BR as pt_BR, in upper or lower case."""
        languages = {name.casefold(): name for name in get_args(Language)}
        return languages.get(str(value).replace("-", "_").casefold(), value)

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Rank the sources: flags, then the environment, then the file."""
        return init_settings, env_settings, TomlConfigSettingsSource(settings_cls)

    def to_fit_options(self) -> FitOptions:
        """Return what training and backtests take of the settings."""
        from ..training.options import FitOptions

        processes = self.processes or os.cpu_count() or 1
        return FitOptions(self.trials, self.seed, self.mature, self.reasons, processes, self.cache)


def load_settings(**flags: Any) -> Settings:
    """Return the settings in force; a flag that is None was not given.

    Raises SettingsError for an unknown key, with the nearest known one, and for a value that a key cannot have.
    """
    _refuse_unknown_variables()
    try:
        return Settings(**{name: value for name, value in flags.items() if value is not None})
    except ValidationError as error:
        raise SettingsError("; ".join(_describe_error(item) for item in error.errors())) from None
    except ValueError as error:  # the file is not TOML
        raise SettingsError(f"{FILE} cannot be read: {error}") from None


def describe_settings() -> str:
    """Return the page that describes all settings, as Markdown."""
    rows = [
        f"| `{name}` | `{PREFIX}{name.upper()}` | `{field.default}` | {field.description} |"
        for name, field in Settings.model_fields.items()
    ]
    return "\n".join([_PAGE, *rows]) + "\n"


_PAGE = f"""# Settings

Made by `hotleads settings --describe`; do not edit.

A key in `{FILE}` of the working folder overrides its default, a variable of the environment overrides the file, and
a flag of a command overrides both. `hotleads settings` shows what is in force. A key or a `{PREFIX}` variable
that is not in this table is refused; those of [the service](serving.md) begin with
`{_SERVING}`, those of [the hub](hub.md) with `{_HUB}`.
`MLFLOW_TRACKING_URI` is MLflow's own (default: an SQLite file under `mlruns/`).

| key | variable | default | what it does |
|---|---|---|---|"""


def _refuse_unknown_variables() -> None:
    known = {PREFIX + name.upper() for name in Settings.model_fields}
    for variable in sorted(os.environ):
        name = variable.upper()
        if not name.startswith(PREFIX) or name.startswith(_FOREIGN_PREFIXES) or name in _FOREIGN_VARIABLES:
            continue
        if name not in known:
            raise SettingsError(f"{variable} in the environment is not a setting{_suggest_nearest(name, known)}")


def _describe_error(error: Any) -> str:
    key = ".".join(str(part) for part in error["loc"])
    if error["type"] == "extra_forbidden":
        return f"{key} in {FILE} is not a setting{_suggest_nearest(key, set(Settings.model_fields))}"
    message = error["msg"][:1].lower() + error["msg"][1:]
    return f"{key} (in {FILE}, {PREFIX}{key.upper()} or a flag): {message}, not {error['input']!r}"


def _suggest_nearest(name: str, known: set[str]) -> str:
    nearest = get_close_matches(name, sorted(known), n=1, cutoff=0)
    return f"; did you mean {nearest[0]}? 'hotleads settings --describe' lists all"
