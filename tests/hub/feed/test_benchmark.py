"""The benchmark of the feed at a small size: what it measures is right."""

from collections.abc import Callable
from types import ModuleType

import pytest


@pytest.mark.slow
@pytest.mark.parametrize("database", ["sqlite", "postgresql"])
def test_the_benchmark_loses_no_row(
    study: Callable[[str], ModuleType], choose_size: Callable[[int, int], int], database: str
) -> None:
    purchases = choose_size(3_000, 10_000_000)
    figures = study("hub_feed").measure(purchases, database)
    assert figures["first"]["rows"] == purchases
    assert figures["second"]["rows"] == 1_000
    assert figures["first"]["megabytes"] <= 400
