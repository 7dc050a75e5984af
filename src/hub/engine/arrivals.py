"""Ask for leads to be scored as they arrive: in a lane of their own, never behind an import or a training.

Whatever writes a capture calls one of these in the transaction that makes it visible. The job itself is a kind that
``hub.site.job_kinds`` registers (``hub.modelling.arrivals``).
"""

from collections.abc import Iterable

from ..models import Batch, Job
from .queue import enqueue_job

SCORE_ARRIVALS = "score_arrivals"
#: What one job scores: a fraction of a second, so that nobody waits for others.
CHUNK_CONTACTS = 200


def request_scoring(contact_ids: Iterable[int]) -> list[Job]:
    """Ask for contacts to be scored in the open launches that they belong to, in the caller's transaction.

    Who objects to profiling loses the scores that they have.

    Parameters
    ----------
    contact_ids
        Contacts whose captures, purchases, events or consent have changed.

    Returns
    -------
    list of Job
        The jobs, one for each 200 contacts.
    """
    ordered = sorted(set(contact_ids))
    chunks = [ordered[start : start + CHUNK_CONTACTS] for start in range(0, len(ordered), CHUNK_CONTACTS)]
    return [enqueue_job(SCORE_ARRIVALS, {"contact_ids": [*chunk]}) for chunk in chunks]


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
