"""How leads are reached, from the latest capture that says so, and which lead has an e-mail address."""

import pandas as pd
import pytest

from hotleads.history import History, history_from_frames
from hotleads.history.contacts import find_leads_by_email, read_contacts

LAUNCHES = pd.DataFrame(
    {
        "launch_id": ["l"],
        "strategy": ["classic"],
        "product_id": ["p"],
        "cart_opens_at": ["2025-01-10T00:00:00Z"],
        "cart_closes_at": ["2025-01-20T00:00:00Z"],
    }
)


def build_history(rows: list[tuple[str, str, str | None, str | None]]) -> History:
    leads = pd.DataFrame(rows, columns=["lead_id", "captured_at", "name", "email"])
    return history_from_frames(launches=LAUNCHES, leads=leads)


@pytest.fixture(scope="module")
def history() -> History:
    return build_history(
        [
            ("1", "2025-01-01T00:00:00Z", "Old Name", "Ana.Lima+promo@gmail.com"),
            ("1", "2025-01-02T00:00:00Z", "Ana Lima", None),
            ("2", "2025-01-01T00:00:00Z", "Bo", "ana.lima@example.com"),
            ("3", "2025-01-01T00:00:00Z", None, None),
            ("4", "2025-01-01T00:00:00Z", None, "bo@example.com"),
            ("5", "2025-01-01T00:00:00Z", None, "BO@example.com"),
        ]
    )


def test_the_latest_capture_that_says_something_counts(history: History) -> None:
    contacts = read_contacts(history)
    assert contacts.loc["1", ["name", "email"]].tolist() == ["Ana Lima", "Ana.Lima+promo@gmail.com"]
    assert "3" not in contacts.index
    assert contacts["phone"].isna().all()


def test_a_history_without_contacts_says_how_to_get_them() -> None:
    with pytest.raises(LookupError, match="import its leads with the columns name, email or phone"):
        read_contacts(build_history([("1", "2025-01-01T00:00:00Z", None, None)]))


@pytest.mark.parametrize(
    ("address", "leads"),
    [
        (" analima@GMAIL.com ", ["1"]),
        ("ana.lima@example.com", ["2"]),
        ("analima@example.com", []),
        ("bo@example.com", ["4", "5"]),
        ("nobody@example.com", []),
        ("no address", []),
    ],
)
def test_an_address_is_found_however_it_is_written(history: History, address: str, leads: list[str]) -> None:
    assert find_leads_by_email(history, address) == leads
