"""Launches: what each strategy needs, and the instants that follow from it."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from hotleads.history import Launch, LaunchError


def march(day: int) -> datetime:
    return datetime(2024, 3, day, tzinfo=UTC)


CLASSIC = Launch("c", "classic", cart_opens_at=march(1), cart_closes_at=march(8))
PAID = Launch("p", "paid", entry_product_id="ebook", cart_opens_at=march(1), cart_closes_at=march(8))
PERPETUAL = Launch("e", "perpetual", capture_starts_at=march(1), capture_ends_at=march(31), horizon_days=7)


@pytest.mark.parametrize("launch", [CLASSIC, PAID, PERPETUAL], ids=lambda launch: launch.strategy)
def test_a_whole_launch_is_sound(launch: Launch) -> None:
    launch.check()

    assert launch.problem is None
    assert launch.as_of == march(1)
    assert launch.length == timedelta(days=7)


def test_the_last_label_is_known_when_the_cart_closes() -> None:
    assert CLASSIC.closes_at == PAID.closes_at == march(8)


def test_the_last_label_of_a_perpetual_launch_is_known_a_horizon_after_its_last_capture() -> None:
    assert PERPETUAL.closes_at == march(31) + timedelta(days=7)


@pytest.mark.parametrize(
    ("launch", "needed"),
    [
        *((CLASSIC, name) for name in ("cart_opens_at", "cart_closes_at")),
        *((PAID, name) for name in ("cart_opens_at", "cart_closes_at", "entry_product_id")),
        *((PERPETUAL, name) for name in ("capture_starts_at", "capture_ends_at", "horizon_days")),
    ],
)
def test_what_is_missing_is_named(launch: Launch, needed: str) -> None:
    with pytest.raises(LaunchError, match=needed) as refused:
        replace(launch, **{needed: None}).check()
    assert refused.value.code == "launch-incomplete"


def test_all_that_is_missing_is_named_at_once() -> None:
    with pytest.raises(LaunchError, match="cart_opens_at, cart_closes_at, entry_product_id"):
        Launch("p", "paid").check()


def test_a_strategy_must_be_known() -> None:
    with pytest.raises(LaunchError, match="classic, perpetual, paid"):
        replace(CLASSIC, strategy="modern").check()


@pytest.mark.parametrize(
    "launch",
    [
        replace(CLASSIC, cart_closes_at=march(1)),
        replace(PAID, cart_closes_at=march(1) - timedelta(seconds=1)),
        replace(PERPETUAL, horizon_days=0),
        replace(PERPETUAL, capture_ends_at=march(1) - timedelta(seconds=1)),
    ],
)
def test_a_launch_ends_after_it_begins(launch: Launch) -> None:
    with pytest.raises(LaunchError, match="ends before it begins") as refused:
        launch.check()
    assert refused.value.code == "launch-reversed"


@pytest.mark.parametrize("launch", [CLASSIC, PAID, PERPETUAL], ids=lambda launch: launch.strategy)
def test_another_length_moves_the_end_alone(launch: Launch) -> None:
    longer = launch.with_length(timedelta(days=30))

    assert longer.length == timedelta(days=30)
    assert longer.as_of == launch.as_of
    assert longer.closes_at - launch.closes_at == timedelta(days=23)
    assert longer.with_length(launch.length) == launch


def test_an_instant_that_is_missing_is_named_when_asked_for() -> None:
    with pytest.raises(LaunchError, match="cart_opens_at"):
        _ = Launch("c", "classic").as_of
