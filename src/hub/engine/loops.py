"""Loops: small steps that every worker repeats for as long as there is something to do, beside its jobs."""

from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module


@dataclass(frozen=True)
class Loop:
    """One step that is repeated, in a thread of its own.

    Attributes
    ----------
    name
        What it is called.
    target
        ``module:function``: it does a little, in short transactions, and returns whether there was anything to do.
        Several workers take steps at once.
    """

    name: str
    target: str

    def load(self) -> Callable[[], bool]:
        """Return the function."""
        module, _, function = self.target.partition(":")
        loaded: Callable[[], bool] = getattr(import_module(module), function)
        return loaded


_loops: dict[str, Loop] = {}


def register_loop(loop: Loop) -> None:
    """Let the workers of this process repeat a loop; the same one again changes nothing."""
    if _loops.setdefault(loop.name, loop) != loop:
        raise ValueError(f"two loops are called {loop.name}")


def list_loops() -> list[Loop]:
    """Return the loops that are registered."""
    return list(_loops.values())
