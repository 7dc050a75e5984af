"""What of a request can be answered: read at once where all of it is good, else by the contract, lead by lead."""

from collections.abc import Iterator
from typing import Any, NamedTuple

from msgspec import UNSET, MsgspecError, convert
from pydantic import ValidationError

from .contract import ENVELOPE, LEAD, REQUEST
from .errors import ApiError, refusal
from .reading import READER, Lead, Request
from .rows import ParsedLead, parse_leads, parse_timestamp

#: By their place in the request: the leads that are not answered, with their ids, and why.
LeadErrors = dict[int, tuple[str | None, ApiError]]


class ValidatedRequest(NamedTuple):
    """A request, its good leads by their place, and what is wrong with the others."""

    request: Request
    as_of: int | None
    size: int
    leads: dict[int, ParsedLead]
    refused: LeadErrors


def decode_valid(body: bytes) -> ValidatedRequest | None:
    """A request that is good in all its parts; None where there is any doubt."""
    try:
        request = READER.decode(body)
        as_of = _as_of(request)
        leads = dict(enumerate(parse_leads(request.leads, [""] * len(request.leads))))
    except (MsgspecError, UnicodeDecodeError, ApiError):
        return None
    return (
        ValidatedRequest(request, as_of, len(leads), leads, {}) if leads and all(map(_is_bare, _ids(request))) else None
    )


def validate_each_lead(body: bytes) -> ValidatedRequest:
    """The request as the contract has it, lead by lead where something is wrong. Raises Refusal for the whole."""
    valid, refused = _checked(body)
    request = convert(valid | {"leads": []}, Request)
    as_of = _as_of(request)
    leads: dict[int, ParsedLead] = {}
    for place, lead in enumerate(valid["leads"]):
        if place not in refused:
            try:
                leads[place] = parse_leads([convert(lead, Lead)], [f"leads.{place}"])[0]
            except ApiError as error:
                refused[place] = lead["lead_id"], error
    return ValidatedRequest(request, as_of, len(valid["leads"]), leads, refused)


def _as_of(request: Request) -> int | None:
    return None if request.as_of is UNSET else parse_timestamp(request.as_of, "as_of")


def _checked(body: bytes) -> tuple[dict[str, Any], LeadErrors]:
    try:
        return dict(REQUEST.validate_json(body)), {}
    except ValidationError as error:
        whole = error
    try:
        envelope: dict[str, Any] = dict(ENVELOPE.validate_json(body))
    except ValidationError as error:
        raise refusal(error) from None
    refused: LeadErrors = {}
    for place, lead in enumerate(envelope["leads"]):
        try:
            envelope["leads"][place] = LEAD.validate_python(lead)
        except ValidationError as error:
            refused[place] = _id_of(lead), refusal(error, ("leads", place))
        except RecursionError:
            raise refusal(whole) from None
    return envelope, refused


def _ids(request: Request) -> Iterator[str | None]:
    yield from (request.launch_id or None, request.product_id or None)
    if request.launch:
        yield from (request.launch.launch_id, request.launch.product_id, request.launch.entry_product_id)


def _is_bare(text: str | None) -> bool:
    return text is None or text == text.strip()


def _id_of(lead: Any) -> str | None:
    found = lead.get("lead_id") if isinstance(lead, dict) else None
    return found[:500] if isinstance(found, str) else None
