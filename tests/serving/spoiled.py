"""Requests as nobody should send them: any JSON, and good requests with something spoiled."""

from hypothesis import strategies as st

from .conftest import LAUNCH, Row

names = st.sampled_from(
    [
        "lead_id",
        "leads",
        "captures",
        "purchases",
        "events",
        "as_of",
        "amount",
        "occurred_at",
        "captured_at",
        "status",
        "x",
    ]
)
scalars = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text()
    | st.sampled_from(
        ["2025-01-01T00:00:00Z", "2025-01-01T00:00:00+99:00", "-0", "1e400", "approved", "\x00", "9" * 5000]
    )
)
values = st.recursive(
    scalars, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(names | st.text(), inner, max_size=5)
)
good = {"transaction_id": "t", "occurred_at": "2025-01-01T00:00:00Z", "event_type": "e"}


@st.composite
def spoiled_requests(draw: st.DrawFn) -> Row:
    """A good request with a few of its values replaced by anything."""
    purchase = {name: good[name] for name in ("transaction_id", "occurred_at")} | draw(
        st.dictionaries(names, values, max_size=2)
    )
    event = {name: good[name] for name in ("event_type", "occurred_at")} | draw(
        st.dictionaries(names, values, max_size=1)
    )
    lead = {"lead_id": "a", "purchases": [purchase], "events": [event]} | draw(
        st.dictionaries(names, values, max_size=1)
    )
    return {"launch_id": LAUNCH, "leads": [lead, draw(values)]} | draw(st.dictionaries(names, values, max_size=1))
