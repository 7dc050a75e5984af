"""The nine switches: what can be made to go wrong, each off by default."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass

DRIFTS = ("prior-shift", "covariate-shift", "campaign-mix")
DEFECTS = (
    "broken-pixel",
    "leaked-column",
    "duplicated-people",
    "wrong-time-zone",
    "mixed-currencies",
    "late-rows",
)


@dataclass(frozen=True)
class Switches:
    """Which drifts and defects are on."""

    prior_shift: bool = False
    covariate_shift: bool = False
    campaign_mix: bool = False
    broken_pixel: bool = False
    leaked_column: bool = False
    duplicated_people: bool = False
    wrong_time_zone: bool = False
    mixed_currencies: bool = False
    late_rows: bool = False

    @classmethod
    def from_names(cls, drift: Sequence[str], defects: Sequence[str]) -> "Switches":
        """Read the names as a person writes them; raises ``ValueError`` naming the unknown one and the choices."""
        fields = {name: _check_choices(name, "drift", DRIFTS) for name in drift}
        fields |= {name: _check_choices(name, "defect", DEFECTS) for name in defects}
        return cls(**dict.fromkeys(fields.values(), True))

    def as_dict(self) -> dict[str, bool]:
        """Return all nine by name."""
        return asdict(self)


def _check_choices(name: str, kind: str, choices: Sequence[str]) -> str:
    written = name.strip().lower().replace("_", "-")
    if written not in choices:
        raise ValueError(f"unknown {kind} {name!r}: choose from {', '.join(choices)}")
    return written.replace("-", "_")
