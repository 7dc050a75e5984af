"""SQL of a lead's id and of a time, over the columns of an export."""

from ..sql import quote_identifier
from .column_kinds import normalise_name
from .column_matching import MatchedFile
from .file_sniffing import DAY_ZERO
from .type_inference import are_emails, are_times_of_day, infer_time_format, infer_unix_divisor, list_distinct


def build_lead_sql(match: MatchedFile) -> str:
    """Return SQL of a row's lead: the id as it is, an address or a name hashed."""
    identifier = quote_identifier(match.columns["lead_id"])
    is_called = match.key is not None and match.key.has_people
    is_address = is_called or are_emails(match.file.samples[match.columns["lead_id"]])
    return f"sha256(lower(trim({identifier})))" if is_address else identifier


def build_time_sql(match: MatchedFile, name: str) -> str:
    """Return SQL of a time; a day gets its hour from the column that has it.

    A column whose name ends in UTC or GMT, such as ``Created date (UTC)``, says its zone itself.
    """
    sql = _build_local_time_sql(match, name)
    if normalise_name(match.columns[name]).split()[-1:] not in (["utc"], ["gmt"]):
        return sql
    return f"coalesce(CAST(timezone('UTC', try_cast({sql} AS TIMESTAMP)) AS VARCHAR), CAST({sql} AS VARCHAR))"


def _build_local_time_sql(match: MatchedFile, name: str) -> str:
    column = match.columns[name]
    samples = match.file.samples
    if column in match.file.day_numbers:
        return f"CAST(DATE '{DAY_ZERO}' + CAST({quote_identifier(column)} AS INTEGER) AS VARCHAR)"
    divisor = infer_unix_divisor(samples[column])
    if divisor:
        return f"to_timestamp(CAST({quote_identifier(column)} AS DOUBLE) / {divisor})"
    inferred = infer_time_format(samples[column])
    has_hours = ":" in "".join(list_distinct(samples[column])) or bool(inferred and "%H" in inferred.format)
    hours = [other for other, values in samples.items() if are_times_of_day(values)]
    if has_hours or len(hours) != 1:
        return quote_identifier(column)
    return f"left({quote_identifier(column)}, 10) || ' ' || {quote_identifier(hours[0])}"
