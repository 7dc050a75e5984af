"""Build the rule of the tiers, and the economics of a sale, from the flags of `hotleads score`."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ...scoring import Economics, TierPolicy, TierRule


def build_tier_rule(
    hot: float | None, warm: float | None, capacity: int | None, economics: Economics | None
) -> TierPolicy | TierRule | None:
    """Return the rule: by probability, by capacity, or by profit where a contact costs something; None: the default.

    Raises ValueError for more than one rule, half of one, or thresholds that contradict each other.
    """
    from ...scoring import tier_by_capacity, tier_by_probability, tier_by_profit

    by_probability = hot is not None or warm is not None
    if by_probability and capacity is not None:
        raise ValueError("give --hot and --warm, or --capacity, not both")
    if capacity is not None:
        return tier_by_capacity(capacity)
    if by_probability:
        if hot is None or warm is None:
            raise ValueError("give both --hot and --warm")
        return tier_by_probability(hot, warm)
    if economics is not None and economics.contact_cost:
        return tier_by_profit(economics.price, economics.margin, economics.contact_cost)
    return None


def build_economics(price: float | None, margin: float | None, contact_cost: float | None) -> Economics | None:
    """Return what a sale brings and a contact costs; None where no price is given. Raises ValueError."""
    from ...scoring import Economics

    if price is None:
        if margin is not None or contact_cost is not None:
            raise ValueError("--margin and --contact-cost need a --price")
        return None
    return Economics(price, 1.0 if margin is None else margin, contact_cost or 0.0)
