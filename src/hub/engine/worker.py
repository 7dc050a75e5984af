"""The worker: one thread a lane, and one for each loop, so that what arrives never waits behind what takes long."""

import logging
import threading
from collections.abc import Callable, Sequence
from functools import partial

from django.db import close_old_connections, connection

from ..errors import OUTAGES, describe_error
from .kinds import LANES
from .loops import list_loops
from .queue import claim_job
from .runner import Lease, run_job
from .schedules import enqueue_due_schedules

_logger = logging.getLogger(__name__)
_POLL_SECONDS = 0.5
_OUTAGE_SECONDS = 5.0


class Worker:
    """Claims and runs jobs, and what goes round in loops, until it is stopped.

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
        """Work until ``stop`` is called; with ``drain`` until neither a loop nor a lane has anything to do."""
        loops = [(loop.name, loop.load()) for loop in list_loops()]
        lanes = [(lane, partial(self._run_next, lane)) for lane in self._lanes]
        if not drain:
            self._run_threads([*loops, *lanes], drain=False)
            return
        # Loops first and last: what they take in asks for jobs, and a job may leave them something.
        self._run_threads(loops, drain=True)
        did_work = True
        while did_work and not self._stop.is_set():
            self._run_threads(lanes, drain=True)
            did_work = self._run_threads(loops, drain=True)

    def stop(self) -> None:
        """Give back what runs and return from ``run``."""
        self._stop.set()

    def _run_threads(self, steps: Sequence[tuple[str, Callable[[], bool]]], *, drain: bool) -> bool:
        """Repeat each step in a thread of its own; return whether one of them did anything."""
        did_work = threading.Event()
        threads = [
            threading.Thread(target=self._repeat, args=(step, drain, did_work), name=name) for name, step in steps
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        return did_work.is_set()

    def _repeat(self, step: Callable[[], bool], drain: bool, did_work: threading.Event) -> None:
        try:
            while not self._stop.is_set():
                if self._try_once(step):
                    did_work.set()
                elif drain or self._stop.wait(_POLL_SECONDS):
                    return
        finally:
            connection.close()

    def _try_once(self, step: Callable[[], bool]) -> bool:
        """Take a step; return whether there was anything to do."""
        try:
            close_old_connections()
            return step()
        except OUTAGES as error:  # a restart of the database is no reason to stop working
            _logger.warning("the database does not answer (%s); trying again", type(error).__name__)
            is_outage = True
        except Exception as error:  # nor is a full disk: nobody would miss a lane whose thread has ended
            _logger.error("%s stopped (%s); trying again", threading.current_thread().name, describe_error(error))
            is_outage = False
        connection.close()
        self._stop.wait(_OUTAGE_SECONDS)
        return is_outage

    def _run_next(self, lane: str) -> bool:
        """Run one job of a lane; False: none is due."""
        enqueue_due_schedules()
        job = claim_job(lane, self._lease.seconds)
        if job is not None:
            run_job(job, self._lease, self._stop)
        return job is not None
