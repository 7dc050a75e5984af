"""Who bought, where a file of people says so itself: by a yes or no, by a stage, or by the day of it."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from ..sql import quote_identifier, quote_literal
from .column_kinds import WORDS, has_word, is_time, is_yes_or_no, normalise_name
from .column_matching import MatchedFile
from .column_sql import build_lead_sql, build_time_sql
from .suggestion_text import render_doubt, render_note, render_toml
from .type_inference import list_distinct

#: Names of a column that says who bought, best first.
_OUTCOMES = (
    *("conversion", "converted", "convertido", "converteu", "is converted", "purchased", "purchase", "bought"),
    *("comprou", "compra", "is customer", "buyer", "comprador", "outcome", "target", "label", "response", "y"),
)
_YES = ("1", "yes", "true", "sim", "y", "s", "t")
_STAGES = {"converted", "customer", "cliente", "convertido", *WORDS["won"]["stages"]}
_STAGE_NAMES = {"status", "stage", "lifecycle", "etapa", "fase", "situacao"}
_CONVERTED = set(WORDS["names"]["converted"])
_MAX_STAGES = 25
_DAYS_TO_BUY = 13


class Outcome(NamedTuple):
    """Who bought, by a column of a file of people.

    Attributes
    ----------
    column
        The column.
    yes
        Its values for a buyer; empty where any value makes one.
    """

    column: str
    yes: tuple[str, ...] = ()

    @property
    def condition(self) -> str:
        """SQL of the rows of buyers."""
        name = quote_identifier(self.column)
        if not self.yes:
            return f"{name} <> ''"
        if len(self.yes) == 1:
            return f"{name} = {quote_literal(self.yes[0])}"
        return f"{name} IN ({', '.join(map(quote_literal, self.yes))})"


def find_outcome(samples: Mapping[str, Sequence[str]]) -> Outcome | None:
    """Return the column that seems to say who bought, with a buyer's values; None if there is none."""
    names = {column: normalise_name(column) for column in samples}
    for wanted in _OUTCOMES:
        for column in (column for column, name in names.items() if name == wanted):
            distinct = list_distinct(samples[column])
            yes = [value for value in distinct if value.lower() in _YES]
            if len(distinct) == 2 and len(yes) == 1:
                return Outcome(column, (yes[0],))
    for column, values in samples.items():
        distinct = list_distinct(values)
        if has_word(column, _CONVERTED) and is_yes_or_no(values) and len(distinct) == 2:
            return Outcome(column, tuple(value for value in distinct if value.lower() in _YES))
        won = tuple(value for value in distinct if normalise_name(value) in _STAGES)
        if has_word(column, _STAGE_NAMES) and won and len(won) < len(distinct) <= _MAX_STAGES:
            return Outcome(column, won)
    dated = _find_conversion_time({column: values for column, values in samples.items() if "" in values})
    return None if dated is None else Outcome(dated)


def render_outcome(source: str, match: MatchedFile) -> str:
    """Return the section of purchases that a file of leads tells itself; nothing if it tells none."""
    outcome = find_outcome(
        {column: values for column, values in match.file.samples.items() if column != match.columns["captured_at"]}
    )
    if outcome is None:
        return ""
    at = _find_conversion_time(match.file.samples)
    lead = build_lead_sql(match)
    conditions = [outcome.condition]
    if at is None:
        captured = build_time_sql(match, "captured_at")
        when = f"CAST({captured} AS TIMESTAMP) + INTERVAL {_DAYS_TO_BUY} DAY"
        doubt = render_doubt(f"no column tells when they bought: {_DAYS_TO_BUY} days after they signed up is made up")
    else:
        when, doubt = quote_identifier(at), render_note(f"{at} is taken for the day of the purchase")
        if at != outcome.column:
            conditions.append(f"{when} <> ''")
    return "\n".join(
        [
            "[purchases]",
            f'from = "{source}"',
            *render_doubt(f"{outcome.column} is taken for who bought"),
            f"keep = {render_toml(' AND '.join(conditions))}",
            "[purchases.columns]",
            """transaction_id = "'sale-' || _file || '-' || _row\"""",
            f"lead_id = {render_toml(lead)}",
            *doubt,
            f"occurred_at = {render_toml(when)}",
            "",
        ]
    )


def list_outcome_times(match: MatchedFile) -> list[str]:
    """Return the columns of times that ``render_outcome`` uses."""
    column = _find_conversion_time(match.file.samples)
    return [] if column is None else [column]


def _find_conversion_time(samples: Mapping[str, Sequence[str]]) -> str | None:
    return next((c for c, values in samples.items() if has_word(c, _CONVERTED) and is_time(values)), None)
