"""What a client is told when it asks wrongly: a code, the field's path, and what to do; never what it sent."""

from difflib import get_close_matches
from typing import Any

from pydantic import ValidationError

from .contract import FIELDS

_MOST_TOLD = 20
_ATTRIBUTE = "attr_"
_INTERNAL = {"float", "str", "constrained-float", "constrained-str", "nullable", "constrained-int"}


class ApiError(Exception):
    """A request, or a lead of it, that is not answered: HTTP status, code, and where what is wrong."""

    def __init__(self, status: int, code: str, message: str, path: str = "", **headers: str) -> None:
        super().__init__(message)
        self.status, self.code, self.headers = status, code, headers
        self.problems = [{"path": path, "message": message}]

    def body(self) -> dict[str, Any]:
        """The error as JSON says it."""
        return {"code": self.code, "message": self.problems[0]["message"], "problems": self.problems}


def refusal(error: ValidationError, within: tuple[str | int, ...] = ()) -> ApiError:
    """What ``pydantic`` found, told by path from the request's root; ``within`` leads to the part that was checked."""
    found = error.errors(include_url=False, include_context=True, include_input=False)
    if found[0]["type"] == "json_invalid":
        return ApiError(400, "not_json", f"{found[0]['msg']}; send JSON in UTF-8")
    told: dict[str, str] = {}
    for problem in found[:200]:
        path = _path((*within, *problem["loc"]))
        told.setdefault(path, _message(problem, (*within, *problem["loc"])))
    refused = ApiError(422, "invalid", "")
    refused.problems = [{"path": path, "message": message} for path, message in list(told.items())[:_MOST_TOLD]]
    return refused


def unknown_field(name: str, table: str) -> str:
    """That nobody knows this field, and which known one is nearest."""
    nearest = get_close_matches(name, FIELDS[table], n=1, cutoff=0.6)
    hint = f"did you mean {nearest[0]}?" if nearest else f"known are {', '.join(FIELDS[table])}"
    form = f"; form fields are named {_ATTRIBUTE}<name>" if table == "captures" and not nearest else ""
    return f"unknown field; {hint}{form}"


def _path(place: tuple[str | int, ...]) -> str:
    """``leads.3.purchases.0.amount``; without the names that a choice of types adds."""
    parts = [part for part in place if not (isinstance(part, str) and part in _INTERNAL)]
    return ".".join(str(part)[:100] for part in parts)


def _message(problem: Any, place: tuple[str | int, ...]) -> str:
    kind, name = problem["type"], str(place[-1]) if place else ""
    if kind == "extra_forbidden":
        return unknown_field(name[:100], _table(place))
    if kind == "string_pattern_mismatch" and "date" not in name and name.endswith(("_at", "as_of")):
        return "not an instant with an offset; write ISO 8601, such as 2025-02-03T12:00:00Z"
    if kind in ("float_type", "string_type") and "amount" in place:
        return "not a decimal amount; write a number, or a text such as 12.50"
    if kind in ("literal_error", "string_pattern_mismatch"):
        expected = problem.get("ctx", {}).get("expected")
        return f"should be {expected}" if expected else "not a decimal amount; write digits with a decimal point"
    return str(problem["msg"])


def _table(place: tuple[str | int, ...]) -> str:
    """The table that the unknown field at ``place`` was sought in."""
    names = [part for part in place[:-1] if isinstance(part, str)]
    return names[-1] if names else ""
