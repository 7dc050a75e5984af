"""The section of a proposed mapping that makes a table of a file's columns."""

from collections.abc import Mapping, Sequence
from types import MappingProxyType

from ..sql import quote_identifier, quote_literal
from .column_matching import STATUS_WORDS, is_personal, normalise_name
from .file_sniffing import SniffedFile
from .suggestion_text import render_doubt, render_toml, to_printable
from .type_inference import are_emails, infer_number_format, infer_unix_divisor, list_distinct

_QUANTITY = ("quantity", "quantidade", "qtd", "cantidad")
_TAKEN_BACK = ("refunded", "chargeback")
#: The least time that a buyer at a distance may take back a purchase in, by Brazilian law.
_GUARANTEE_DAYS = 7
_LAST_STATUS = (
    "each sale seems to stand once, with its last status. Those taken back are written twice: as paid when they were "
    f"sold, and as taken back {_GUARANTEE_DAYS} days later. Does a column tell when that was?"
)


def render_table(source: str, sniffed: SniffedFile, table: str, roles: dict[str, str], several: bool) -> str:
    """The section of a table (``several``: one of its parts) that the columns of a sniffed file make."""
    taken_back = _taken_back(sniffed, roles) if table == "purchases" else None
    if taken_back is None:
        return _section(source, sniffed, table, roles, several)
    sold_at = quote_identifier(roles["occurred_at"])
    later = f"CAST(TRY_CAST({sold_at} AS TIMESTAMP) + INTERVAL {_GUARANTEE_DAYS} DAY AS VARCHAR)"
    ended = {"occurred_at": f"CASE WHEN {taken_back} THEN {later} ELSE {sold_at} END"}
    return "\n".join(
        [
            *render_doubt(_LAST_STATUS),
            _section(source, sniffed, table, roles, True, ended),
            _section(source, sniffed, table, roles, True, {"status": "'approved'"}, taken_back),
        ]
    )


def _section(
    source: str,
    sniffed: SniffedFile,
    table: str,
    roles: dict[str, str],
    several: bool,
    told: Mapping[str, str] = MappingProxyType({}),
    only: str = "",
) -> str:
    """``told`` goes before what the columns hold; of the rows, those that fulfil ``only``."""
    lines = [f"[[{table}]]" if several else f"[{table}]", f'from = "{source}"', *_kept(sniffed, roles, only)]
    lines.append(f"[{table}.columns]")
    if table == "purchases":
        lines += _missing(sniffed, roles)
    for role, column in sorted(roles.items(), key=lambda pair: pair[0] not in ("lead_id", "transaction_id")):
        lines += [f"{role} = {render_toml(told[role])}"] if role in told else _column(role, column, sniffed)
    if table == "leads":
        lines += _answers(sniffed, roles)
    return "\n".join(lines) + "\n"


def _taken_back(sniffed: SniffedFile, roles: dict[str, str]) -> str | None:
    """Which sales were taken back, where the file seems to have each sale once, with its last status; else None."""
    if not {"transaction_id", "status", "occurred_at"} <= set(roles):
        return None
    transactions = sniffed.samples[roles["transaction_id"]]
    words = [
        v for v in list_distinct(sniffed.samples[roles["status"]]) if STATUS_WORDS.get(normalise_name(v)) in _TAKEN_BACK
    ]
    if (
        not words
        or len(set(transactions)) < len(transactions)
        or infer_unix_divisor(sniffed.samples[roles["occurred_at"]])
    ):
        return None
    return f"{quote_identifier(roles['status'])} IN ({', '.join(map(quote_literal, words))})"


def _kept(sniffed: SniffedFile, roles: dict[str, str], only: str) -> list[str]:
    """The rows to keep: those that have a lead, and fulfil ``only``."""
    values = sniffed.samples[roles["lead_id"]] if "lead_id" in roles else []
    if "" not in values:
        return [f"keep = {render_toml(only)}"] if only else []
    doubt = f"{values.count('')} of the first {len(values)} rows have no lead; they are left out, and counted"
    condition = " AND ".join(filter(None, [f"{quote_identifier(roles['lead_id'])} <> ''", only]))
    return [*render_doubt(doubt), f"keep = {render_toml(condition)}"]


def _missing(sniffed: SniffedFile, roles: dict[str, str]) -> list[str]:
    """What purchases should have, and these have not."""
    lines = []
    if "transaction_id" not in roles:
        lines += render_doubt("no column looks like the transaction's id: each row is taken for one")
        lines.append("""transaction_id = "'row-' || _file || '-' || _row\"""")
    if "status" not in roles:
        lines += render_doubt("no column looks like a status: every row is taken for a purchase")
        values = [value for value in sniffed.samples.get(roles.get("transaction_id", ""), []) if value]
        if len(set(values)) < len(values):
            lines += render_doubt(
                "transactions have several rows: are they lines of one purchase? Then group_by, and sum"
            )
    if "amount" not in roles:
        lines += render_doubt("no column looks like the amount of a purchase")
    elif any(normalise_name(column) in _QUANTITY for column in sniffed.samples):
        lines += render_doubt("there is a quantity: is the amount the price of one piece?")
    return lines


def _column(role: str, column: str, sniffed: SniffedFile) -> list[str]:
    """The lines of one column of the table."""
    values, name = sniffed.samples[column], quote_identifier(column)
    doubt, sql = "", name
    if role == "lead_id":
        if are_emails(values):  # an id is in every table, an address must not be
            doubt = "leads are told apart by their address, hashed: have the other files the same address?"
            sql = f"sha256(lower(trim({name})))"
    elif role == "status":
        doubt, sql = _status(values, name)
    elif (divisor := infer_unix_divisor(values)) and role.endswith("_at"):
        sql = f"to_timestamp(CAST({name} AS DOUBLE) / {divisor})"
    elif role == "amount" and (form := infer_number_format(values)) and not form.form:
        doubt = form.doubt
    return [*render_doubt(doubt), f"{role} = {render_toml(sql)}"]


def _status(values: Sequence[str], name: str) -> tuple[str, str]:
    known: dict[str, str] = {}
    unknown = []
    for value in list_distinct(values):
        status = STATUS_WORDS.get(normalise_name(value))
        if status is None:
            unknown.append(value)
        elif value.lower() != status:
            known[value.lower()] = status
    doubt = f"no translation for {', '.join(map(repr, unknown))}: add one, or leave those rows out" if unknown else ""
    if not known:
        return doubt, name
    cases = " ".join(f"WHEN {quote_literal(value)} THEN {quote_literal(status)}" for value, status in known.items())
    return doubt, f"CASE lower(trim({name})) {cases} ELSE {name} END"


def _answers(sniffed: SniffedFile, roles: dict[str, str]) -> list[str]:
    """The columns left over, as form fields to choose from; those that tell who somebody is are named and left out."""
    left = [column for column in sniffed.samples if column not in roles.values()]
    personal = [column for column in left if is_personal(column) or are_emails(sniffed.samples[column])]
    lines = [f"# left out as personal: {', '.join(personal)}"] if personal else []
    for column in left:
        field = normalise_name(column).removeprefix("attr ").replace(" ", "_")
        if column in personal or not field:
            continue
        line = f"attr_{field} = {render_toml(quote_identifier(column))}"
        count = len(list_distinct(sniffed.samples[column]))
        known = column.startswith("attr_")
        lines.append(line if known else f"# {line}     # an answer to learn from? different values: {count}")
    return list(map(to_printable, lines))
