"""Features made ready for one launch and context, and the pass that computes them of columns at hand."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..history import Launch
from .capture_rows import CapturePlan
from .columns import LeadRows
from .context import Context
from .declaration import Feature
from .event_rows import EventPlan
from .kernel import KnownRows, Program, aggregate
from .purchase_rows import PurchasePlan

#: Leads whose rows are prepared at once: small enough that they stay near the processor.
_LEADS_AT_ONCE = 4096


class FeaturePlan:
    """What computes ``features`` for the leads of ``launch`` in ``context``; make it once and keep it.

    ``sources`` are the tables that it needs, ``said`` the columns of captures, and ``said_by`` reads a few captures'
    mappings of these to words. Raises ValueError for a feature that asks for rows or measures that its source does not
    have, and for a name that comes twice.
    """

    def __init__(self, features: Sequence[Feature], launch: Launch, context: Context) -> None:
        self.features, self.launch, self.context = tuple(features), launch, context
        names = Counter(feature.name for feature in features)
        if len(names) < len(self.features):
            raise ValueError(f"{names.most_common(1)[0][0]} is declared twice; every feature has a name of its own")
        self._parts: list[tuple[str, Any, NDArray[np.uint64], NDArray[np.float64]]] = []
        for source in ("purchases", "captures", "events"):
            places = [place for place, feature in enumerate(features) if feature.source == source]
            own = [features[place] for place in places]
            if own:
                part = _plan(source, own, launch, context)
                self._parts.append((source, part, np.array(places, np.uint64), _without_rows(part.program)))
        self.sources = tuple(source for source, *_ in self._parts)
        plans = (plan for source, plan, *_ in self._parts if source == "captures")
        captures = next(plans, None) or CapturePlan((), launch, context)
        self.said, self.said_by = captures.said, captures.said_by


def _without_rows(program: Program) -> NDArray[np.float64]:
    """The features of a lead that has no rows, in their order."""
    none, many = np.empty(0, np.int64), np.zeros(1, np.int64)
    found = np.empty((1, len(program.order)))
    nobody = KnownRows(none, none, np.empty((0, 0)), many, many, many)
    aggregate(program, nobody, found, np.arange(len(program.order), dtype=np.uint64))
    row: NDArray[np.float64] = found[0]
    return row


def _plan(source: str, features: Sequence[Feature], launch: Launch, context: Context) -> Any:
    if source == "events":
        return EventPlan(features)
    return (PurchasePlan if source == "purchases" else CapturePlan)(features, launch, context)


def compute(
    plan: FeaturePlan, rows: LeadRows, as_of: NDArray[np.int64], out: NDArray[np.float64] | None = None
) -> NDArray[np.float64]:
    """Every feature of every lead of ``rows`` at its ``as_of`` (microseconds UTC): leads x features, float64.

    NaN where there is no value. The bits of a lead depend on its own rows alone: the same for one lead and for many,
    and whatever codes the words have. ``out``, where given, is filled and returned, whichever way its numbers lie.
    """
    out = np.empty((len(as_of), len(plan.features))) if out is None else out
    sources = [(part, places, nothing, getattr(rows, source)) for source, part, places, nothing in plan._parts]
    words = [part.words(own) if len(own.times) else None for part, _, _, own in sources]
    for first in range(0, len(as_of), _LEADS_AT_ONCE):
        at = slice(first, first + _LEADS_AT_ONCE)
        # Lead by lead, as the kernel writes quickest; what is to lie column by column is turned while it is near.
        found = out[at] if out.flags.c_contiguous else np.empty(out[at].shape)
        for (part, places, nothing, own), said in zip(sources, words, strict=True):
            if said is None:  # nobody has a row
                found[:, places] = nothing
                continue
            known = part.known(own, said, own.starts[at], own.stops[at], as_of[at])
            aggregate(part.program, known, found, places)
        if not out.flags.c_contiguous:
            out[at] = found
    return out
