"""Features made ready for one launch and context, and the pass that computes them from columns in memory."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..history import Launch
from .capture_rows import CapturePlan
from .columns import EncodedFields, LeadRows
from .context import Context
from .declaration import Feature, Source
from .event_rows import EventPlan
from .kernel import KnownRows, Program, aggregate
from .purchase_rows import PurchasePlan

#: Leads whose rows are prepared at once: small enough that they stay in the processor's cache.
_LEADS_PER_BLOCK = 4096

_SourcePlan = PurchasePlan | CapturePlan | EventPlan


class _SourcePart(NamedTuple):
    """The features of one source: its plan, their columns in the table, and their values for a lead without rows."""

    source: Source
    plan: _SourcePlan
    columns: NDArray[np.uint64]
    empty_values: NDArray[np.float64]


class FeaturePlan:
    """Compute ``features`` for leads of ``launch`` in ``context``; make the plan once and keep it.

    Parameters
    ----------
    features : sequence of Feature
        The declarations, in the order of the table's columns.
    launch : Launch
        The launch whose products and rules of capture count.
    context : Context
        What the features need from other leads.

    Attributes
    ----------
    sources : tuple of str
        The tables that the features read.
    capture_fields : tuple of str
        The columns of captures that the features read.

    Raises
    ------
    ValueError
        Where a feature asks for rows or a measure that its source does not have, and where a name comes twice.
    """

    def __init__(self, features: Sequence[Feature], launch: Launch, context: Context) -> None:
        self.features, self.launch, self.context = tuple(features), launch, context
        names = Counter(feature.name for feature in features)
        if len(names) < len(self.features):
            raise ValueError(f"{names.most_common(1)[0][0]} is declared twice; every feature has a name of its own")
        self._parts: list[_SourcePart] = []
        captures = CapturePlan((), launch, context)
        sources: tuple[Source, ...] = ("purchases", "captures", "events")
        for source in sources:
            columns = [column for column, feature in enumerate(features) if feature.source == source]
            if not columns:
                continue
            plan = _plan_source(source, [features[column] for column in columns], launch, context)
            if isinstance(plan, CapturePlan):
                captures = plan
            part = _SourcePart(source, plan, np.array(columns, np.uint64), _compute_empty_values(plan.program))
            self._parts.append(part)
        self.sources = tuple(part.source for part in self._parts)
        self.capture_fields = captures.fields
        self._captures = captures

    def encode_captures(self, rows: Sequence[Mapping[str, str]]) -> EncodedFields:
        """Encode the fields of a few captures (``Captures.fields``), each a mapping of columns to words.

        Parameters
        ----------
        rows : sequence of mappings
            One mapping a capture, in the order of the captures' rows; a field that is absent was left empty.
        """
        return self._captures.encode_captures(rows)

    def compute(
        self, rows: LeadRows, as_of: NDArray[np.int64], out: NDArray[np.float64] | None = None
    ) -> NDArray[np.float64]:
        """Return every feature of every lead of ``rows`` at its ``as_of``.

        The bits of a lead depend on its own rows alone: the same for one lead and for many, and whatever codes the
        words have.

        Parameters
        ----------
        rows : LeadRows
            The leads' rows, of the tables in ``sources``.
        as_of : int64 array, one entry a lead
            Microseconds since 1970 (UTC).
        out : float64 array, leads x features, optional
            Filled and returned; in C or Fortran order.

        Returns
        -------
        float64 array, leads x features
            NaN where a feature has no value.
        """
        out = np.empty((len(as_of), len(self.features))) if out is None else out
        parts: list[tuple[_SourcePart, Any]] = [(part, getattr(rows, part.source)) for part in self._parts]
        lookups: list[Any] = [
            part.plan.build_lookup(source_rows) if len(source_rows.times) else None for part, source_rows in parts
        ]
        for first in range(0, len(as_of), _LEADS_PER_BLOCK):
            block = slice(first, first + _LEADS_PER_BLOCK)
            # Lead by lead, as the kernel writes quickest; column by column is transposed while it is in the cache.
            values = out[block] if out.flags.c_contiguous else np.empty(out[block].shape)
            for (part, source_rows), lookup in zip(parts, lookups, strict=True):
                if lookup is None:  # no lead has a row
                    values[:, part.columns] = part.empty_values
                    continue
                known = part.plan.select_known(
                    source_rows, lookup, source_rows.starts[block], source_rows.stops[block], as_of[block]
                )
                aggregate(part.plan.program, known, values, part.columns)
            if not out.flags.c_contiguous:
                out[block] = values
        return out


def _compute_empty_values(program: Program) -> NDArray[np.float64]:
    """Return the features of a lead that has no rows, in their order."""
    no_rows, no_leads = np.empty(0, np.int64), np.zeros(1, np.int64)
    values = np.empty((1, len(program.order)))
    known = KnownRows(no_rows, no_rows, np.empty((0, 0)), no_leads, no_leads, no_leads)
    aggregate(program, known, values, np.arange(len(program.order), dtype=np.uint64))
    row: NDArray[np.float64] = values[0]
    return row


def _plan_source(source: Source, features: Sequence[Feature], launch: Launch, context: Context) -> _SourcePlan:
    if source == "events":
        return EventPlan(features)
    return (PurchasePlan if source == "purchases" else CapturePlan)(features, launch, context)
