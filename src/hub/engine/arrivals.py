"""Ask for leads to be scored as they arrive: in a lane of their own, never behind an import or a training.

Whatever writes a capture calls one of these in the transaction that makes it visible. The job itself is a kind that
``hub.site.job_kinds`` registers (``hub.modelling.arrivals``).
"""

from collections.abc import Iterable

from django.db import transaction

from ..models import Batch, Job, JobState
from .kinds import ARRIVALS_LANE
from .queue import enqueue_job

SCORE_ARRIVALS = "score_arrivals"
#: What one job scores: a fraction of a second, so that nobody waits for others.
CHUNK_CONTACTS = 200


def request_scoring(contact_ids: Iterable[int]) -> list[Job]:
    """Ask for contacts to be scored in the open launches that they belong to, in the caller's transaction.

    The job that waits takes them along as far as it has room, so that many arrivals are few jobs. Who objects to
    profiling loses the scores that they have.

    Parameters
    ----------
    contact_ids
        Contacts whose captures, purchases, events or consent have changed.

    Returns
    -------
    list of Job
        The jobs that score them, each of 200 contacts at most.
    """
    wanted = set(contact_ids)
    if not wanted:
        return []
    jobs = []
    with transaction.atomic():
        waiting = _lock_waiting()
        if waiting is not None:
            taken = {int(contact_id) for contact_id in waiting.options["contact_ids"]}
            added = sorted(wanted - taken)[: CHUNK_CONTACTS - len(taken)]
            waiting.options = {"contact_ids": sorted(taken.union(added))}
            waiting.save(update_fields=["options"])
            wanted -= taken.union(added)
            jobs.append(waiting)
        ordered = sorted(wanted)
        chunks = [ordered[start : start + CHUNK_CONTACTS] for start in range(0, len(ordered), CHUNK_CONTACTS)]
        jobs += [enqueue_job(SCORE_ARRIVALS, {"contact_ids": [*chunk]}) for chunk in chunks]
    return jobs


def request_batch_scoring(batch: Batch) -> Job:
    """Ask for everybody with a capture in a batch to be scored, in the transaction that commits the batch.

    Parameters
    ----------
    batch
        Rows that are seen together from now on. Asking again for the same batch gives the job that is there.

    Returns
    -------
    Job
        The first job; each one asks for the next, so that single arrivals come between them.
    """
    return enqueue_job(
        SCORE_ARRIVALS, {"batch_id": batch.pk, "after_id": 0}, idempotency_key=f"{SCORE_ARRIVALS}:{batch.pk}:0"
    )


def _lock_waiting() -> Job | None:
    """Return the newest job of single contacts that nobody has begun, kept from who would claim it meanwhile."""
    waiting = Job.objects.filter(
        lane=ARRIVALS_LANE, kind=SCORE_ARRIVALS, state=JobState.QUEUED, attempts=0, idempotency_key=None
    )
    return waiting.select_for_update(skip_locked=True).order_by("-pk").first()
