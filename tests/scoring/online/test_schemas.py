"""Decoding at once and validating lead by lead agree, and both have the columns of the data contract."""

import json
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given, note, settings
from hypothesis import strategies as st
from msgspec import Struct, structs

from hotleads.history.schema import TABLES
from hotleads.scoring.online import schemas
from hotleads.scoring.online.launch_scorer import encode_leads
from hotleads.scoring.online.validation import ValidatedRequest, decode_valid, validate_each_lead
from tests.serving.spoiled import spoiled_requests, values

AT = "2025-01-01T00:00:00Z"
few = st.sampled_from
texts = few([None, "", "a", " a ", "\t", "a\u00a0", "x" * 2000, "x" * 2001, 1, 1.5, True])
ids = few(["a", "a", "b", " b", " ", "", "x" * 501, None])
times = few([AT, "2025-01-02 00:00:00.5+03:00", "2025-01-01T00:00Z", " " + AT, "2025-01-01t00:00:00z", "2025-01-01", 5])
times |= few(["2025-01-01T00:00:00.1234567Z", "2025-01-01T00:00:00", AT + "\n", "1899-01-01T00:00:00Z", None])
amounts = few([None, 1, -1, 1.5, "1.5", "1.5\n", " 2", "x", 1e14, 10**30, True, "", "\u0661"])
wholes = few([None, 1, 1.0, "1", 10**15, True])
purchases = st.fixed_dictionaries(
    {"transaction_id": ids, "occurred_at": times},
    optional={"event_id": texts, "amount": amounts, "installments": wholes, "status": few([None, "refunded", "x"])}
    | {"product_id": texts, "language": texts},
)
captures = st.fixed_dictionaries(
    {"captured_at": times}, optional=dict.fromkeys(("country", "attr_a", "email", "utm_sorce"), texts)
)
events = st.fixed_dictionaries(
    {"event_type": ids, "occurred_at": times}, optional={"value": amounts, "event_id": texts}
)
leads = st.fixed_dictionaries(
    {"lead_id": ids},
    optional={"as_of": times, "purchases": st.lists(purchases, max_size=2), "captures": st.lists(captures, max_size=2)}
    | {"events": st.lists(events, max_size=2) | st.none()},
)
launches = st.fixed_dictionaries(
    {"launch_id": ids}, optional={"product_id": texts, "strategy": few(["paid", "x", None])}
)
requests = st.fixed_dictionaries(
    {"leads": st.lists(leads, max_size=2)},
    optional={"launch_id": ids, "product_id": ids, "launch": launches, "as_of": times, "reasons": wholes}
    | {"language": few(["en", "pt_BR", "de"])},
)


def describe(validated: ValidatedRequest) -> str:
    """All that a response depends on; as text, since NaN does not equal itself."""
    leads = list(validated.leads.values())
    options = structs.asdict(validated.options) | {"leads": [], "as_of": ""}
    plan: Any = SimpleNamespace(encode_captures=list)  # the captures' fields as they are
    ids = [lead[:2] for lead in leads]
    return repr((sorted(options.items()), validated.as_of, validated.size, ids, encode_leads(leads, plan)))


@pytest.mark.slow
@settings(max_examples=600, deadline=None)
@given(requests | spoiled_requests() | values)
def test_what_is_decoded_at_once_equals_what_is_validated_lead_by_lead(request: Any) -> None:
    body = json.dumps(request).encode()
    note(body.decode())
    if decoded := decode_valid(body):
        validated = validate_each_lead(body)
        assert not validated.errors
        assert describe(decoded) == describe(validated)


def test_a_valid_request_is_decoded_at_once() -> None:
    purchase = {"transaction_id": "t", "occurred_at": AT, "amount": "1.5", "product_id": " p "}
    lead = {"lead_id": "a", "captures": [{"captured_at": AT, "attr_x": 1}], "purchases": [purchase]}
    assert decode_valid(json.dumps({"product_id": "p", "leads": [lead]}).encode()) is not None


@pytest.mark.parametrize(
    ("struct", "table", "without"),
    [
        (schemas.Purchase, "purchases", {"lead_id"}),
        (schemas.Event, "events", {"lead_id"}),
        (schemas.CaptureColumns, "leads", {"lead_id"}),
        (
            schemas.LaunchDescription,
            "launches",
            {"capture_starts_at", "capture_ends_at", "cart_opens_at", "cart_closes_at", "horizon_days"},
        ),
    ],
)
def test_a_requests_fields_are_the_columns_of_the_data_contract(
    struct: type[Struct], table: str, without: set[str]
) -> None:
    assert set(struct.__struct_fields__) == set(TABLES[table].names) - without
    required = {field.name for field in structs.fields(struct) if field.required}
    assert required == {column.name for column in TABLES[table].columns if column.required} - without - {"strategy"}
