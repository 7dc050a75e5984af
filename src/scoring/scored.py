"""Scored rows: a launch's leads with probability, score, tier and reasons."""

from collections.abc import Callable, Collection, Mapping

import numpy as np
import pandas as pd
import pyarrow as pa
from numpy.typing import NDArray

from features import Context, build_context, features_of
from history import History, Launch, cohort
from scoring.comparison import launch_quantiles
from scoring.launch_facts import LaunchFacts
from scoring.model import Model, probabilities
from scoring.reasons import REASONS_TYPE, top_reasons
from scoring.telling import Teller
from scoring.tiers import TierPolicy, TierRule, by_rate, scores
from scoring.vocabulary import Language
from scoring.wording import Wording

#: Codes of findings, each with the leads that it concerns; None means all of the launch.
Findings = Mapping[str, Collection[str] | None]

#: Leads explained at once: bounds the memory that contributions take.
_BLOCK = 50_000


def launch_context(history: History, launch: Launch, model: Model) -> Context:
    """What is known when the launch opens, with the model's currency and reference distribution."""
    context = build_context(history, launch.as_of, currency=model.context.currency)
    return context.with_reference(model.context.reference_rate, model.context.reference_quantiles)


def score_launch(
    history: History,
    launch: Launch,
    model: Model,
    context: Context | None = None,
    *,
    reasons: int = 3,
    language: Language = "en",
    tiers: TierPolicy | TierRule | None = None,
    findings: Findings | None = None,
    tell_facts: Callable[[LaunchFacts], None] = lambda facts: None,
) -> pd.DataFrame:
    """Every lead of the launch, hottest first; its reasons compare it with the others.

    ``context`` defaults to the launch's own, ``tiers`` to ``by_rate``. ``findings`` come beside those of the model's
    card, which hold for every lead. ``tell_facts`` is told what a later scoring of a single lead must know.

    Columns: ``launch_id, lead_id, as_of, probability, logit, score, tier, tier_policy, reasons, findings,
    model_version, feature_hash, context_hash``. Raises LaunchError.
    """
    leads = cohort(history, launch)
    context = context or launch_context(history, launch, model)
    table = features_of(history, launch, leads, context, model.features)
    # A perpetual lead must not be compared with those who come after it.
    compared = None if launch.strategy == "perpetual" else launch_quantiles(table, model.features)
    wording = Wording(language, context.currency, compared)
    # Ordered before the reasons are made: sorting a million finished rows would hold their reasons twice. The cohort is
    # ordered by lead, so a stable sort leaves equal probabilities in that order.
    probability = probabilities(model.logits(table))
    order = np.argsort(-probability, kind="stable")
    policy = tiers(probability, context) if callable(tiers) else tiers or by_rate(context)
    tell_facts(LaunchFacts(launch, context, policy, compared))
    scored = _score_rows(table, leads["as_of"], order, model, context, reasons, wording, policy, findings)
    scored.insert(0, "launch_id", launch.launch_id)
    return scored


def score_table(
    table: pd.DataFrame,
    as_of: pd.Series,
    model: Model,
    context: Context | None = None,
    *,
    reasons: int = 3,
    wording: Wording | None = None,
    tiers: TierPolicy | None = None,
    findings: Findings | None = None,
) -> pd.DataFrame:
    """Scored rows of a feature table (index ``lead_id``) in its order, without ``launch_id``.

    A lead gets the bits and words that it gets in its launch under equal ``wording``, whose quantiles come from
    ``launch_quantiles``; by default it is told in English and compared with nobody.
    """
    context = context or model.context
    wording = wording or Wording(currency=context.currency)
    return _score_rows(table, as_of, np.arange(len(table)), model, context, reasons, wording, tiers, findings)


def _score_rows(
    table: pd.DataFrame,
    as_of: pd.Series,
    order: NDArray[np.int64],
    model: Model,
    context: Context,
    reasons: int,
    wording: Wording,
    tiers: TierPolicy | None,
    findings: Findings | None,
) -> pd.DataFrame:
    as_of = as_of.astype("datetime64[us, UTC]")
    policy = tiers or by_rate(context)
    parts = [order[start : start + _BLOCK] for start in range(0, max(len(table), 1), _BLOCK)]
    teller = Teller(model.features, wording)
    blocks = [
        _score_block(table.iloc[part], as_of.iloc[part], model, context, reasons, teller, policy) for part in parts
    ]
    scored = pd.concat(blocks, ignore_index=True)
    codes = dict.fromkeys(model.card.get("findings", ())) | dict(findings or {})
    scored.insert(list(scored).index("reasons") + 1, "findings", _findings_of(scored["lead_id"], codes))
    return scored


def _score_block(
    table: pd.DataFrame,
    as_of: pd.Series,
    model: Model,
    context: Context,
    reasons: int,
    teller: Teller,
    policy: TierPolicy,
) -> pd.DataFrame:
    values = model.matrix(table)
    explained = model.explain_matrix(values)
    probability = probabilities(explained.logit)
    instants = as_of.dt.tz_localize(None).to_numpy()
    told = top_reasons(teller, values, explained.contributions, reasons, instants)
    return pd.DataFrame(
        {
            "lead_id": table.index.to_numpy(),
            "as_of": as_of.array,
            "probability": probability,
            "logit": explained.logit,
            "score": scores(probability, context),
            "tier": policy.tiers(probability),
            "tier_policy": policy.rule,
            "reasons": pd.Series(told, dtype=pd.ArrowDtype(REASONS_TYPE)),
            "model_version": model.version,
            "feature_hash": model.feature_hash,
            "context_hash": context.hash,
        }
    )


def _findings_of(lead_ids: pd.Series, codes: Findings) -> pd.Series:
    """For each lead the codes that concern it, in alphabetical order."""
    names, mask = sorted(codes), np.ones((len(codes), len(lead_ids)), np.bool_)
    for place, name in enumerate(names):
        concerned = codes[name]
        if concerned is not None:
            mask[place] = lead_ids.isin(concerned)
    offsets = np.r_[0, np.cumsum(mask.sum(axis=0))].astype(np.int32)
    values = pa.array(np.array(names, dtype=object)[np.nonzero(mask.T)[1]], pa.string())
    found = pa.ListArray.from_arrays(pa.array(offsets), values)
    return pd.Series(pd.arrays.ArrowExtensionArray(found))
