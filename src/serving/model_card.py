"""The champion's card for people and programs: what it learned from, how good it is, what it asks and where it ends."""

from typing import Any

from ..scoring.online.scorer import Scorer


def build_model_card(scorer: Scorer) -> dict[str, Any]:
    """What ``GET /model`` answers."""
    model, card = scorer.model, dict(scorer.model.card)
    return {
        "model_version": model.version,
        "feature_hash": model.feature_hash,
        "context_hash": model.context.hash,
        "source": scorer.source,
        "card": card,
        "features": [
            {"name": feature.name, "family": feature.family, "unit": feature.unit, "description": feature.description}
            for feature in model.features
        ],
        "launches": {
            name: {
                "strategy": facts.launch.strategy,
                "product_id": facts.launch.product_id,
                "context_hash": facts.context.hash,
                "tier_policy": facts.policy.rule,
                "compared_with_leads": facts.quantiles.leads if facts.quantiles else None,
            }
            for name, facts in scorer.launches.items()
        },
        "limits": [
            "Scores say how likely a purchase is inside the launch's window, not whether a contact changes that.",
            "A launch that no batch has scored is scored in the model's own context and compared with nobody.",
            "Amounts count in the context's currency; no rates convert them here.",
        ],
    }
