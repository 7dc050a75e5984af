"""The second pass of batch scoring: scored rows with probability, score, tier, reasons and findings."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import pandas as pd
import pyarrow as pa
from numpy.typing import NDArray

from ..features import Context
from ..history import History, Launch
from ..history.progress import StageCallback
from ..language import Language
from .launch_profile import LaunchProfile
from .launch_quantiles import LaunchQuantiles
from .learned import TRAINED_ON_LAUNCH, mark_learned_leads
from .model import Model
from .predictions import LaunchPredictions, predict_launch
from .reason_text.formatter import ReasonFormatter
from .reason_text.sentences import TextOptions
from .reasons import REASONS_TYPE, build_reasons_array
from .tiers import TierPolicy, TierRule, compute_scores, tier_by_rate

#: The codes of findings, each with the leads that it concerns; None means all of them.
Findings = Mapping[str, Collection[str] | None]

#: Leads explained at once, which bounds the memory that contributions and sentences take.
_BLOCK_ROWS = 50_000


@dataclass(frozen=True)
class ScoringOptions:
    """What scored rows hold beside the score.

    Parameters
    ----------
    reasons : int
        The most reasons of a lead.
    language : {"en", "pt_BR"}
        The language of the reasons.
    findings : mapping of str to collection of str, optional
        Codes of findings, each with the leads that it concerns (None: all leads). They come beside those of the model's
        card, which hold for every lead.
    """

    reasons: int = 3
    language: Language = "en"
    findings: Findings | None = None


_DEFAULT_OPTIONS = ScoringOptions()


def score_launch(
    history: History,
    launch: Launch,
    model: Model,
    context: Context | None = None,
    *,
    tiers: TierPolicy | TierRule | None = None,
    options: ScoringOptions = _DEFAULT_OPTIONS,
) -> pd.DataFrame:
    """Score every lead of a launch, hottest first; the reasons compare a lead with the others.

    For a launch too large for one frame use ``predict_launch``, then ``build_scored_rows``.

    Parameters
    ----------
    history : History
    launch : Launch
    model : Model
    context : Context, optional
        By default that of the launch (``build_launch_context``).
    tiers : TierPolicy or TierRule, optional
        By default ``tier_by_rate``.
    options : ScoringOptions, optional

    Returns
    -------
    DataFrame
        One row a lead: ``launch_id, lead_id, as_of, probability, logit, score, tier, tier_policy, reasons, findings,
        model_version, feature_hash, context_hash``.

    Raises
    ------
    LaunchError
        The launch lacks what its cohort needs.

    Examples
    --------
    >>> score_launch(history, launch, model, tiers=tier_by_capacity(500))  # doctest: +SKIP
    """
    predictions = predict_launch(history, launch, model, context, tiers=tiers)
    return pd.concat(build_scored_rows(predictions, options=options), ignore_index=True)


def build_scored_rows(
    predictions: LaunchPredictions,
    *,
    options: ScoringOptions = _DEFAULT_OPTIONS,
    progress: StageCallback = lambda stage, done: None,
) -> Iterator[pd.DataFrame]:
    """Yield the rows of ``score_launch`` in blocks, hottest first.

    Parameters
    ----------
    predictions : LaunchPredictions
    options : ScoringOptions, optional
    progress : callable, optional
        Called with the stage and the number of leads done.

    Yields
    ------
    DataFrame
        At most 50,000 rows; a single one without rows where the launch has no leads.
    """
    profile, model = predictions.profile, predictions.model
    scorer = _build_scorer(model, profile.context, profile.policy, profile.quantiles, options)
    findings = {**(options.findings or {}), **_find_learned(predictions)}
    for start in range(0, max(len(predictions.order), 1), _BLOCK_ROWS):
        progress("reasons", start)
        positions = predictions.order[start : start + _BLOCK_ROWS]
        leads = predictions.leads.iloc[positions]
        rows = _score(scorer, leads["lead_id"], leads["as_of"], predictions.X[positions], findings)
        rows.insert(0, "launch_id", profile.launch.launch_id)
        yield rows


def score_features(
    table: pd.DataFrame,
    as_of: pd.Series,
    model: Model,
    profile: LaunchProfile | None = None,
    *,
    options: ScoringOptions = _DEFAULT_OPTIONS,
) -> pd.DataFrame:
    """Score the rows of a feature table.

    A lead gets the bits and words that it gets in its launch, if ``profile`` is that of the launch.

    Parameters
    ----------
    table : DataFrame
        One row a lead, with ``lead_id`` as index and the model's features as columns.
    as_of : Series
        The instant at which each lead is scored.
    model : Model
    profile : LaunchProfile, optional
        By default the model's own context and ``tier_by_rate``, and reasons compare with nobody.
    options : ScoringOptions, optional

    Returns
    -------
    DataFrame
        The columns of ``score_launch`` without ``launch_id``, in the table's order.
    """
    if profile is None:
        scorer = _build_scorer(model, model.context, tier_by_rate(model.context), None, options)
    else:
        scorer = _build_scorer(model, profile.context, profile.policy, profile.quantiles, options)
    return _score(scorer, table.index.to_series(), as_of, model.to_matrix(table), options.findings)


class _Scorer(NamedTuple):
    """What all rows of one scoring share."""

    model: Model
    context: Context
    policy: TierPolicy
    formatter: ReasonFormatter
    reasons: int


def _build_scorer(
    model: Model,
    context: Context,
    policy: TierPolicy,
    quantiles: LaunchQuantiles | None,
    options: ScoringOptions,
) -> _Scorer:
    text_options = TextOptions(options.language, context.currency, quantiles)
    return _Scorer(model, context, policy, ReasonFormatter(model.features, text_options), options.reasons)


def _score(
    scorer: _Scorer, lead_ids: pd.Series, as_of: pd.Series, X: NDArray[np.float64], findings: Findings | None
) -> pd.DataFrame:
    explanation = scorer.model.explain_matrix(X)
    probability = explanation.probability
    instants = as_of.astype("datetime64[us, UTC]")
    microseconds = instants.to_numpy("datetime64[us]").view(np.int64)
    reasons = build_reasons_array(scorer.formatter, X, explanation.contributions, scorer.reasons, microseconds)
    codes = dict.fromkeys(scorer.model.card.get("findings", ())) | dict(findings or {})
    return pd.DataFrame(
        {
            "lead_id": lead_ids.to_numpy(),
            "as_of": instants.array,
            "probability": probability,
            "logit": explanation.logit,
            "score": compute_scores(probability, scorer.context),
            "tier": scorer.policy.assign_tiers(probability),
            "tier_policy": scorer.policy.rule,
            "reasons": pd.Series(reasons, dtype=pd.ArrowDtype(REASONS_TYPE)),
            "findings": _build_findings(lead_ids, codes),
            "model_version": scorer.model.version,
            "feature_hash": scorer.model.feature_hash,
            "context_hash": scorer.context.hash,
        }
    )


def _find_learned(predictions: LaunchPredictions) -> Findings:
    """Return the finding of the leads whose outcomes the model may know, where there are any."""
    learned = mark_learned_leads(predictions.model, predictions.profile.launch, predictions.leads["as_of"])
    if not learned.any():
        return {}
    return {TRAINED_ON_LAUNCH: None if learned.all() else set(predictions.leads["lead_id"][learned])}


def _build_findings(lead_ids: pd.Series, findings: Findings) -> pd.Series:
    """Return for each lead the codes that concern it, in alphabetical order."""
    codes = sorted(findings)
    mask = np.ones((len(codes), len(lead_ids)), np.bool_)
    for i, code in enumerate(codes):
        concerned = findings[code]
        if concerned is not None:
            mask[i] = lead_ids.isin(concerned)
    offsets = np.r_[0, np.cumsum(mask.sum(axis=0))].astype(np.int32)
    values = pa.array(np.array(codes, dtype=object)[np.nonzero(mask.T)[1]], pa.string())
    lists = pa.ListArray.from_arrays(pa.array(offsets), values)
    return pd.Series(pd.arrays.ArrowExtensionArray(lists))
