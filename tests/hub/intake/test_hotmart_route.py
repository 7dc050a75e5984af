"""``POST /webhooks/hotmart``: who is let in, what is kept, and that nothing sent there is an error of ours."""

import json
from collections import Counter
from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from starlette.applications import Starlette
from starlette.routing import Route
from starlette.testclient import TestClient

from hotleads.hub.clock import get_now, set_clock
from hotleads.hub.intake.connections import ConnectionSetupError, remove_connection
from hotleads.hub.intake.guess_limit import MAX_FAILURES_A_MINUTE
from hotleads.hub.intake.hotmart import route
from hotleads.hub.intake.hotmart.accounts import (
    FORMER_DAYS,
    AccountSettings,
    add_account,
    load_hottoks,
    match_hottok,
    rotate_hottok,
)
from hotleads.hub.intake.hotmart.route import MAX_BODY_BYTES, PATH, HotmartWebhook
from hotleads.hub.intake.inbox import process_waiting
from hotleads.hub.intake.inbox_writer import InboxBusyError, InboxWriter
from hotleads.hub.models import AuditEntry, Connection, Event, InboxItem, Purchase
from hotleads.hub.site.job_kinds import register_kinds
from tests.hub.installations import Installation
from tests.hub.intake.hotmart_payloads import CAPTURES, build_delivery, encode, read_captures

register_kinds()
HOTTOK, OTHER = "hottok-of-the-first", "hottok-of-the-second"
BODY = encode(build_delivery("PURCHASE_APPROVED"))


@pytest.fixture
def account(sqlite_installation: Installation) -> Connection:
    return add_account("First", HOTTOK, AccountSettings(), {})


@pytest.fixture
def client(account: Connection) -> Iterator[TestClient]:
    with open_client() as client:
        yield client


def open_client() -> TestClient:
    return TestClient(Starlette(routes=[Route(PATH, HotmartWebhook(InboxWriter()))]))


def post(client: TestClient, body: bytes = BODY, hottok: str | None = HOTTOK, **headers: str) -> Any:
    sent: dict[str, str | bytes] = {"content-type": "application/json", **headers}
    if hottok is not None:
        sent["X-HOTMART-HOTTOK"] = hottok.encode()
    return client.post(PATH, content=body, headers=sent)


def test_a_delivery_is_kept_as_it_came_and_once(client: TestClient, account: Connection) -> None:
    first, again = post(client), post(client)
    assert (first.status_code, first.json()) == (200, {"status": "accepted"})
    assert (again.status_code, again.json()) == (200, {"status": "duplicate"})
    item = InboxItem.objects.get()
    assert (item.body, item.source, item.origin_id, item.outcome) == (BODY, "hotmart", account.pk, "waiting")
    assert item.event_type == "PURCHASE_APPROVED"


@pytest.mark.skipif(not CAPTURES.is_dir(), reason="the captured deliveries are not at hand")
def test_each_new_id_is_kept_and_what_it_says_of_a_sale_counts_once(client: TestClient) -> None:
    deliveries = [json.loads(body) for body in read_captures()]
    own_ids = {delivery["id"] for delivery in deliveries}
    assert (len(deliveries), len(own_ids)) == (29, 28)  # one is there twice, as Hotmart sent it again
    rows = []
    for number in range(1, 4):
        answers = [post(client, encode(delivery | {"id": str(uuid4())})) for delivery in deliveries]
        assert [answer.json()["status"] for answer in answers] == ["accepted"] * 29
        assert InboxItem.objects.count() == 29 * number
        while process_waiting():
            pass
        rows.append((Purchase.objects.count(), Event.objects.count()))
    # A status of a transaction is one row whatever the delivery's id, which is all that tells two events apart.
    assert [purchases for purchases, _ in rows] == [17] * 3
    assert [events for _, events in rows] == [10, 20, 30]
    for kept in (28, 0):
        statuses = Counter(post(client, encode(delivery)).json()["status"] for delivery in deliveries)
        assert statuses == Counter(accepted=kept, duplicate=29 - kept)
    assert InboxItem.objects.count() == 3 * 29 + 28


def test_each_account_has_its_own_hottok_and_no_other_is_let_in(
    client: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(route, "_MIN_CACHE_SECONDS", 0.0)
    assert post(client, hottok=OTHER).status_code == 401
    second = add_account("Second", OTHER, AccountSettings(), {})
    assert post(client, hottok=OTHER).status_code == 200
    assert InboxItem.objects.get().origin_id == second.pk
    for wrong in (None, "", HOTTOK[:-1], HOTTOK + "x", "ação-ação-ação"):
        assert post(client, hottok=wrong).status_code == 401
    assert InboxItem.objects.count() == 1


def test_who_sends_many_wrong_hottoks_waits_and_a_right_one_is_always_taken(client: TestClient) -> None:
    answers = [post(client, hottok=f"guess-{number}") for number in range(MAX_FAILURES_A_MINUTE + 1)]
    assert {answer.status_code for answer in answers[:-1]} == {401}
    refused = answers[-1]
    assert (refused.status_code, refused.json()["error"]["code"]) == (429, "too_many_failures")
    assert 1 <= int(refused.headers["retry-after"]) <= 60
    assert refused.headers["connection"] == "close"
    assert post(client).status_code == 200
    delivery = build_delivery("PURCHASE_REFUNDED") | {"hottok": HOTTOK}
    assert post(client, encode(delivery), hottok=None).status_code == 200
    assert post(client, encode(delivery | {"hottok": "guess"}), hottok=None).status_code == 429


def test_the_body_s_hottok_counts_where_there_is_no_header(client: TestClient) -> None:
    old = build_delivery("UPDATE_SUBSCRIPTION_CHARGE_DATE")
    assert post(client, encode(old | {"hottok": HOTTOK}), hottok=None).status_code == 200
    assert post(client, encode(old | {"hottok": "wrong"}), hottok=None).status_code == 401
    assert post(client, encode(old | {"hottok": HOTTOK}), hottok="wrong").status_code == 401


def test_a_rotated_hottok_holds_for_a_week_and_a_removed_account_is_let_in_no_more(account: Connection) -> None:
    rotate_hottok(account, OTHER)
    assert (match_hottok(OTHER.encode(), load_hottoks()), match_hottok(HOTTOK.encode(), load_hottoks())) == (1, 1)
    later = get_now()
    with set_clock(lambda: later.replace(year=later.year + 1)):
        assert match_hottok(OTHER.encode(), load_hottoks()) == account.pk
        assert match_hottok(HOTTOK.encode(), load_hottoks()) is None
    assert FORMER_DAYS == 7
    remove_connection(account)
    assert load_hottoks() == []
    assert Connection.objects.get().secrets is None
    actions = list(AuditEntry.objects.order_by("pk").values_list("action", flat=True))
    assert actions == ["connection.added", "connection.rotated", "connection.removed"]
    assert not [entry for entry in AuditEntry.objects.all() if "hottok" in json.dumps(entry.details)]


def test_an_account_needs_a_name_and_a_hottok_of_its_own(account: Connection) -> None:
    for name, hottok in (("First", OTHER), ("Other", HOTTOK), ("", OTHER), ("Other", "short"), ("Other", "ação" * 5)):
        with pytest.raises(ConnectionSetupError):
            add_account(name, hottok, AccountSettings(), {})
    assert Connection.objects.count() == 1


def test_version_1_is_refused_with_the_remedy(client: TestClient) -> None:
    form = f"hottok={HOTTOK}&prod=1&email=ana%40example.com&status=approved".encode()
    answer = post(client, form, hottok=None, **{"content-type": "application/x-www-form-urlencoded"})
    assert answer.status_code == 400
    assert answer.json()["error"]["code"] == "unsupported_version"
    assert "2.0.0" in answer.json()["error"]["message"]
    assert post(client, encode(build_delivery("PURCHASE_APPROVED") | {"version": "1.0.0"})).status_code == 400
    wrong = form.replace(HOTTOK.encode(), b"wrong")
    kind = {"content-type": "application/x-www-form-urlencoded"}
    assert post(client, wrong, hottok=None, **kind).status_code == 401


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"", 400),
        (b"{", 400),
        (b"[]", 400),
        (b"null", 400),
        (b'{"id": null}', 400),
        (b'{"id": ""}', 400),
        (b'{"id": {"a": 1}}', 400),
        (b'{"id": true}', 400),
        (b'{"id": "\\u0000"}', 400),
        ('{"id": "ação"}'.encode("latin-1"), 400),
        (b'{"id": "' + b"x" * 300 + b'"}', 400),
        (b"[" * 200_000, 400),
        (b'{"id": "deep", "data": ' + b'{"a":' * 30_000 + b"1" + b"}" * 30_000 + b"}", 400),
        (b'{"id": "nan", "x": NaN}', 400),
        (b'{"id": "' + b"x" * MAX_BODY_BYTES + b'"}', 413),
        (b'{"id": 12}', 200),
        (b'\xef\xbb\xbf{"id": "bom"}', 200),
        (b'{"id": "wrong types", "event": [1], "version": 2, "data": "none", "creation_date": {}}', 200),
        (b'{"id": "big", "event": "PURCHASE_APPROVED", "creation_date": ' + b"9" * 4_000 + b"}", 200),
    ],
    ids=lambda value: value[:24].decode("latin-1") if isinstance(value, bytes) else str(value),
)
def test_hostile_bodies_are_refused_or_kept(body: bytes, status: int, client: TestClient) -> None:
    assert post(client, body).status_code == status
    assert InboxItem.objects.count() == (status == 200)
    while process_waiting():
        pass
    assert not InboxItem.objects.filter(outcome="waiting").exists()


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20) | st.just("\x00"),
    lambda children: st.lists(children, max_size=3) | st.dictionaries(st.text(max_size=5), children, max_size=3),
    max_leaves=8,
)
_PATHS = (
    ("data",),
    ("creation_date",),
    ("data", "buyer"),
    ("data", "buyer", "email"),
    ("data", "buyer", "name"),
    ("data", "buyer", "checkout_phone"),
    ("data", "product", "id"),
    ("data", "purchase"),
    ("data", "purchase", "status"),
    ("data", "purchase", "transaction"),
    ("data", "purchase", "approved_date"),
    ("data", "purchase", "price"),
    ("data", "purchase", "price", "value"),
    ("data", "purchase", "price", "currency_value"),
    ("data", "purchase", "payment", "installments_number"),
    ("data", "purchase", "offer", "code"),
    ("data", "purchase", "origin"),
)


@pytest.mark.slow
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(path=st.sampled_from(_PATHS), value=_JSON, number=st.integers(0, 10**9))
@example(path=("data", "buyer", "email"), value="a" * 400 + "@example.com", number=1)
@example(path=("data", "buyer", "name"), value="Ana\x00\ud800", number=2)
@example(path=("data", "purchase", "price", "value"), value="NaN", number=3)
@example(path=("data", "purchase", "price", "value"), value=-1, number=4)
@example(path=("data", "product", "id"), value=10**30, number=5)
@example(path=("data", "purchase", "payment", "installments_number"), value=10**12, number=6)
def test_whatever_stands_in_a_field_is_kept_and_processed_without_an_error_of_ours(
    module_client: TestClient, path: tuple[str, ...], value: object, number: int
) -> None:
    delivery = build_delivery("PURCHASE_APPROVED") | {"id": f"{number}-{hash(str(value))}"}
    place: Any = delivery
    for name in path[:-1]:
        place = place[name]
    place[path[-1]] = value
    answer = post(module_client, json.dumps(delivery).encode())
    assert answer.status_code in (200, 400)
    while process_waiting():
        pass
    codes = set(InboxItem.objects.values_list("error_code", flat=True))
    assert {code for code in codes if code != code.lower()} == set()  # a class's name: nobody foresaw it


@pytest.fixture(scope="module")
def module_client(module_installation: Installation) -> Iterator[TestClient]:
    add_account("First", HOTTOK, AccountSettings(), {})
    with open_client() as client:
        yield client


def test_what_cannot_be_kept_is_to_be_sent_again(client: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    async def refuse(*_: object) -> list[bool]:
        raise InboxBusyError("the inbox takes nothing in now")

    monkeypatch.setattr(InboxWriter, "write", refuse)
    answer = post(client)
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "5")


def test_other_methods_are_refused(client: TestClient) -> None:
    answer = client.get(PATH)
    assert (answer.status_code, answer.headers["allow"]) == (405, "POST")


def test_the_limit_is_well_above_what_hotmart_sends() -> None:
    assert 20 * len(BODY) < route.MAX_BODY_BYTES
