"""Client errors: a status, a code, the paths of the wrong fields, and what to do; never what was sent."""

from collections.abc import Mapping
from difflib import get_close_matches
from typing import Any

from pydantic_core import ErrorDetails, ValidationError

from ...history.schema import ATTRIBUTE_PREFIX
from .schemas import FIELD_NAMES

#: The names of each table's fields.
FieldNames = Mapping[str, tuple[str, ...]]
MAX_PROBLEMS = 20
_MAX_ERRORS_READ = 200
_MAX_NAME_CHARACTERS = 100
#: What pydantic adds to a path where a field may have several types.
_TYPE_TAGS = {"float", "str", "constrained-float", "constrained-str", "nullable", "constrained-int"}


class ApiError(Exception):
    """A client error: why a request, or one lead of it, is not answered.

    Parameters
    ----------
    status
        The HTTP status.
    code
        The error's code, for programs.
    message
        What is wrong and how to fix it, for people.
    path
        The field's path from the request's root, such as ``leads.3.purchases.0.amount``; empty for the whole request.
    headers
        More headers of the response.
    """

    def __init__(self, status: int, code: str, message: str, path: str = "", **headers: str) -> None:
        super().__init__(message)
        self.status, self.code, self.headers = status, code, headers
        self.problems = [{"path": path, "message": message}]

    @classmethod
    def from_validation_error(
        cls, error: ValidationError, prefix: tuple[str | int, ...] = (), fields: FieldNames = FIELD_NAMES
    ) -> "ApiError":
        """Return the error of a request that ``pydantic`` refused.

        ``prefix`` is the path of the validated part, ``fields`` are the names that each of its tables has.
        """
        details = error.errors(include_url=False, include_context=True, include_input=False)
        if details[0]["type"] == "json_invalid":
            return cls(400, "invalid_json", f"{details[0]['msg']}; send JSON in UTF-8")
        messages: dict[str, str] = {}
        for detail in details[:_MAX_ERRORS_READ]:
            location = (*prefix, *detail["loc"])
            messages.setdefault(_format_path(location), _build_message(detail, location, fields))
        return cls.from_problems(
            [{"path": path, "message": message} for path, message in list(messages.items())[:MAX_PROBLEMS]]
        )

    @classmethod
    def from_problems(cls, problems: list[dict[str, str]]) -> "ApiError":
        """Return the error of a request with several wrong fields."""
        error = cls(422, "invalid", "")
        error.problems = problems
        return error

    def to_json(self) -> dict[str, Any]:
        """Return the error as a response holds it."""
        return {"code": self.code, "message": self.problems[0]["message"], "problems": self.problems}


def build_unknown_field_message(name: str, table: str, fields: FieldNames = FIELD_NAMES) -> str:
    """Return the message for a field that ``table`` does not have, with the nearest field that it has."""
    nearest = get_close_matches(name, fields[table], n=1, cutoff=0.6)
    hint = f"did you mean {nearest[0]}?" if nearest else f"known are {', '.join(fields[table])}"
    form = f"; form fields are named {ATTRIBUTE_PREFIX}<name>" if table == "captures" and not nearest else ""
    return f"unknown field; {hint}{form}"


def _format_path(location: tuple[str | int, ...]) -> str:
    """``leads.3.purchases.0.amount``, without the tags of types."""
    parts = [part for part in location if not (isinstance(part, str) and part in _TYPE_TAGS)]
    return ".".join(str(part)[:_MAX_NAME_CHARACTERS] for part in parts)


def _build_message(detail: ErrorDetails, location: tuple[str | int, ...], fields: FieldNames) -> str:
    kind = detail["type"]
    name = str(location[-1]) if location else ""
    if kind == "extra_forbidden":
        return build_unknown_field_message(name[:_MAX_NAME_CHARACTERS], _find_table(location), fields)
    if kind == "string_pattern_mismatch" and "date" not in name and name.endswith(("_at", "as_of")):
        return "not a timestamp with an offset; write ISO 8601, such as 2025-02-03T12:00:00Z"
    if kind in ("float_type", "string_type") and "amount" in location:
        return "not a decimal amount; write a number, or a text such as 12.50"
    if kind in ("literal_error", "string_pattern_mismatch"):
        expected = detail.get("ctx", {}).get("expected")
        return f"should be {expected}" if expected else "not a decimal amount; write digits with a decimal point"
    return str(detail["msg"])


def _find_table(location: tuple[str | int, ...]) -> str:
    """Return the table that has the last field of ``location``."""
    names = [part for part in location[:-1] if isinstance(part, str)]
    return names[-1] if names else ""
