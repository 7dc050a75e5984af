"""The model card of ``GET /model``: what the model learned from, how good it is, its features and its limits."""

from ..scoring.online.scorer import Scorer


def build_model_card(scorer: Scorer) -> dict[str, object]:
    """Return what ``GET /model`` answers.

    Parameters
    ----------
    scorer
        The model that answers.
    """
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
            launch_id: {
                "strategy": profile.launch.strategy,
                "product_id": profile.launch.product_id,
                "context_hash": profile.context.hash,
                "tier_policy": profile.policy.rule,
                "compared_with_leads": profile.quantiles.leads if profile.quantiles else None,
            }
            for launch_id, profile in scorer.launches.items()
        },
        "limits": [
            "Scores say how likely a purchase is inside the launch's window, not whether a contact changes that.",
            "A launch that no batch has scored is scored in the model's own context and compared with nobody.",
            "Amounts count in the context's currency; no rates convert them here.",
        ],
    }
