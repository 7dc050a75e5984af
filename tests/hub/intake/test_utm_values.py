"""UTM fields that a pull keeps aside until their contacts come."""

import os
import tracemalloc
from collections.abc import Iterator
from pathlib import Path

import pytest

from hotleads.hub.intake.pulls.utm_values import UtmValue, UtmValueStore

#: A link for each file that this process has open.
OPEN_FILES = Path("/proc/self/fd")


def iter_values(contacts: int) -> Iterator[UtmValue]:
    for number in range(contacts):
        yield UtmValue(str(number), "utm_campaign", f"campaign {number} " + "of many words " * 10)


def test_fields_are_read_by_contact_and_of_one_field_the_last_counts() -> None:
    with UtmValueStore() as store:
        store.add([UtmValue("1", "utm_source", "google"), UtmValue("2", "utm_source", "instagram")])
        store.add([UtmValue("1", "utm_campaign", "cake"), UtmValue("1", "utm_source", "bing")])
        assert store.read(["1", "3"]) == {"1": {"utm_source": "bing", "utm_campaign": "cake"}}
        assert store.read([]) == {}


@pytest.mark.skipif(not OPEN_FILES.is_dir(), reason="Linux alone lists the files that a process has open")
def test_many_values_take_no_memory_and_a_file_that_nobody_finds() -> None:
    before = list_temporary_files()
    tracemalloc.start()
    with UtmValueStore() as store:
        store.add(iter_values(20_000))  # beyond what SQLite keeps in memory
        assert tracemalloc.get_traced_memory()[0] < 200_000
        (file,) = list_temporary_files() - before
        assert file.endswith(" (deleted)")
        assert store.read(["19999"])["19999"]["utm_campaign"].startswith("campaign 19999 ")
    tracemalloc.stop()
    assert list_temporary_files() == before


def list_temporary_files() -> set[str]:
    """Return SQLite's temporary files that this process has open."""
    links = [os.readlink(link) for link in OPEN_FILES.iterdir() if link.is_symlink()]
    return {link for link in links if "/etilqs_" in link}
