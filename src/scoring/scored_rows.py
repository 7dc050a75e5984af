"""Scored rows: a launch's leads with probability, score, tier and reasons."""

from collections.abc import Collection, Iterator, Mapping
from typing import NamedTuple

import numpy as np
import pandas as pd
import pyarrow as pa
from numpy.typing import NDArray

from ..features import Context
from ..history import History, Launch
from .model import Model
from .predictions import LaunchPredictions, ProgressCallback, predict_launch
from .reason_text.formatter import ReasonFormatter
from .reason_text.messages import Language
from .reason_text.sentences import TextOptions
from .reasons import REASONS_TYPE, build_reasons_array
from .tiers import TierPolicy, TierRule, compute_scores, tier_by_rate

#: Codes of findings, each with the leads that it concerns; None means all of the launch.
Findings = Mapping[str, Collection[str] | None]

#: Leads explained at once: bounds the memory that contributions and sentences take.
_BLOCK = 50_000


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
) -> pd.DataFrame:
    """Every lead of the launch, hottest first; its reasons compare it with the others.

    ``context`` defaults to the launch's own, ``tiers`` to ``by_rate``. ``findings`` come beside those of the model's
    card, which hold for every lead. For a launch too large for one frame: ``rank_launch``, then ``scored_rows``.

    Columns: ``launch_id, lead_id, as_of, probability, logit, score, tier, tier_policy, reasons, findings,
    model_version, feature_hash, context_hash``. Raises LaunchError.
    """
    ranked = predict_launch(history, launch, model, context, tiers=tiers)
    return pd.concat(
        build_scored_rows(ranked, reasons=reasons, language=language, findings=findings), ignore_index=True
    )


def build_scored_rows(
    ranked: LaunchPredictions,
    *,
    reasons: int = 3,
    language: Language = "en",
    findings: Findings | None = None,
    progress: ProgressCallback = lambda stage, done: None,
) -> Iterator[pd.DataFrame]:
    """The rows of ``score_launch`` in blocks, hottest first; one without rows where the launch has no leads."""
    facts, model = ranked.profile, ranked.model
    wording = TextOptions(language, facts.context.currency, facts.quantiles)
    scorer = _Scorer(model, facts.context, facts.policy, ReasonFormatter(model.features, wording), reasons)
    for start in range(0, max(len(ranked.order), 1), _BLOCK):
        progress("reasons", start)
        places = ranked.order[start : start + _BLOCK]
        leads = ranked.leads.iloc[places]
        rows = _score(scorer, leads["lead_id"], leads["as_of"], ranked.X[places], findings)
        rows.insert(0, "launch_id", facts.launch.launch_id)
        yield rows


def score_features(
    table: pd.DataFrame,
    as_of: pd.Series,
    model: Model,
    context: Context | None = None,
    *,
    reasons: int = 3,
    wording: TextOptions | None = None,
    tiers: TierPolicy | None = None,
    findings: Findings | None = None,
) -> pd.DataFrame:
    """Scored rows of a feature table (index ``lead_id``) in its order, without ``launch_id``.

    A lead gets the bits and words that it gets in its launch under equal ``wording``, whose quantiles come from
    ``launch_quantiles``; by default it is told in English and compared with nobody.
    """
    context = context or model.context
    wording = wording or TextOptions(currency=context.currency)
    scorer = _Scorer(model, context, tiers or tier_by_rate(context), ReasonFormatter(model.features, wording), reasons)
    return _score(scorer, table.index.to_series(), as_of, model.to_matrix(table), findings)


class _Scorer(NamedTuple):
    """What all rows of one scoring share."""

    model: Model
    context: Context
    policy: TierPolicy
    teller: ReasonFormatter
    reasons: int


def _score(
    scorer: _Scorer, lead_ids: pd.Series, as_of: pd.Series, X: NDArray[np.float64], findings: Findings | None
) -> pd.DataFrame:
    explained = scorer.model.explain_matrix(X)
    probability = explained.probability
    instants = as_of.astype("datetime64[us, UTC]")
    microseconds = instants.to_numpy("datetime64[us]").view(np.int64)
    told = build_reasons_array(scorer.teller, X, explained.contributions, scorer.reasons, microseconds)
    codes = dict.fromkeys(scorer.model.card.get("findings", ())) | dict(findings or {})
    return pd.DataFrame(
        {
            "lead_id": lead_ids.to_numpy(),
            "as_of": instants.array,
            "probability": probability,
            "logit": explained.logit,
            "score": compute_scores(probability, scorer.context),
            "tier": scorer.policy.assign_tiers(probability),
            "tier_policy": scorer.policy.rule,
            "reasons": pd.Series(told, dtype=pd.ArrowDtype(REASONS_TYPE)),
            "findings": _findings_of(lead_ids, codes),
            "model_version": scorer.model.version,
            "feature_hash": scorer.model.feature_hash,
            "context_hash": scorer.context.hash,
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
