"""Why files are refused, as it is kept: sentences with their values, which a page says in any language."""

import hashlib
from typing import Any, NamedTuple

from ...history.errors import HistoryError, Problem
from ...language import Phrase, get_message


class FileProblem(NamedTuple):
    """Why files cannot be read, where no column is to blame.

    Attributes
    ----------
    message
        The sentence, with the remedy.
    kind
        As of a ``Problem``.
    """

    message: str
    kind: str = ""

    def __str__(self) -> str:
        return self.message


def list_problems(error: Exception) -> list[Problem | FileProblem]:
    """Return the problems that an error tells of: those of a history's columns, or its words."""
    if isinstance(error, HistoryError):
        return list(error.problems) or [FileProblem(error.message, error.kind)]
    return [FileProblem(get_message(error))]


def encode_problem(problem: Problem | FileProblem) -> dict[str, Any]:
    """Return a problem as its parts, each sentence with its values."""
    if isinstance(problem, FileProblem):
        return {"message": _encode_text(problem.message), "kind": problem.kind}
    sentences = {"what": _encode_text(problem.what), "remedy": _encode_text(problem.remedy)}
    parts = {name: value for name, value in vars(problem).items() if name != "condition"}
    return parts | sentences | {"places": list(problem.places), "name": name_problem(problem)}


def name_problem(problem: Problem) -> str:
    """Return what tells a problem of rows apart from an upload's others; empty for one that is not of rows."""
    text = f"{problem.table} {problem.condition}"
    return hashlib.blake2s(text.encode(), digest_size=8).hexdigest() if problem.condition else ""


def _encode_text(text: str) -> dict[str, Any]:
    return text.to_json() if isinstance(text, Phrase) else {"text": "{text}", "values": {"text": text}}
