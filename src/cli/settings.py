"""What the commands go by where no flag says otherwise: a file, then the environment, then the flags."""

import os
from difflib import get_close_matches
from pathlib import Path
from typing import Any, get_args

from pydantic import Field, ValidationError, field_validator
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict, TomlConfigSettingsSource

from ..scoring.reason_text.messages import Language
from ..training import FitOptions

#: Read from the working folder.
FILE = Path("hotleads.toml")
PREFIX = "HOTLEADS_"
#: The service's own variables (docs/serving.md).
_SERVING = PREFIX + "SERVING_"


class SettingsError(ValueError):
    """A setting that nobody knows, or a value that it cannot have."""


class Settings(BaseSettings):
    """Every setting of the command line. A key is ``trials`` in the file and ``HOTLEADS_TRIALS`` in the environment."""

    model_config = SettingsConfigDict(env_prefix=PREFIX, toml_file=FILE, extra="forbid", frozen=True)

    trials: int = Field(12, ge=0, description="Optuna trials a model; 0 keeps the default parameters.")
    seed: int = Field(0, ge=0, description="The same seed gives the same model and scores.")
    mature: bool = Field(False, description="Train on and judge by labels net of refunds within 30 days.")
    reasons: int = Field(3, ge=0, description="Reasons a lead.")
    language: Language = Field("en", description="Language of the reasons.")
    processes: int = Field(
        0, ge=0, description="Processes of tuning and backtests; 0: one a core. No result depends on it."
    )
    cache: Path = Field(Path("out/cache"), description="Folder of what a stopped tuning or backtest goes on from.")

    @field_validator("language", mode="before")
    @classmethod
    def _spelled(cls, value: object) -> object:
        """pt-BR is pt_BR, in any case of its letters."""
        spelled = {name.casefold(): name for name in get_args(Language)}
        return spelled.get(str(value).replace("-", "_").casefold(), value)

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Flags before the environment before the file."""
        return init_settings, env_settings, TomlConfigSettingsSource(settings_cls)

    def training(self) -> FitOptions:
        """What the training room takes of them."""
        processes = self.processes or os.cpu_count() or 1
        return FitOptions(self.trials, self.seed, self.mature, self.reasons, processes, self.cache)


def load_settings(**flags: Any) -> Settings:
    """The settings in force; a flag that is None was not given.

    Raises SettingsError for an unknown key, naming the nearest known one, and for a value that a key cannot have.
    """
    _refuse_unknown_variables()
    try:
        return Settings(**{name: value for name, value in flags.items() if value is not None})
    except ValidationError as error:
        raise SettingsError("; ".join(_told(each) for each in error.errors())) from None
    except ValueError as error:  # the file is no TOML
        raise SettingsError(f"{FILE} cannot be read: {error}") from None


def describe_settings() -> str:
    """The page of all settings, as Markdown."""
    rows = [
        f"| `{name}` | `{PREFIX}{name.upper()}` | `{field.default}` | {field.description} |"
        for name, field in Settings.model_fields.items()
    ]
    return "\n".join([_PAGE, *rows]) + "\n"


_PAGE = f"""# Settings

Made by `hotleads settings --describe`; do not edit.

A key in `{FILE}` of the working folder counts more than its default, a variable of the environment more than the
file, and a flag of a command more than both. `hotleads settings` shows what is in force. A key or a `{PREFIX}` variable
that is not in this table is refused; those of [the service](serving.md) begin with
`{_SERVING}`. `MLFLOW_TRACKING_URI` is MLflow's own (default: an SQLite file under `mlruns/`).

| key | variable | default | what it does |
|---|---|---|---|"""


def _refuse_unknown_variables() -> None:
    known = {PREFIX + name.upper() for name in Settings.model_fields}
    for variable in sorted(os.environ):
        name = variable.upper()
        if name.startswith(PREFIX) and not name.startswith(_SERVING) and name not in known:
            raise SettingsError(f"{variable} in the environment is no setting{_nearest(name, known)}")


def _told(error: Any) -> str:
    key = ".".join(str(part) for part in error["loc"])
    if error["type"] == "extra_forbidden":
        return f"{key} in {FILE} is no setting{_nearest(key, set(Settings.model_fields))}"
    said = error["msg"][:1].lower() + error["msg"][1:]
    return f"{key} (in {FILE}, {PREFIX}{key.upper()} or a flag): {said}, not {error['input']!r}"


def _nearest(name: str, known: set[str]) -> str:
    found = get_close_matches(name, sorted(known), n=1, cutoff=0)
    return f"; did you mean {found[0]}? 'hotleads settings --describe' lists all"
