"""From JSON to rows: money, instants, and the rows that an import would keep."""

from datetime import UTC, datetime, timedelta

import duckdb
import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hotleads.scoring.online.errors import ApiError
from hotleads.scoring.online.rows import ParsedLead, parse_leads, parse_timestamp
from hotleads.scoring.online.schemas import TIMESTAMP_PATTERN, Lead
from hotleads.scoring.online.timestamp_parser import NO_TIMESTAMP, parse_timestamps

AT = "2025-01-01T00:00:00Z"


def parse_lead(**rows: object) -> ParsedLead:
    return parse_leads([msgspec.convert({"lead_id": "a"} | rows, Lead)], ["leads.0"])[0]


def read_net_amounts(*amounts: float | str) -> list[int]:
    sales = [{"transaction_id": f"t{i:02}", "occurred_at": AT, "amount": amount} for i, amount in enumerate(amounts)]
    return [row.amount or 0 for row in parse_lead(purchases=sales).purchases]


def test_money_is_what_its_digits_say() -> None:
    amounts = (10, 0.1, 12.5, 19.99, "19.99", "+3", ".5", "7.", 0.30000000000000004, 123456789.1234, "99999999999999")
    expected = [
        100_000,
        1_000,
        125_000,
        199_900,
        199_900,
        30_000,
        5_000,
        70_000,
        3_000,
        1234567891234,
        999999999999990000,
    ]
    assert read_net_amounts(*amounts) == expected


@given(st.decimals(0, 10**9, places=4))
def test_numbers_and_texts_of_money_agree(amount: float) -> None:
    assert read_net_amounts(float(amount)) == read_net_amounts(str(amount)) == [int(amount * 10_000)]


@pytest.mark.parametrize("amount", ["0.00005", "0.00004999", "1.23455", "2.00015"])
def test_halves_are_rounded_as_an_import_rounds_them(amount: str) -> None:
    imported = duckdb.sql(f"SELECT CAST(CAST('{amount}' AS DECIMAL(18, 4)) * 10000 AS BIGINT)").fetchall()[0][0]
    assert read_net_amounts(amount) == [imported]


FIRST, LAST = (datetime.fromisoformat(day) for day in ("1900-01-02", "2199-12-30"))


@given(st.datetimes(FIRST, LAST, timezones=st.timezones()), st.sampled_from("T "))
def test_instants_to_the_microsecond(at: datetime, between: str) -> None:
    offset = at.utcoffset()
    if offset is None or offset.total_seconds() % 60:
        return
    text = at.isoformat(between)
    microseconds = (at.astimezone(UTC) - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1)
    assert parse_timestamps([text, AT]) == [microseconds, parse_timestamp(AT, "at")]
    assert parse_timestamp(text, "at") == microseconds


@pytest.mark.parametrize(
    "text", ["2025-13-01T00:00:00Z", "2025-02-30T00:00Z", "1899-12-31T23:59:59Z", "2025-01-01T00:00:00+99:00"]
)
def test_no_such_instant(text: str) -> None:
    assert parse_timestamps([text]) == [NO_TIMESTAMP]
    with pytest.raises(ApiError):
        parse_timestamp(text, "at")


@given(st.text("0123456789-:.+TZ ", max_size=32) | st.from_regex(TIMESTAMP_PATTERN) | st.text(max_size=25))
def test_what_is_read_at_once_is_what_is_read_alone(text: str) -> None:
    [microseconds] = parse_timestamps([text])
    if microseconds != NO_TIMESTAMP:
        assert microseconds == parse_timestamp(text, "at")


@pytest.mark.parametrize("text", ["2025-01-01T00:00Z", "2025-01-01T00:00:00+0300"])
def test_rarer_ways_to_write_an_instant(text: str) -> None:
    [row] = parse_lead(events=[{"event_type": "e", "occurred_at": text}]).events
    assert row.occurred_at == parse_timestamp(text, "at")


def test_captures_in_their_order_each_once() -> None:
    lead = parse_lead(
        captures=[
            {"captured_at": "2025-01-02T00:00:00Z", "attr_age": 30, "attr_job": ""},
            {"captured_at": AT, "utm_source": "b"},
            {"captured_at": AT, "utm_source": "a"},
            {"captured_at": AT, "utm_source": "a"},
            {"captured_at": AT},
            {"captured_at": AT, "utm_source": "a", "email": "x@example.org"},
        ],
    )
    captures = [dict(row.fields) for row in lead.captures]
    assert [{name: word for name, word in capture.items() if name != "email"} for capture in captures] == [
        {"utm_source": "a"},
        {"utm_source": "a"},  # another person's address: another capture
        {"utm_source": "b"},
        {},
        {"attr_age": "30"},
    ]


def test_events_of_one_id_and_type_are_one() -> None:
    event = {"event_type": "e", "occurred_at": AT, "event_id": "1"}
    later = event | {"occurred_at": "2025-01-03T00:00:00Z"}
    other = event | {"event_type": "f"}
    lead = parse_lead(events=[later, event, other, {"event_type": "e", "occurred_at": AT}])
    assert [row.event_type for row in lead.events] == ["e", "e", "f"]
    assert len({row.occurred_at for row in lead.events}) == 1
