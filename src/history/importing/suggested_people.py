"""A suggested mapping for a file of people and their answers, without times: each row becomes one lead."""

from collections.abc import Mapping, Sequence

from ..sql import quote_identifier
from .column_matching import is_personal, normalise_name
from .file_sniffing import SniffedFile
from .suggestion_text import render_doubt, render_toml, to_printable
from .type_inference import are_emails, list_distinct

#: Names of a column that says who bought, best first.
_OUTCOMES = (
    *("conversion", "converted", "convertido", "converteu", "purchased", "purchase", "bought", "comprou", "compra"),
    *("buyer", "comprador", "outcome", "target", "label", "response", "y"),
)
_YES = ("1", "yes", "true", "sim", "y", "s", "t")
_MIN_COLUMNS, _MIN_ROWS = 3, 20
_PARTS = 4
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


def render_people(source: str, file: SniffedFile) -> str:
    """Return the sections of leads, one a row, purchases of those who bought, and launches, one a part of the file."""
    outcome = _find_outcome(file.samples)
    lines = [
        f"[source.{source}.computed]",
        *render_doubt(
            f"no column is a time: the rows are cut into {_PARTS} parts, one a made-up month; drift means nothing"
        ),
        f'part = "(_row - 1) % {_PARTS} + 1"',
        'captured_at = "make_timestamp(2024, part, 1, 0, 0, 0)"',
        f'\n[leads]\nfrom = "{source}"\n[leads.columns]',
        *render_doubt("each row is taken for a lead of its own"),
        """lead_id = "'lead-' || _row\"""",
        'captured_at = "captured_at"',
        *render_doubt(
            "an answer that was known only after the lead was captured must not be brought in: it would leak"
        ),
        *_render_form_fields(file.samples, outcome),
    ]
    if outcome is None:
        lines += render_doubt("no column seems to tell who bought: without purchases nothing can be learned")
    else:
        lines += _render_purchases(source, *outcome)
    return "\n".join(lines) + "\n" + "".join(_LAUNCH.format(number=number + 1) for number in range(_PARTS))


def _find_outcome(samples: Mapping[str, Sequence[str]]) -> tuple[str, str] | None:
    """Return the column of two values that seems to say who bought, and a buyer's value; None if there is none."""
    for name in _OUTCOMES:
        for column, values in samples.items():
            distinct = list_distinct(values)
            yes = [value for value in distinct if value.lower() in _YES]
            if normalise_name(column) == name and len(distinct) == 2 and len(yes) == 1:
                return column, yes[0]
    return None


def _render_purchases(source: str, column: str, yes: str) -> list[str]:
    condition = f"{quote_identifier(column)} = '{yes}'"
    return [
        "\n[purchases]",
        f'from = "{source}"',
        *render_doubt(f"{column} is taken for who bought, within the fortnight after the capture"),
        f"keep = {render_toml(condition)}",
        "[purchases.columns]",
        """transaction_id = "'sale-' || _row\"""",
        """lead_id = "'lead-' || _row\"""",
        'occurred_at = "captured_at + INTERVAL 13 DAY"',
    ]


def _render_form_fields(samples: Mapping[str, Sequence[str]], outcome: tuple[str, str] | None) -> list[str]:
    """Return each column as a form field; personal ones and those known only afterwards are named and left out."""
    lines = []
    for column, values in samples.items():
        field = normalise_name(column).removeprefix("attr ").replace(" ", "_")
        if (outcome and column == outcome[0]) or not field:
            continue
        line = to_printable(f"attr_{field} = {render_toml(quote_identifier(column))}")
        if is_personal(column) or are_emails(values):
            lines.append(to_printable(f"# left out as personal: {column}"))
        elif outcome and _is_known_only_of_buyers(values, samples[outcome[0]], outcome[1]):
            lines += [
                *render_doubt("it says something only of those who bought, so it was known after: left out"),
                f"# {line}",
            ]
        else:
            lines.append(line)
    return lines


def _is_known_only_of_buyers(values: Sequence[str], outcomes: Sequence[str], yes: str) -> bool:
    """Return whether a column differs only among buyers."""
    buyers = {value for value, outcome in zip(values, outcomes, strict=True) if outcome == yes}
    others = {value for value, outcome in zip(values, outcomes, strict=True) if outcome != yes}
    return len(others) == 1 and not buyers <= others
