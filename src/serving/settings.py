"""The service's settings: environment variables ``HOTLEADS_SERVING_<NAME>``."""

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict

#: The value that turns keys, or the rate limit, off for other machines too.
OFF = "off"
DEFAULT_RATE = "50/second"


class ServingSettings(BaseSettings):
    """The service's settings; keys are secrets and come from the environment alone."""

    model_config = SettingsConfigDict(env_prefix="HOTLEADS_SERVING_", extra="ignore")

    model: str = Field(
        default="models:/hotleads@champion", description="Model folder, or MLflow URI of a model or alias."
    )
    shadow: str = Field(default="", description="A second model that scores beside the first; empty: none.")
    shadow_records: str = Field(
        default="", description="Folder for both models' probabilities, lead by lead; empty: none."
    )
    poll_seconds: float = Field(
        default=10.0, gt=0, description="How often to look for a new champion and for scored launches."
    )
    keys: str = Field(default="", repr=False, description="Keys, separated by commas; off: none are needed.")
    rate: str = Field(default="", description="Requests a client, such as 50/second; off: no limit.")
    max_body_bytes: int = Field(default=8_000_000, gt=0, description="Largest request.")
    max_leads: int = Field(default=5_000, gt=0, description="Most leads a request.")
    log_requests: bool = Field(default=True, description="One line of JSON a request on standard output.")
    tracing: bool = Field(default=False, description="Spans of OpenTelemetry, as BentoML's configuration has them.")

    @property
    def key_list(self) -> list[str]:
        """The keys that are accepted."""
        return [] if self.keys == OFF else [key.strip() for key in self.keys.split(",") if key.strip()]

    @property
    def allows_anonymous(self) -> bool:
        """Whether other machines may send requests without a key."""
        return self.keys == OFF

    def get_rate(self, is_local: bool) -> str | None:
        """Return the limit of a client on this machine, or on another."""
        if self.rate == OFF or (not self.rate and is_local):
            return None
        return self.rate or DEFAULT_RATE
