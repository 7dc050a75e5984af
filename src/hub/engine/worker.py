"""The worker: one thread a lane, so that what arrives never waits behind what takes long."""

import logging
import threading
from collections.abc import Sequence

from django.db import DatabaseError, close_old_connections, connection

from .kinds import LANES
from .queue import claim_job
from .runner import Lease, run_job
from .schedules import enqueue_due_schedules

_logger = logging.getLogger(__name__)
_POLL_SECONDS = 0.5
_OUTAGE_SECONDS = 5.0


class Worker:
    """Claims and runs jobs until it is stopped.

    Parameters
    ----------
    lease
        How long a claim holds without a sign of life.
    lanes
        The lanes that it works on, each in a thread of its own.
    """

    def __init__(self, lease: Lease | None = None, lanes: Sequence[str] = LANES) -> None:
        self._lease = lease or Lease()
        self._lanes = lanes
        self._stop = threading.Event()

    def run(self, *, drain: bool = False) -> None:
        """Work until ``stop`` is called; with ``drain`` until no job is due."""
        threads = [threading.Thread(target=self._work, args=(lane, drain), name=lane) for lane in self._lanes]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

    def stop(self) -> None:
        """Give back what runs and return from ``run``."""
        self._stop.set()

    def _work(self, lane: str, drain: bool) -> None:
        try:
            while not self._stop.is_set():
                if not self._work_once(lane) and (drain or self._stop.wait(_POLL_SECONDS)):
                    return
        finally:
            connection.close()

    def _work_once(self, lane: str) -> bool:
        """Run one job of a lane; False: none is due."""
        try:
            close_old_connections()
            enqueue_due_schedules()
            job = claim_job(lane, self._lease.seconds)
            if job is not None:
                run_job(job, self._lease, self._stop)
        except DatabaseError as error:  # a restart of the database is no reason to stop working
            _logger.warning("the database does not answer (%s); trying again", type(error).__name__)
            connection.close()
            self._stop.wait(_OUTAGE_SECONDS)
            return True
        return job is not None
