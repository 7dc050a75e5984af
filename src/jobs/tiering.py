"""From what a person asks of the tiers to a policy."""

from ..scoring import Economics, TierPolicy, TierRule, tier_by_capacity, tier_by_probability, tier_by_profit


def tiering(
    hot: float | None, warm: float | None, capacity: int | None, economics: Economics | None
) -> TierPolicy | TierRule | None:
    """The policy asked for: bands, a capacity, or where a contact costs something, profit; None: the default.

    Raises ValueError for more than one choice, half of one, or thresholds that contradict each other.
    """
    bands = hot is not None or warm is not None
    if bands and capacity is not None:
        raise ValueError("give --hot and --warm, or --capacity, not both")
    if capacity is not None:
        return tier_by_capacity(capacity)
    if bands:
        if hot is None or warm is None:
            raise ValueError("bands need both --hot and --warm")
        return tier_by_probability(hot, warm)
    if economics is not None and economics.contact_cost:
        return tier_by_profit(economics.price, economics.margin, economics.contact_cost)
    return None


def economics(price: float | None, margin: float | None, contact_cost: float | None) -> Economics | None:
    """What a sale brings and a contact costs; None where no price is named. Raises ValueError."""
    if price is None:
        if margin is not None or contact_cost is not None:
            raise ValueError("--margin and --contact-cost need a --price")
        return None
    return Economics(price, 1.0 if margin is None else margin, contact_cost or 0.0)
