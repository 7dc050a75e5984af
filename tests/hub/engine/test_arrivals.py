"""Arrivals ask for scores: many of them are few jobs, and nobody is left out."""

import threading

import pytest
from django.db import connection, transaction

from hotleads.hub.engine.arrivals import CHUNK_CONTACTS, request_scoring
from hotleads.hub.engine.kinds import ARRIVALS_LANE
from hotleads.hub.engine.queue import claim_job, fail_job
from hotleads.hub.models import Job
from hotleads.hub.site.job_kinds import register_kinds
from tests.hub.installations import Installation


@pytest.fixture(autouse=True)
def kinds(installation: Installation) -> None:
    register_kinds()


def list_requested() -> list[list[int]]:
    return [job.options["contact_ids"] for job in Job.objects.order_by("pk")]


def test_a_job_that_waits_takes_further_contacts_along_as_far_as_it_has_room() -> None:
    request_scoring([3, 1])
    request_scoring([2, 3])
    assert list_requested() == [[1, 2, 3]]
    request_scoring(range(10, 10 + CHUNK_CONTACTS))
    first, second = list_requested()
    assert len(first) == CHUNK_CONTACTS
    assert sorted({*first, *second}) == [1, 2, 3, *range(10, 10 + CHUNK_CONTACTS)]
    assert request_scoring([]) == []


def test_a_job_that_somebody_has_begun_is_left_alone() -> None:
    request_scoring([1])
    job = claim_job(ARRIVALS_LANE, 60)
    assert job is not None
    request_scoring([1, 2])
    assert list_requested() == [[1], [1, 2]]
    fail_job(job, "the database went away")
    request_scoring([3])
    assert list_requested() == [[1], [1, 2, 3]]


def test_contacts_of_a_transaction_that_fails_are_asked_for_by_nobody() -> None:
    request_scoring([1])
    with transaction.atomic():
        request_scoring([2])
        transaction.set_rollback(True)
    assert list_requested() == [[1]]


def test_many_writers_at_once_leave_nobody_out() -> None:
    done: list[list[int]] = []

    def write(first: int) -> None:
        try:
            for number in range(first, first + 20):
                request_scoring([number])
        finally:
            connection.close()

    def claim() -> None:
        try:
            while len({contact for some in done for contact in some}) < 60:
                if (job := claim_job(ARRIVALS_LANE, 60)) is not None:
                    done.append(job.options["contact_ids"])
        finally:
            connection.close()

    threads = [threading.Thread(target=write, args=(100 * number,)) for number in range(3)]
    claiming = threading.Thread(target=claim)
    for thread in (*threads, claiming):
        thread.start()
    for thread in threads:
        thread.join()
    claiming.join(timeout=30)
    assert sorted(contact for some in done for contact in some) == [
        first + number for first in (0, 100, 200) for number in range(20)
    ]
