"""Scored rows: a launch's leads with probability, score, tier and reasons."""

import numpy as np
import pandas as pd

from features import Context, features_of
from history import History, Launch, cohort
from scoring.model import Model, probabilities
from scoring.reasons import top_reasons
from scoring.tiers import TIER_POLICY, scores, tiers

#: Leads explained at once: bounds the memory that contributions take.
_BLOCK = 50_000


def score_launch(history: History, launch: Launch, model: Model, *, reasons: int = 3) -> pd.DataFrame:
    """Every lead of the launch, hottest first.

    Columns: ``launch_id, lead_id, as_of, probability, logit, score, tier, tier_policy, reasons, model_version,
    feature_hash, context_hash``. Raises LaunchError.
    """
    leads = cohort(history, launch)
    table = features_of(history, launch, leads, model.context, model.features)
    scored = score_table(table, leads["as_of"], model, reasons=reasons)
    scored.insert(0, "launch_id", launch.launch_id)
    return scored.sort_values(["probability", "lead_id"], ascending=[False, True], ignore_index=True)


def score_table(table: pd.DataFrame, as_of: pd.Series, model: Model, *, reasons: int = 3) -> pd.DataFrame:
    """Scored rows of a feature table (index ``lead_id``) in its order, without ``launch_id``."""
    blocks = [
        _score_block(table.iloc[start : start + _BLOCK], model, model.context, reasons)
        for start in range(0, max(len(table), 1), _BLOCK)
    ]
    scored = pd.concat(blocks, ignore_index=True)
    scored.insert(1, "as_of", as_of.to_numpy())
    scored["as_of"] = scored["as_of"].astype("datetime64[us, UTC]")
    return scored


def _score_block(table: pd.DataFrame, model: Model, context: Context, reasons: int) -> pd.DataFrame:
    explained = model.explain(table)
    probability = probabilities(explained.logit)
    names = [feature.name for feature in model.features]
    values = table[names].to_numpy(np.float64)
    told = top_reasons(model.features, values, explained.contributions, reasons, context.currency)
    return pd.DataFrame(
        {
            "lead_id": table.index.to_numpy(),
            "probability": probability,
            "logit": explained.logit,
            "score": scores(probability, context),
            "tier": tiers(probability, context),
            "tier_policy": TIER_POLICY,
            "reasons": pd.Series(told, dtype=object),
            "model_version": model.version,
            "feature_hash": model.feature_hash,
            "context_hash": context.hash,
        }
    )
