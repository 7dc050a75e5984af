"""From the body of a request to its response: each lead is validated, prepared and scored, or has its own error."""

from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from typing import NamedTuple, TypeVar, cast

import numpy as np
from msgspec import UNSET
from numpy.typing import NDArray

from ...history import Launch
from ..learned import TRAINED_ON_LAUNCH
from .errors import MAX_PROBLEMS, ApiError
from .launch_scorer import LaunchScorer, format_timestamp
from .rows import ParsedLead
from .schemas import FeaturesResponse, LeadFeatures, RequestOptions, ScoredLead, ScoreResponse
from .scorer import Scorer
from .validation import LeadErrors, decode_valid, validate_each_lead

_Row = TypeVar("_Row", ScoredLead, LeadFeatures)
_Value = TypeVar("_Value")


class PreparedRequest(NamedTuple):
    """A request as far as it can be answered: the features of the valid leads, and the errors of the others."""

    launch_scorer: LaunchScorer
    size: int  # leads, valid or not
    positions: list[int]  # of ``leads`` in the request
    leads: list[ParsedLead]
    as_of: list[int]  # microseconds since 1970, UTC
    features: NDArray[np.float64]  # leads x features
    errors: LeadErrors
    options: RequestOptions


def prepare_request(scorer: Scorer, body: bytes, max_leads: int) -> PreparedRequest:
    """Return the request of a JSON body, ready to be scored.

    Parameters
    ----------
    scorer
        The model that answers.
    body
        The request's JSON.
    max_leads
        The most leads a request may have.

    Raises
    ------
    ApiError
        If no lead of the request can be answered.
    """
    if b"\\u0000" in body:
        raise ApiError(422, "invalid", "a text with a NUL character")
    options, requested_as_of, size, valid, errors = decode_valid(body) or validate_each_lead(body)
    if size > max_leads:
        raise ApiError(413, "too_many_leads", f"{size} leads; send at most {max_leads} a request", "leads")
    launch_scorer = _choose_launch_scorer(scorer, options)
    positions: list[int] = []
    leads: list[ParsedLead] = []
    as_of: list[int] = []
    for position, lead in valid.items():
        try:
            as_of.append(launch_scorer.resolve_as_of(lead, requested_as_of))
        except ApiError as error:
            errors[position] = lead.lead_id, error
            continue
        positions.append(position)
        leads.append(lead)
    encoded = launch_scorer.encode(leads)
    owners = launch_scorer.find_owners(encoded.ledger, as_of)
    if owners:
        errors |= {positions[owner]: (leads[owner].lead_id, _build_owner_error()) for owner in owners}
        positions, leads, as_of = _drop(owners, positions), _drop(owners, leads), _drop(owners, as_of)
        encoded = launch_scorer.encode(leads)
    if not leads:
        raise _merge_errors(errors)
    features = launch_scorer.compute_features(encoded.rows, as_of)
    return PreparedRequest(launch_scorer, size, positions, leads, as_of, features, errors, options)


def build_score_response(request: PreparedRequest) -> ScoreResponse:
    """Return a scored row, or an error, for each lead in the request's order.

    Parameters
    ----------
    request
        The request to score.
    """
    options = request.options
    rows = request.launch_scorer.score(
        request.leads, request.as_of, request.features, options.reasons, options.language
    )
    scored = cast(list[ScoredLead], rows)
    _add_findings(request, scored)
    leads = _insert_errors(request, scored)
    return cast(ScoreResponse, request.launch_scorer.header | {"leads": leads})


def build_features_response(request: PreparedRequest) -> FeaturesResponse:
    """Return what the model sees, or an error, for each lead in the request's order; null for a missing value.

    Parameters
    ----------
    request
        The request whose features are returned.
    """
    names = [feature.name for feature in request.launch_scorer.model.features]
    rows: list[LeadFeatures] = [
        {"lead_id": lead.lead_id, "as_of": format_timestamp(time), "features": dict(zip(names, values, strict=True))}
        for lead, time, values in zip(request.leads, request.as_of, _replace_missing(request.features), strict=True)
    ]
    leads = _insert_errors(request, rows)
    return cast(FeaturesResponse, request.launch_scorer.header | {"leads": leads})


def _add_findings(request: PreparedRequest, rows: list[ScoredLead]) -> None:
    """Say of a lead what its own rows leave in doubt: it came twice, or was captured after it is scored.

    In a perpetual launch a lead is scored when it is captured, and may well come back; there the model may have learned
    from one lead and not from another, and otherwise the response's header says so.
    """
    is_perpetual = request.launch_scorer.profile.launch.strategy == "perpetual"
    learned_until = request.launch_scorer.learned_until
    counts = Counter(lead.lead_id for lead in request.leads) if len(request.leads) > 1 else {}
    for row, lead, as_of in zip(rows, request.leads, request.as_of, strict=True):
        is_late = not is_perpetual and bool(lead.captures) and lead.captures[-1].captured_at >= as_of
        codes = ["capture-after-as-of"] if is_late else []
        if counts and counts[lead.lead_id] > 1:
            codes.append("duplicate-lead")
        if learned_until is not None and as_of < learned_until:
            codes.append(TRAINED_ON_LAUNCH)
        if codes:
            row["findings"] = codes


def _insert_errors(request: PreparedRequest, rows: list[_Row]) -> list[_Row]:
    if not request.errors:
        return rows
    all_rows: list[_Row] = [{}] * request.size
    for position, row in zip(request.positions, rows, strict=True):
        all_rows[position] = row
    for position, (lead_id, error) in request.errors.items():
        all_rows[position] = cast(_Row, {"lead_id": lead_id, "error": error.to_json()})
    return all_rows


def _choose_launch_scorer(scorer: Scorer, options: RequestOptions) -> LaunchScorer:
    launch_id, launch, product_id = options.launch_id, options.launch, options.product_id
    given = [name for name in ("launch_id", "launch", "product_id") if getattr(options, name) is not UNSET]
    if len(given) != 1:
        path = given[-1] if given else "launch_id"
        raise ApiError(422, "invalid", "give one of launch_id, launch and product_id", path)
    if launch_id:
        return scorer.get_launch_scorer(launch_id)
    if product_id:
        return scorer.build_launch_scorer(Launch("", "classic", product_id, None))
    assert launch
    return scorer.build_launch_scorer(
        Launch(launch.launch_id, launch.strategy, launch.product_id or None, launch.entry_product_id or None)
    )


def _build_owner_error() -> ApiError:
    return ApiError(422, "owner", "the lead owns the launch's product at as_of; owners are not scored")


def _drop(positions: Collection[int], values: Sequence[_Value]) -> list[_Value]:
    dropped = set(positions)
    return [value for position, value in enumerate(values) if position not in dropped]


def _merge_errors(lead_errors: LeadErrors) -> ApiError:
    """Return the error of a request without a valid lead: that of its only lead, or the problems of all together."""
    errors = [error for _, error in lead_errors.values()]
    if len(errors) == 1:
        return errors[0]
    return ApiError.from_problems([problem for error in errors for problem in error.problems][:MAX_PROBLEMS])


def _replace_missing(features: NDArray[np.float64]) -> Iterator[list[float | None]]:
    """Yield each lead's values, None for NaN."""
    missing = np.isnan(features)
    for row, is_missing in zip(features.astype(object), missing, strict=True):
        row[is_missing] = None
        yield row.tolist()
