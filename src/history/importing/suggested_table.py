"""The section of a suggested mapping that makes a table of a file's columns."""

from collections.abc import Mapping, Sequence
from pathlib import PurePath
from types import MappingProxyType

from ..sql import quote_identifier, quote_literal
from .column_kinds import is_empty, is_free_text, is_identifier, is_personal, is_time, normalise_name
from .column_matching import STATUS_WORDS, WON_STAGES, MatchedFile
from .column_sql import build_lead_sql, build_time_sql
from .file_sniffing import DAY_ZERO
from .suggested_outcome import find_outcome
from .suggestion_text import render_doubt, render_note, render_toml, to_printable
from .type_inference import (
    are_emails,
    infer_number_format,
    infer_unix_divisor,
    list_distinct,
)

_QUANTITY = ("quantity", "quantidade", "qtd", "cantidad")
_TAKEN_BACK = ("refunded", "chargeback")
#: The least time that a buyer at a distance may take back a purchase in, by Brazilian law.
GUARANTEE_DAYS = 7
_LAST_STATUS = (
    "each sale seems to stand once, with its last status. Those taken back are written twice: as paid when they were "
    f"sold, and as taken back {GUARANTEE_DAYS} days later. Does a column tell when that was?"
)
_UNNAMED = "the columns have no names: this one has ids that come again, as those of people do. Is it who paid?"
_NAMES_ONLY = "leads are told apart by their name alone, hashed: two people of one name are one"
_PERIODS = "each row is taken for a launch: people may buy from its start to its end. Is it one?"


def render_table(source: str, match: MatchedFile, several: bool, launch_id: Sequence[str] = ()) -> str:
    """Return the section of a table; ``several``: it has other sources, too; ``launch_id``: lines of that column."""
    taken_back = _find_taken_back(match) if match.table == "purchases" else None
    if taken_back is None:
        return _render_section(source, match, several, launch_id=launch_id)
    sold_at = build_time_sql(match, "occurred_at")
    later = f"CAST(TRY_CAST({sold_at} AS TIMESTAMP) + INTERVAL {GUARANTEE_DAYS} DAY AS VARCHAR)"
    ended = {"occurred_at": f"CASE WHEN {taken_back} THEN {later} ELSE {sold_at} END"}
    return "\n".join(
        [
            *render_doubt(_LAST_STATUS),
            _render_section(source, match, True, ended),
            _render_section(source, match, True, {"status": "'approved'"}, taken_back),
        ]
    )


def _render_section(
    source: str,
    match: MatchedFile,
    several: bool,
    expressions: Mapping[str, str] = MappingProxyType({}),
    condition: str = "",
    launch_id: Sequence[str] = (),
) -> str:
    """Return a section; ``expressions`` replace columns, ``condition`` selects rows."""
    table = match.table
    lines = [f"[[{table}]]" if several else f"[{table}]", f'from = "{source}"', *_render_keep(match, condition)]
    lines.append(f"[{table}.columns]")
    lines += _render_missing(match)
    for name, column in sorted(match.columns.items(), key=lambda pair: pair[0] not in ("lead_id", "transaction_id")):
        if name in expressions:
            lines.append(f"{name} = {render_toml(expressions[name])}")
        elif not (name == "status" and match.has_deals) and not (name == "launch_id" and launch_id):
            lines += _render_column(name, column, match)
    if table == "leads":
        lines += [*launch_id, *_render_form_fields(match)]
    return "\n".join(lines) + "\n"


def _find_taken_back(match: MatchedFile) -> str | None:
    """Return SQL of the sales that were taken back if the file has each sale once, with its last status; else None."""
    if match.has_deals or not {"transaction_id", "status", "occurred_at"} <= set(match.columns):
        return None
    transactions = match.file.samples[match.columns["transaction_id"]]
    words = [
        v
        for v in list_distinct(match.file.samples[match.columns["status"]])
        if STATUS_WORDS.get(normalise_name(v)) in _TAKEN_BACK
    ]
    if (
        not words
        or len(set(transactions)) < len(transactions)
        or infer_unix_divisor(match.file.samples[match.columns["occurred_at"]])
    ):
        return None
    return f"{quote_identifier(match.columns['status'])} IN ({', '.join(map(quote_literal, words))})"


def _render_keep(match: MatchedFile, condition: str) -> list[str]:
    """Return the condition of the rows to keep: those that have a lead, are won, and fulfil ``condition``."""
    lines: list[str] = []
    conditions = [condition]
    if match.has_deals:
        stage = match.columns["status"]
        stages = list_distinct(match.file.samples[stage])
        won = [value for value in stages if normalise_name(value) in WON_STAGES]
        others = ", ".join(value for value in stages if value not in won)
        lines += render_doubt(f"a deal is a sale once it is {', '.join(won)}; left out are {others or 'none'}")
        conditions.insert(0, f"{quote_identifier(stage)} IN ({', '.join(map(quote_literal, won))})")
    for name in ("lead_id", *(name for name in match.columns if name.endswith("_at") and match.table != "launches")):
        values = match.file.samples[match.columns[name]] if name in match.columns else []
        if "" in values and _are_needed(match, values):
            what = "lead" if name == "lead_id" else f"time in {match.columns[name]}"
            doubt = f"{values.count('')} of the first {len(values)} rows have no {what}; they are left out, and counted"
            lines += render_doubt(doubt)
            conditions.insert(0, f"{quote_identifier(match.columns[name])} <> ''")
    text = " AND ".join(filter(None, conditions))
    return [*lines, f"keep = {render_toml(text)}"] if text else []


def _are_needed(match: MatchedFile, values: Sequence[str]) -> bool:
    """Return whether an empty value would refuse a row that is kept: a deal that is not won may lack its day."""
    if not match.has_deals:
        return True
    stages = match.file.samples[match.columns["status"]]
    return any(normalise_name(stage) in WON_STAGES and not value for stage, value in zip(stages, values, strict=True))


def _render_missing(match: MatchedFile) -> list[str]:
    """Return the columns that the table should have and the file has not."""
    if match.table == "launches" and "strategy" not in match.columns:
        return [*render_doubt(_PERIODS), """strategy = "'classic'\""""]
    if match.table == "events" and "event_type" not in match.columns:
        kind = normalise_name(PurePath(match.file.path.name).stem).replace(" ", "_")
        return [*render_note("no column says what was done: the file's name does"), f"event_type = \"'{kind}'\""]
    return _render_missing_of_purchases(match) if match.table == "purchases" else []


def _render_missing_of_purchases(match: MatchedFile) -> list[str]:
    lines = []
    if "transaction_id" not in match.columns:
        lines += render_doubt("no column looks like the transaction's id: each row is taken for one")
        lines.append("""transaction_id = "'row-' || _file || '-' || _row\"""")
    if "status" not in match.columns:
        lines += render_doubt("no column looks like a status: every row is taken for a purchase")
        values = [value for value in match.file.samples.get(match.columns.get("transaction_id", ""), []) if value]
        if len(set(values)) < len(values):
            lines += render_doubt(
                "transactions have several rows: are they lines of one purchase? Then group_by, and sum"
            )
    if "amount" not in match.columns:
        lines += render_doubt("no column looks like the amount of a purchase")
    elif any(normalise_name(column) in _QUANTITY for column in match.file.samples):
        lines += render_doubt("there is a quantity: is the amount the price of one piece?")
    return lines


def _render_column(name: str, column: str, match: MatchedFile) -> list[str]:
    """Return the lines of one column of the table."""
    values, identifier = match.file.samples[column], quote_identifier(column)
    if name == "lead_id":
        return _render_lead(match)
    doubt, sql = "", identifier
    if name == "status":
        doubt, sql = build_status_sql(values, identifier)
    elif name.endswith("_at"):
        sql = build_time_sql(match, name)
        doubt = f"the days are numbers: day 0 is taken for {DAY_ZERO}" if column in match.file.day_numbers else ""
    elif name == "amount" and (inferred := infer_number_format(values)) and not inferred.format:
        doubt = inferred.doubt
    return [*render_doubt(doubt), f"{name} = {render_toml(sql)}"]


def _render_lead(match: MatchedFile) -> list[str]:
    """Return the lines of the lead's id; an id is in every table, an address must not be."""
    sql = build_lead_sql(match)
    shared = match.key.shared if match.key else ""
    if match.key is not None and match.key.has_people:
        return [*render_doubt(_NAMES_ONLY), f"lead_id = {render_toml(sql)}"]
    if not are_emails(match.file.samples[match.columns["lead_id"]]):
        unnamed = "" if match.key is None or match.key.has_name else _UNNAMED
        return [*render_note(shared), *render_doubt(unnamed), f"lead_id = {render_toml(sql)}"]
    hashed = "leads are told apart by their address, hashed"
    lines = render_note(f"{hashed}. {shared}") if shared else render_doubt(f"{hashed}: have the other files the same?")
    return [*lines, f"lead_id = {render_toml(sql)}"]


def build_status_sql(values: Sequence[str], name: str) -> tuple[str, str]:
    statuses: dict[str, str] = {}
    unknown = []
    for value in list_distinct(values):
        status = STATUS_WORDS.get(normalise_name(value))
        if status is None:
            unknown.append(value)
        elif value.lower() != status:
            statuses[value.lower()] = status
    doubt = f"no translation for {', '.join(map(repr, unknown))}: add one, or leave those rows out" if unknown else ""
    if not statuses:
        return doubt, name
    cases = " ".join(f"WHEN {quote_literal(value)} THEN {quote_literal(status)}" for value, status in statuses.items())
    return doubt, f"CASE lower(trim({name})) {cases} ELSE {name} END"


def _render_form_fields(match: MatchedFile) -> list[str]:
    """Return the other columns as form fields to choose from; what is no answer is named and left out."""
    left = {column: values for column, values in match.file.samples.items() if column not in match.columns.values()}
    outcome = find_outcome(left)
    kinds = {column: _describe_kind(column, values) for column, values in left.items()}
    if outcome is not None:
        kinds[outcome.column] = "what tells who bought"
    lines = [
        f"# left out as {kind}: {', '.join(column for column in left if kinds[column] == kind)}"
        for kind in dict.fromkeys(filter(None, kinds.values()))
    ]
    for column, values in left.items():
        field = normalise_name(column).removeprefix("attr ").replace(" ", "_")
        if kinds[column] or not field:
            continue
        line = f"attr_{field} = {render_toml(quote_identifier(column))}"
        count = len(list_distinct(values))
        is_answer = column.startswith("attr_")
        lines.append(line if is_answer else f"# {line}     # an answer to learn from? different values: {count}")
    return list(map(to_printable, lines))


def _describe_kind(column: str, values: Sequence[str]) -> str:
    """Return what a column is if it is no answer to learn from, else nothing."""
    if column.startswith("attr_"):
        return ""
    if is_empty(values):
        return "empty"
    if is_personal(column, values):
        return "personal"
    if is_identifier(column, values):
        return "ids, different in every row"
    if is_time(values):
        return "times, which may tell what came later"
    return "free text" if is_free_text(values) else ""
