"""Who turns an inbox item into rows: each source's processor, known by name until it is needed."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from importlib import import_module
from typing import Protocol

from ..engine.garbage import hold_loaded
from ..models import InboxItem, InboxOutcome


@dataclass(frozen=True)
class Processed:
    """What became of one item.

    Attributes
    ----------
    event_type
        What the source calls it, shown beside the item.
    outcome
        Processed; unknown, where the source sent what nobody reads yet; or failed.
    error_code
        Why it failed, or was not read.
    contact_ids
        The contacts that its rows speak of.
    """

    event_type: str = ""
    outcome: InboxOutcome = InboxOutcome.PROCESSED
    error_code: str = ""
    contact_ids: frozenset[int] = frozenset()


class Processor(Protocol):
    """Writes the rows of some items of one source, in the caller's transaction, and says what became of each.

    The same items may come in any order, and again, and must give the same rows. An exception puts it to work on each
    item alone, so that one that nobody foresaw keeps back none of the others.
    """

    def __call__(self, items: Sequence[InboxItem], /) -> Sequence[Processed]: ...


_targets: dict[str, str] = {}
_loaded: set[str] = set()


def register_processor(source: str, target: str) -> None:
    """Make ``module:function`` the processor of a source; the same one again changes nothing."""
    if _targets.setdefault(source, target) != target:
        raise ValueError(f"two processors are there for {source}")


def load_processors(sources: Iterable[str]) -> None:
    """Load the processors of some sources, where they are known, before a transaction needs them."""
    new = (_targets.keys() & set(sources)) - _loaded
    if not new:
        return
    for source in new:
        get_processor(source)
    _loaded.update(new)
    hold_loaded()


def get_processor(source: str) -> Processor:
    """Return the processor of a source; raise LookupError where nobody registered one."""
    if source not in _targets:
        raise LookupError(f"nothing processes what comes from {source!r}; this program may be older than the item")
    module, _, function = _targets[source].partition(":")
    processor: Processor = getattr(import_module(module), function)
    return processor
