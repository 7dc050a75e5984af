"""From the body of a request to its answer: each lead checked, prepared and scored, or refused on its own."""

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

import numpy as np
from msgspec import UNSET
from numpy.typing import NDArray

from ...history import Launch
from .errors import ApiError
from .reading import Request
from .rows import ParsedLead
from .scorer import LaunchScorer, Scorer, format_timestamp
from .validation import LeadErrors, decode_valid, validate_each_lead

_MOST_PROBLEMS = 20


class PreparedRequest(NamedTuple):
    """A request as far as it can be answered: the good leads by their place, and what is wrong with the others."""

    prepared: LaunchScorer
    size: int
    places: list[int]
    leads: list[ParsedLead]
    as_of: list[int]
    values: NDArray[np.float64]  # leads x features
    refused: LeadErrors
    request: Request


def prepare_request(scorer: Scorer, body: bytes, most_leads: int) -> PreparedRequest:
    """The request that ``body`` is. Raises Refusal where none of it can be answered."""
    if b"\\u0000" in body:
        raise ApiError(422, "invalid", "a text with a NUL character")
    request, default, count, found, refused = decode_valid(body) or validate_each_lead(body)
    if count > most_leads:
        raise ApiError(413, "too_many_leads", f"{count} leads; send at most {most_leads} a request", "leads")
    prepared = _prepared(scorer, request)
    places: list[int] = []
    leads: list[ParsedLead] = []
    as_of: list[int] = []
    for place, lead in found.items():
        try:
            as_of.append(prepared.as_of(lead, default))
        except ApiError as error:
            refused[place] = lead.lead_id, error
            continue
        places.append(place)
        leads.append(lead)
    ledger, rows = prepared.rows(leads)
    owners = prepared.find_owners(ledger, as_of)
    if owners:
        refused |= {places[owner]: (leads[owner].lead_id, _owner()) for owner in owners}
        places, leads, as_of = (_without(owners, found) for found in (places, leads, as_of))
        _, rows = prepared.rows(leads)
    if not leads:
        raise _all_refused(refused)
    return PreparedRequest(prepared, count, places, leads, as_of, prepared.features(rows, as_of), refused, request)


def _owner() -> ApiError:
    return ApiError(422, "owner", "the lead owns the launch's product at as_of; owners are not scored")


def _without(places: Sequence[int], values: Sequence[Any]) -> list[Any]:
    left_out = set(places)
    return [value for place, value in enumerate(values) if place not in left_out]


def build_score_response(found: PreparedRequest) -> dict[str, Any]:
    """A scored row, or an error, for each lead in the request's order."""
    request = found.request
    rows = found.prepared.scored(found.leads, found.as_of, found.values, request.reasons, request.language)
    return _answer(found, rows)


def build_features_response(found: PreparedRequest) -> dict[str, Any]:
    """What the model sees of each lead: feature -> value, null where there is none."""
    names = [feature.name for feature in found.prepared.model.features]
    rows = [
        {"lead_id": lead.lead_id, "as_of": format_timestamp(at), "features": dict(zip(names, values, strict=True))}
        for lead, at, values in zip(found.leads, found.as_of, _or_none(found.values), strict=True)
    ]
    return _answer(found, rows)


def _answer(found: PreparedRequest, rows: list[dict[str, Any]]) -> dict[str, Any]:
    if found.refused:
        in_order: list[dict[str, Any]] = [{}] * found.size
        for place, row in zip(found.places, rows, strict=True):
            in_order[place] = row
        for place, (lead_id, error) in found.refused.items():
            in_order[place] = {"lead_id": lead_id, "error": error.body()}
        rows = in_order
    return found.prepared.header | {"leads": rows}


def _prepared(scorer: Scorer, request: Request) -> LaunchScorer:
    """The one of the three ways to say what for that the request has."""
    launch_id, launch, product_id = request.launch_id, request.launch, request.product_id
    given = [name for name in ("launch_id", "launch", "product_id") if getattr(request, name) is not UNSET]
    if len(given) != 1:
        raise ApiError(
            422, "invalid", "give one of launch_id, launch and product_id", given[-1] if given else "launch_id"
        )
    if launch_id:
        return scorer.of_launch(launch_id)
    if product_id:
        return scorer.of_other(Launch("", "classic", product_id, None))
    assert launch
    return scorer.of_other(
        Launch(launch.launch_id, launch.strategy, launch.product_id or None, launch.entry_product_id or None)
    )


def _all_refused(refused: dict[int, tuple[str | None, ApiError]]) -> ApiError:
    """One lead's own refusal, or all their problems together."""
    errors = [error for _, error in refused.values()]
    if len(errors) == 1:
        return errors[0]
    together = ApiError(422, "invalid", "")
    together.problems = [problem for error in errors for problem in error.problems][:_MOST_PROBLEMS]
    return together


def _or_none(values: NDArray[np.float64]) -> Iterator[list[float | None]]:
    missing = np.isnan(values)
    for row, gaps in zip(values.astype(object), missing, strict=True):
        row[gaps] = None
        yield row.tolist()
