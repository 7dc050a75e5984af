"""Scores back: the rows of a scored file become what pages read, and what they replace is kept."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
from django.db import transaction

from ...scoring import ReasonFormatter
from ..clock import get_now
from ..models import Contact, CurrentScore, Launch, Score, ScoreState
from ..models.rollups import update_rollups
from ..models.write_turns import write_in_turn
from ..people.consent import list_objectors
from .reasons import encode_reasons, store_features

#: What one transaction writes: within 100 ms of SQLite's write lock.
CHUNK_ROWS = 100
#: The columns of a scored file that the model keeps, by the same names.
_COPIED = tuple(
    field.name
    for field in CurrentScore._meta.concrete_fields
    if field.name not in ("id", "contact", "launch", "state", "scored_at", "moved_because")
)
_STORED = ("state", "scored_at", *_COPIED)
_KEPT = (*_STORED, "moved_because")


def store_scores(
    path: Path, launch: Launch, state: ScoreState, formatter: ReasonFormatter, *, replaces_final: bool = False
) -> int:
    """Make the rows of a scored file the present scores of a launch's leads, and return how many there are.

    A score that another replaces is kept in ``hub_score``; the same score again, or one of an earlier instant than a
    provisional score that is there, replaces nothing. A lead who became
    part of another contact since, was erased or objects to profiling gets none. Rows are written in chunks; after a
    crash it is run again.

    Parameters
    ----------
    path
        A Parquet file of scored rows (docs/flow.md).
    launch
        The launch that they are of.
    state
        How final they are.
    formatter
        Of the reasons: the model's features, with the launch's quantiles and the currency.
    replaces_final
        Whether scores that are final are replaced too.

    Returns
    -------
    int
        How many leads of this file have a score now.
    """
    stored = 0
    for rows in _read_rows(path):
        encoded = _encode_rows({int(row["lead_id"]): row for row in rows}, formatter)
        with write_in_turn():
            store_features(formatter.features)
            stored += _store_chunk(encoded, launch, state, replaces_final)
    return stored


def store_rows(
    rows: Mapping[int, Mapping[str, Any]],
    launch: Launch,
    state: ScoreState,
    formatter: ReasonFormatter,
    *,
    replaces_final: bool = False,
) -> int:
    """Make a few scored rows the present scores of their contacts, in one transaction, as ``store_scores`` does.

    Parameters
    ----------
    rows
        By contact, the columns of a scored row; at most ``CHUNK_ROWS`` of them.
    launch, state, formatter, replaces_final
        As in ``store_scores``.

    Returns
    -------
    int
        How many of the contacts have a score now.
    """
    encoded = _encode_rows(rows, formatter)
    with transaction.atomic():
        store_features(formatter.features)
        return _store_chunk(encoded, launch, state, replaces_final)


def remove_scores(contact_ids: Sequence[int], *, provisional_in: Launch | None = None) -> int:
    """Remove present scores, and return how many there were.

    Parameters
    ----------
    contact_ids
        Whose: those who object to profiling, or who are no leads of a launch any more.
    provisional_in
        Only the provisional ones of this launch (default: all of all launches).
    """
    removed = 0
    for start in range(0, len(contact_ids), CHUNK_ROWS):
        chunk = contact_ids[start : start + CHUNK_ROWS]
        rows = CurrentScore.objects.filter(contact__in=chunk)
        if provisional_in is not None:
            rows = rows.filter(launch=provisional_in, state=ScoreState.PROVISIONAL)
        if rows.exists():
            with transaction.atomic():
                removed += rows.delete()[0]
                update_rollups(chunk)
    return removed


def _read_rows(path: Path) -> Iterator[list[dict[str, Any]]]:
    for batch in pq.ParquetFile(path).iter_batches(columns=["lead_id", *_COPIED]):
        for start in range(0, batch.num_rows, CHUNK_ROWS):
            yield batch.slice(start, CHUNK_ROWS).to_pylist()


def _encode_rows(rows: Mapping[int, Mapping[str, Any]], formatter: ReasonFormatter) -> dict[int, dict[str, Any]]:
    """Return scored rows with their reasons as they are kept."""
    reasons = encode_reasons(list(rows.values()), formatter)
    return {contact_id: {**row, "reasons": kept} for (contact_id, row), kept in zip(rows.items(), reasons, strict=True)}


def _store_chunk(rows: Mapping[int, Mapping[str, Any]], launch: Launch, state: ScoreState, replaces_final: bool) -> int:
    locked = CurrentScore.objects.select_for_update().filter(launch=launch, contact__in=rows).order_by("contact")
    present = {row.contact_id: row for row in locked}
    alive = set(Contact.objects.filter(pk__in=rows, merged_into=None, erased_at=None).values_list("pk", flat=True))
    alive -= list_objectors(sorted(alive))
    now = get_now()
    new = {
        contact_id: CurrentScore(
            contact_id=contact_id,
            launch=launch,
            state=state,
            scored_at=now,
            **{name: rows[contact_id][name] for name in _COPIED if name != "findings"},
            findings=list(rows[contact_id]["findings"] or []),
        )
        for contact_id in sorted(alive)
        if replaces_final or contact_id not in present or _is_replaced(present[contact_id], rows[contact_id], state)
    }
    changed = {key: row for key, row in new.items() if key not in present or _is_other(present[key], row)}
    replaced = [present[key] for key in changed if key in present]
    Score.objects.bulk_create(
        Score(contact_id=row.contact_id, launch=launch, **{name: getattr(row, name) for name in _KEPT})
        for row in replaced
    )
    CurrentScore.objects.bulk_create(
        changed.values(),
        update_conflicts=True,
        unique_fields=["launch", "contact"],
        update_fields=_KEPT,
    )
    update_rollups(list(changed))
    return len(alive)


def _is_replaced(present: CurrentScore, row: Mapping[str, Any], state: ScoreState) -> bool:
    """Return whether a score gives way to a scored row: a final one to none, a provisional one to none that is older.

    A lead who arrived while all others were scored has a score that knows more than the file does.
    """
    if present.state != ScoreState.PROVISIONAL:
        return False
    return state != ScoreState.PROVISIONAL or present.as_of <= row["as_of"]


def _is_other(one: CurrentScore, other: CurrentScore) -> bool:
    """Return whether two scores differ in anything but the time at which they were computed."""
    names = [name for name in _STORED if name not in ("scored_at", "reasons", "findings")]
    return any(getattr(one, name) != getattr(other, name) for name in names)
