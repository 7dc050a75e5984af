"""The quick way to read a request takes what the contract takes, as it does, and nothing else."""

import json
from types import SimpleNamespace
from typing import Any, get_args, get_type_hints

import pytest
from hypothesis import given, note, settings
from hypothesis import strategies as st
from msgspec import structs

from hotleads.scoring.online import contract, reading
from hotleads.scoring.online.columns import columns
from hotleads.scoring.online.validation import decode_valid, validate_each_lead

from .spoiled import spoiled_requests, values

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


def told(checked: Any) -> Any:
    """All that an answer depends on; in words, since a number that is not one is not itself."""
    leads = list(checked.leads.values())
    request = structs.replace(checked.request, leads=[], as_of="")
    plan: Any = SimpleNamespace(encode_captures=list)  # what captures say, as it is
    return repr((request, checked.as_of, checked.size, [lead[:2] for lead in leads], columns(leads, plan)))


@settings(max_examples=600, deadline=None)
@given(requests | spoiled_requests() | values)
def test_what_is_read_quickly_is_what_the_contract_says(request: Any) -> None:
    body = json.dumps(request).encode()
    note(body.decode())
    if quick := decode_valid(body):
        careful = validate_each_lead(body)
        assert not careful.refused
        assert told(quick) == told(careful)


def test_a_good_request_is_read_quickly() -> None:
    purchase = {"transaction_id": "t", "occurred_at": AT, "amount": "1.5", "product_id": " p "}
    lead = {"lead_id": "a", "captures": [{"captured_at": AT, "attr_x": 1}], "purchases": [purchase]}
    assert decode_valid(json.dumps({"product_id": "p", "leads": [lead]}).encode()) is not None


@pytest.mark.parametrize("name", ["Purchase", "Event", "Lead", "LaunchDescription"])
def test_fields_are_those_of_the_contract(name: str) -> None:
    fields = structs.fields(getattr(reading, name))
    declared: Any = getattr(contract, name)
    assert {field.name for field in fields} == set(declared.__annotations__)
    assert {field.name for field in fields if field.required} == declared.__required_keys__


def test_the_request_is_that_of_the_contract() -> None:
    hints = get_type_hints(contract.ScoreRequest, include_extras=True)
    assert {field.name for field in structs.fields(reading.Request)} == set(hints)
    assert get_args(get_type_hints(reading.Request)["language"]) == get_args(get_args(hints["language"])[0])
