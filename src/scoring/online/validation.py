"""Which leads of a request can be answered: decoded at once if all is valid, else validated lead by lead."""

from typing import Any, NamedTuple, cast

from msgspec import UNSET, MsgspecError, Struct, convert, inspect
from msgspec.json import Decoder
from pydantic_core import CoreSchema, SchemaValidator, ValidationError, core_schema

from .errors import ApiError
from .rows import ParsedLead, parse_leads, parse_timestamp
from .schemas import MAX_ID_CHARACTERS, Lead, RequestOptions, ScoreRequest

#: The leads that are not answered, by their position in the request: lead id, if it has one, and error.
LeadErrors = dict[int, tuple[str | None, ApiError]]


class ValidatedRequest(NamedTuple):
    """A request, its valid leads by their position, and the errors of the others."""

    options: RequestOptions
    as_of: int | None  # microseconds since 1970, UTC
    size: int  # leads, valid or not
    leads: dict[int, ParsedLead]
    errors: LeadErrors


def decode_valid(body: bytes) -> ValidatedRequest | None:
    """Return a request that is valid in all its parts, a quarter of the time of full validation; else None."""
    try:
        request = _DECODER.decode(body)
        as_of = _parse_as_of(request)
        leads = dict(enumerate(parse_leads(request.leads, [""] * len(request.leads))))
    except (MsgspecError, UnicodeDecodeError, ApiError):
        return None
    return ValidatedRequest(request, as_of, len(leads), leads, {}) if _has_stripped_ids(request) else None


def validate_each_lead(body: bytes) -> ValidatedRequest:
    """Return the request's valid leads and the errors of the others. Raises ApiError if the request itself is wrong."""
    values, errors = _validate(body)
    options = convert({name: value for name, value in values.items() if name != "leads"}, RequestOptions)
    as_of = _parse_as_of(options)
    leads: dict[int, ParsedLead] = {}
    for position, lead in enumerate(values["leads"]):
        if position not in errors:
            try:
                leads[position] = parse_leads([convert(lead, Lead)], [f"leads.{position}"])[0]
            except ApiError as error:
                errors[position] = lead["lead_id"], error
    return ValidatedRequest(options, as_of, len(values["leads"]), leads, errors)


def build_table_validator(struct: type[Struct], extras: Any = None) -> SchemaValidator:
    """Return what validates rows of a struct's fields and names every wrong one, for other requests than these.

    Parameters
    ----------
    struct
        The columns, declared as ``schemas.py`` declares its own.
    extras
        The type of fields that it does not name, as ``dict[str, TYPE]``; None: there are none.
    """
    return SchemaValidator(_build_table_schema(struct, inspect.type_info(extras) if extras is not None else None))


def _parse_as_of(options: RequestOptions) -> int | None:
    return None if options.as_of is UNSET else parse_timestamp(options.as_of, "as_of")


def _has_stripped_ids(options: RequestOptions) -> bool:
    ids = [options.launch_id or None, options.product_id or None]
    if options.launch:
        ids += [options.launch.launch_id, options.launch.product_id, options.launch.entry_product_id]
    return all(text is None or text == text.strip() for text in ids)


def _validate(body: bytes) -> tuple[dict[str, Any], LeadErrors]:
    try:
        return _REQUEST_VALIDATOR.validate_json(body), {}
    except ValidationError as error:
        request_error = error
    try:
        values: dict[str, Any] = _ENVELOPE_VALIDATOR.validate_json(body)
    except ValidationError as error:
        raise ApiError.from_validation_error(error) from None
    errors: LeadErrors = {}
    for position, lead in enumerate(values["leads"]):
        try:
            values["leads"][position] = _LEAD_VALIDATOR.validate_python(lead)
        except ValidationError as error:
            errors[position] = _find_lead_id(lead), ApiError.from_validation_error(error, ("leads", position))
        except RecursionError:
            raise ApiError.from_validation_error(request_error) from None
    return values, errors


def _find_lead_id(lead: Any) -> str | None:
    lead_id = lead.get("lead_id") if isinstance(lead, dict) else None
    return lead_id[:MAX_ID_CHARACTERS] if isinstance(lead_id, str) else None


def _build_schema(type_: inspect.Type) -> CoreSchema:
    """Return pydantic's schema of a type that ``schemas.py`` declares: the same values, and every error by its path."""
    match type_:
        case inspect.Metadata(extra={"columns": columns}):
            return _build_table_schema(columns, extras=type_.type)
        case inspect.Metadata(extra_json_schema={"pattern": pattern}):
            return core_schema.str_schema(pattern=pattern)
        case inspect.Metadata(extra_json_schema={"enum": values}):
            return core_schema.literal_schema(values)
        case inspect.Metadata():
            return _build_schema(type_.type)
        case inspect.StructType():
            return _build_table_schema(type_.cls)
        case inspect.ListType():
            return core_schema.list_schema(_build_schema(type_.item_type), min_length=type_.min_length)
        case inspect.UnionType():
            members = [_build_schema(member) for member in type_.types if not isinstance(member, inspect.NoneType)]
            schema = members[0] if len(members) == 1 else core_schema.union_schema(cast(list[Any], members))
            return core_schema.nullable_schema(schema) if type_.includes_none else schema
    return _build_scalar_schema(type_)


def _build_scalar_schema(type_: inspect.Type) -> CoreSchema:
    match type_:
        case inspect.LiteralType():
            return core_schema.literal_schema(list(type_.values))
        case inspect.StrType():
            return core_schema.str_schema(min_length=type_.min_length, max_length=type_.max_length)
        case inspect.IntType():
            return core_schema.int_schema(ge=type_.ge, gt=type_.gt, le=type_.le, lt=type_.lt)
        case inspect.FloatType():
            return core_schema.float_schema(ge=type_.ge, le=type_.le)
    raise TypeError(f"{type_} has no schema here; add it")


def _build_table_schema(
    struct: type[Struct], extras: inspect.Type | None = None, **replaced: CoreSchema
) -> core_schema.TypedDictSchema:
    """Return the schema of a struct's fields; ``extras`` is the dictionary that its other fields are of."""
    info = inspect.type_info(struct)
    assert isinstance(info, inspect.StructType)
    fields = {
        field.name: core_schema.typed_dict_field(
            replaced.get(field.name) or _build_schema(field.type),
            required=field.required,
        )
        for field in info.fields
    }
    config = core_schema.CoreConfig(strict=True, allow_inf_nan=False, str_strip_whitespace=True)
    if isinstance(extras, inspect.DictType):
        return core_schema.typed_dict_schema(
            fields, extra_behavior="allow", extras_schema=_build_schema(extras.value_type), config=config
        )
    return core_schema.typed_dict_schema(fields, extra_behavior="forbid", config=config)


_DECODER = Decoder(ScoreRequest)
_REQUEST_VALIDATOR = SchemaValidator(_build_table_schema(ScoreRequest))
_LEAD_VALIDATOR = SchemaValidator(_build_table_schema(Lead))
#: A request whose leads are not validated yet, so that one wrong lead does not stop the others.
_ENVELOPE_VALIDATOR = SchemaValidator(
    _build_table_schema(ScoreRequest, leads=core_schema.list_schema(core_schema.any_schema(), min_length=1))
)
