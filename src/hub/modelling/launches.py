"""Launches as the lab knows them: which are open, when their leads are scored, and the owner's tiers."""

from datetime import datetime
from typing import Any, cast

from ...history.launch import Launch as LabLaunch
from ...language import Phrase, get_message
from ...scoring import TierPolicy, TierRule, tier_by_capacity, tier_by_probability, tier_by_profit
from ..clock import get_now
from ..errors import HubError
from ..models import Launch

_FIELDS = ("capture_starts_at", "capture_ends_at", "cart_opens_at", "cart_closes_at", "horizon_days")


class TierPolicyError(HubError):
    """A launch's tiers are none of the rules that there are."""

    code = "tier-policy"


def build_lab_launch(launch: Launch) -> LabLaunch:
    """Return a launch as a history has it."""
    return LabLaunch(
        launch.key,
        launch.strategy,
        launch.product_id or None,
        launch.entry_product_id or None,
        **{name: getattr(launch, name) for name in _FIELDS},
    )


def list_open_launches() -> list[Launch]:
    """Return the launches whose leads are scored: their capture has begun, and their last window is not over."""
    now = get_now()
    return [launch for launch in Launch.objects.filter(archived_at=None).order_by("pk") if _is_open(launch, now)]


def _is_open(launch: Launch, now: datetime) -> bool:
    described = build_lab_launch(launch)
    if described.problem is not None:
        return False
    begins_at = described.capture_starts_at
    return (begins_at is None or begins_at <= now) and now < described.closes_at


def choose_opening(launch: LabLaunch) -> LabLaunch:
    """Return a launch as it is scored now: one whose cart is yet to open as if it opened at this instant."""
    now = get_now()
    return launch.with_opening(now) if launch.strategy != "perpetual" and now < launch.as_of else launch


def build_tiers(launch: Launch) -> TierPolicy | TierRule | None:
    """Return the tiers that the owner gave a launch, or None for the usual ones.

    ``Launch.tier_policy`` is empty or one of ``{"rule": "capacity", "leads": 200}``, ``{"rule": "probability",
    "hot": 0.2, "warm": 0.1}`` and ``{"rule": "profit", "price": 497, "margin": 0.8, "contact_cost": 6}``. Raises
    TierPolicyError for anything else.
    """
    policy = cast(dict[str, Any], launch.tier_policy)
    if not policy:
        return None
    rules = {"capacity": tier_by_capacity, "probability": tier_by_probability, "profit": tier_by_profit}
    values = {name: value for name, value in policy.items() if name != "rule"}
    try:
        return rules[policy["rule"]](**values)  # type: ignore[operator, no-any-return]
    except (KeyError, TypeError, ValueError) as error:
        raise TierPolicyError(
            Phrase(
                "launch {key} has tiers that are none ({error}); choose them anew",
                key=launch.key,
                error=get_message(error),
            )
        ) from None
