"""The benchmark of the pages at a small size: every page answers within its limits, and the counts are right."""

import gc
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from types import ModuleType
from typing import Any

import pytest

from tests.conftest import REPOSITORY
from tests.hub.installations import Installation


@pytest.mark.slow
def test_pages_keep_to_their_limits_and_counts_equal_a_recount(
    study: Callable[[str], ModuleType],
    choose_size: Callable[[int, int], int],
    installation: Installation,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.syspath_prepend(str(REPOSITORY / "benchmarks"))  # one benchmark imports others
    size = study("hub_size")
    size.fill_hub(size.Size(choose_size(3_000, 100_000), choose_size(4, 50)), datetime.now(UTC).replace(microsecond=0))
    benchmark = study("hub_pages")
    pages, _counts = benchmark.measure_filled()
    assert {"home", "launch_detail", "lead_list, its end", "lead_find, by e-mail"} <= {page.name for page in pages}
    # A machine that does other work takes up to twice the CPU for the same.
    limits = (2 * benchmark.MAX_CPU_MS, benchmark.MAX_KILOBYTES)
    assert [page for page in pages if not page.is_file and _is_beyond(page, *limits)] == []


@pytest.mark.slow
def test_pages_that_are_opened_again_and_again_keep_nothing(
    study: Callable[[str], ModuleType], sqlite_installation: Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The first visits fill caches: templates, formats, modules. After them memory stays as it is."""
    monkeypatch.syspath_prepend(str(REPOSITORY / "benchmarks"))
    size = study("hub_size")
    size.fill_hub(size.Size(3_000, 4), datetime.now(UTC).replace(microsecond=0))
    benchmark = study("hub_pages")
    visitor = benchmark.Visitor()
    paths = [path for _name, path in (*benchmark.list_addresses(), *benchmark.list_far_addresses())]
    paths = [path for path in paths if visitor.ask(path)[0] < 400]  # pytest keeps what is logged of the others
    blocks = []
    for _visit in range(6):
        for path in paths:
            visitor.ask(path)
        gc.collect()
        blocks.append(sys.getallocatedblocks())
    assert blocks[-1] - blocks[2] < 2 * len(paths), blocks  # three visits that keep one object each are beyond


def _is_beyond(page: Any, cpu_ms: float, kilobytes: float) -> bool:
    return bool(page.cpu_ms > cpu_ms or page.kilobytes > kilobytes)
