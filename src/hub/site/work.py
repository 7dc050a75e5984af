"""The worker as a process: it stops on SIGTERM and SIGINT, giving back what it was doing."""

import signal

from ..engine.worker import Worker


def run_worker(*, drain: bool = False) -> None:
    """Claim and run jobs of the installation until a signal comes; with ``drain`` until none is due."""
    worker = Worker()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: worker.stop())
    worker.run(drain=drain)
