"""What pages say of problems, notes and doubts about files, in the reader's language and with the page's remedies."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from ...language import Phrase
from ..intake.problems import encode_problem, list_problems
from .formats import format_number, translate_phrase
from .upload_mapping import label_field

#: A time that shows a form.
_EXAMPLE = datetime(2024, 5, 31, 18, tzinfo=UTC)


def describe_problem(problem: Mapping[str, Any], columns: Mapping[str, str]) -> str:
    """Return a problem as the page says it.

    Parameters
    ----------
    problem
        As a verdict keeps it.
    columns
        The file's column of each field.
    """
    own = _list_own_remedies().get(problem["kind"])
    if "message" in problem:
        if own is None:
            return translate_text(problem["message"])
        values = problem["message"]["values"]
        place, own = values.get("file", ""), own % values
        return f"{place}: {own}" if place else own
    remedy = own or f"{translate_text(problem['remedy'])}."
    return f"{describe_fault(problem, columns)}. {remedy}"


def describe_fault(problem: Mapping[str, Any], columns: Mapping[str, str]) -> str:
    """Return what is wrong with which rows, without a remedy; the parameters are those of ``describe_problem``."""
    what, rows, name = translate_text(problem["what"]), problem["rows"], problem["column"]
    if problem["kind"] == "other-time":
        what = _("not written like %(example)s") % {"example": _EXAMPLE.strftime(problem["what"]["values"]["form"])}
    if name in columns:
        name = _("%(column)s (taken for “%(field)s”)") % {"column": columns[name], "field": label_field(name)}
    parts = [f"{name}: {what}" if name else what]
    if rows:
        count = format_number(rows)
        parts.append(ngettext("in %(count)s row", "in %(count)s rows", rows) % {"count": count})
    if problem["places"]:
        parts.append(_("(first at %(places)s)") % {"places": ", ".join(problem["places"])})
    return " ".join(parts)


def describe_refusal(error: Exception) -> str:
    """Return the problems that an error tells of as a page says them."""
    return " ".join(describe_problem(encode_problem(problem), {}) for problem in list_problems(error))


def translate_text(text: Mapping[str, Any]) -> str:
    """Return a sentence that is kept with its values in the reader's language."""
    return translate_phrase(Phrase.from_json(text))


def _list_own_remedies() -> dict[str, str]:
    """Return what to do on this page, by kind of problem, where the lab speaks of mappings and commands."""
    return {
        "no-time": _(
            "Below, take another column for it, or in the file write those times as 2024-05-31 18:00, then bring it "
            "again."
        ),
        "other-time": _(
            "The others of the column are, and nothing is guessed: 03/04 may be in March or in April. In the file "
            "write these rows like the others, then bring it again; or take another column below."
        ),
        "other-number": _(
            "The others of the column are. In the file write these rows like them, then bring it again; or take "
            "another column below."
        ),
        "no-amount": _(
            "Below, take another column for it, or in the file write those amounts as digits with a decimal point, "
            "then bring it again."
        ),
        "no-status": _(
            "Below, choose “not used” if the column is no status of the sale, or in the file write approved, complete, "
            "refunded or another known word, then bring it again."
        ),
        "empty": _(
            "Below, take another column for it, or fill in or remove those rows in the file, then bring it again."
        ),
        "no-column": _("Below, say which column it is."),
        "wrong-encoding": _("its letters are not written in UTF-8. Save it as CSV in UTF-8, then bring it again."),
        "repeated-names": _("two columns have one name. Rename one of them in the file, then bring it again."),
        "no-lead-column": _(
            "no column tells who was scored, by an id or an e-mail address. Name it in “Column that says who”, or add "
            "one to the file."
        ),
        "no-score-column": _("no column looks like a score. Name it in “Column of the score”."),
        "unknown-words": _(
            "which of the score's words is best is not known (%(word)s among them). In the file write the scores as "
            "numbers, higher for better, then bring it again."
        ),
        "many-words": _(
            "the scores are neither numbers nor a few words. In the file write them as numbers, or name another column "
            "in “Column of the score”."
        ),
        "no-probabilities": _(
            "some scores are no probabilities from 0 to %(top)s. Correct them; where they are points, rename their "
            "column so that it speaks neither of chances nor of percent. Then bring the file again."
        ),
        "unreadable": _("Open the file in a spreadsheet, save it as CSV in UTF-8, then bring it again."),
    }
