"""A suggested mapping for a file of people and their answers, without times: each row becomes one lead."""

from collections.abc import Mapping, Sequence

from ..sql import quote_identifier
from .column_kinds import is_empty, is_free_text, is_identifier, is_of_people, is_personal, normalise_name
from .file_sniffing import SniffedFile
from .suggested_outcome import Outcome, find_outcome
from .suggestion_text import render_doubt, render_note, render_toml, to_printable

_MIN_COLUMNS, _MIN_ROWS = 3, 20
_PARTS = 4
#: The source's name in the mapping.
PEOPLE = "people"
_MADE_UP = "captured_at"
_PARTS_COMPUTED = (
    f"[source.{PEOPLE}.computed]",
    *render_doubt(
        f"no column is a time: the rows are cut into {_PARTS} parts, one a made-up month; drift means nothing"
    ),
    f'part = "(_row - 1) % {_PARTS} + 1"',
    f'{_MADE_UP} = "make_timestamp(2024, part, 1, 0, 0, 0)"',
)
_LAUNCH = """
[[launches]]
launch_id = "part-{number}"
strategy = "perpetual"
capture_starts_at = 2024-{number:02}-01
capture_ends_at = 2024-{number:02}-02
horizon_days = 14
"""


def has_people(file: SniffedFile) -> bool:
    """Return whether a file that is none of the tables may have a lead in each row."""
    sizes = [len(values) for values in file.samples.values()]
    return len(sizes) >= _MIN_COLUMNS and min(sizes) >= _MIN_ROWS


def render_people(file: SniffedFile, time: str | None) -> str:
    """Return the sections of leads, one a row, and purchases of those who bought; ``time``: when they signed up."""
    answers = {column: values for column, values in file.samples.items() if column != time}
    outcome = find_outcome(answers)
    ids = find_ids(file.samples)
    lead_sql = quote_identifier(ids[0]) if ids else "'lead-' || _row"
    lines = [
        *(_PARTS_COMPUTED if time is None else ()),
        f'\n[leads]\nfrom = "{PEOPLE}"\n[leads.columns]',
        *(
            render_note(f"{ids[0]} is different in every row: scores go back by it")
            if ids
            else render_doubt("each row is taken for a lead of its own")
        ),
        f"lead_id = {render_toml(lead_sql)}",
        f"captured_at = {render_toml(_MADE_UP if time is None else quote_identifier(time))}",
        *render_doubt(
            "an answer that was known only after the lead was captured must not be brought in: it would leak"
        ),
        *_render_form_fields(answers, outcome, ids),
    ]
    if outcome is None:
        lines += render_doubt("no column seems to tell who bought: without purchases nothing can be learned")
    else:
        lines += _render_purchases(outcome, lead_sql, time)
    return "\n".join(lines) + "\n"


def render_parts() -> str:
    """Return the launches of a file without times, one a part of its rows."""
    return "".join(_LAUNCH.format(number=number + 1) for number in range(_PARTS))


def find_ids(samples: Mapping[str, Sequence[str]]) -> list[str]:
    """Return the columns that are different in every row, those of people first."""
    ids = [
        column
        for column, values in samples.items()
        if is_identifier(column, values) and all(values) and not is_personal(column, values)
    ]
    return sorted(ids, key=lambda column: not is_of_people(column))


def _render_purchases(outcome: Outcome, lead_sql: str, time: str | None) -> list[str]:
    captured = _MADE_UP if time is None else f"CAST({quote_identifier(time)} AS TIMESTAMP)"
    return [
        "\n[purchases]",
        f'from = "{PEOPLE}"',
        *render_doubt(f"{outcome.column} is taken for who bought, within the fortnight after the capture"),
        f"keep = {render_toml(outcome.condition)}",
        "[purchases.columns]",
        """transaction_id = "'sale-' || _row\"""",
        f"lead_id = {render_toml(lead_sql)}",
        f"occurred_at = {render_toml(f'{captured} + INTERVAL 13 DAY')}",
    ]


def _render_form_fields(samples: Mapping[str, Sequence[str]], outcome: Outcome | None, ids: Sequence[str]) -> list[str]:
    """Return each column as a form field; what is none, or was known only afterwards, is named and left out."""
    lines = []
    for column, values in samples.items():
        field = normalise_name(column).removeprefix("attr ").replace(" ", "_")
        if (outcome and column == outcome.column) or not field or column in ids[:1]:
            continue
        line = to_printable(f"attr_{field} = {render_toml(quote_identifier(column))}")
        kind = _describe_kind(column, values, ids)
        if kind:
            lines.append(to_printable(f"# left out as {kind}: {column}"))
        elif outcome and _is_known_only_of_buyers(values, samples[outcome.column], outcome.yes):
            lines += [
                *render_doubt("it says something only of those who bought, so it was known after: left out"),
                f"# {line}",
            ]
        else:
            lines.append(line)
    return lines


def _describe_kind(column: str, values: Sequence[str], ids: Sequence[str]) -> str:
    if is_empty(values):
        return "empty"
    if column in ids:
        return "an id, different in every row"
    if is_personal(column, values):
        return "personal"
    return "free text" if is_free_text(values) else ""


def _is_known_only_of_buyers(values: Sequence[str], outcomes: Sequence[str], yes: Sequence[str]) -> bool:
    """Return whether a column differs only among buyers."""
    pairs = [(value, outcome in yes if yes else bool(outcome)) for value, outcome in zip(values, outcomes, strict=True)]
    buyers = {value for value, bought in pairs if bought}
    others = {value for value, bought in pairs if not bought}
    return len(others) == 1 and not buyers <= others
