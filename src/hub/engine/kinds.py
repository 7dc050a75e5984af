"""The kinds of jobs: upper rooms register theirs, and the engine knows them by name alone."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib import import_module
from typing import Protocol

#: What takes long, files that somebody waits for, pulls, which wait for others' servers, and what must never wait
#: behind any of them (arrivals to be scored).
JOBS_LANE = "jobs"
IMPORTS_LANE = "imports"
PULLS_LANE = "pulls"
ARRIVALS_LANE = "arrivals"
LANES = (JOBS_LANE, IMPORTS_LANE, PULLS_LANE, ARRIVALS_LANE)

Json = None | bool | int | float | str | list["Json"] | dict[str, "Json"]
Options = Mapping[str, Json]
Result = dict[str, Json]


class JobFunction(Protocol):
    """What a kind runs: it gets the job's options and a function that shows progress, and returns the result."""

    def __call__(self, options: Options, progress: Callable[[str], None], /) -> Result | None: ...


@dataclass(frozen=True)
class JobKind:
    """How jobs of one name are run.

    Attributes
    ----------
    name
        The name in ``hub_job.kind``.
    target
        ``module:function`` of a ``JobFunction``, imported where it runs: no worker imports what a child needs.
    lane
        The lane that its jobs wait in.
    in_transaction
        Whether it runs in the worker, in the transaction that ends the job: for what is short and must happen exactly
        once. Else it runs in a child process, possibly again after a crash, and must bear that.
    in_worker
        Whether it runs in the worker's own process, outside any transaction: for what is short and keeps something
        loaded from one job to the next. It may run again too.
    max_attempts
        How often it is tried.
    """

    name: str
    target: str
    lane: str = JOBS_LANE
    in_transaction: bool = False
    in_worker: bool = False
    max_attempts: int = 3

    def load(self) -> JobFunction:
        """Return the function."""
        module, _, function = self.target.partition(":")
        loaded: JobFunction = getattr(import_module(module), function)
        return loaded


_kinds: dict[str, JobKind] = {}


def register_kind(kind: JobKind) -> None:
    """Make a kind known to this process; the same one again changes nothing."""
    if _kinds.setdefault(kind.name, kind) != kind:
        raise ValueError(f"two kinds of jobs are called {kind.name}")


def get_kind(name: str) -> JobKind:
    """Return a kind by its name; raise LookupError for one that nobody registered."""
    if name not in _kinds:
        raise LookupError(f"there is no kind of job called {name!r}; this program may be older than the job")
    return _kinds[name]
