"""The counts that pages read, kept by what changed: nobody counts a launch whole to show it.

Whoever writes captures, present scores, merges or what leads bought calls ``update_rollups`` with their contacts, in
the same transaction. It works out anew what these contacts are in each launch, and adds the difference to the counts;
so it may be called in any order, and twice.
"""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from django.db import models, transaction

from ..clock import get_now
from .batch import Batch
from .capture import Capture
from .counted_leads import LeadsByKey, build_counted_leads
from .launch import Launch, LaunchRollup, Strategy
from .launch_lead import BILLIONTHS, UTM_FIELDS, LaunchDay, LaunchLead
from .purchase import Purchase
from .score import CurrentScore, Tier
from .write_turns import write_in_turn

#: Contacts of one transaction: within 100 ms of SQLite's write lock.
CHUNK_CONTACTS = 100
_KEY = ("launch_id", "day", "tier", "campaign_id")
_SUMS = ("leads", "captures", "chance", "variance", "judged", "buyers", "net_minor")
_TOTALS = ("leads", "captures", *(f"with_{name}" for name in UTM_FIELDS), *Tier.values)
_COUNTED = ("day", "campaign_id", "tier", "chance", "captures", *(f"with_{name}" for name in UTM_FIELDS))
_OUTCOME = ("bought", "net_minor")


class Outcome(NamedTuple):
    """What became of a lead in a launch: whether they bought (None: not known yet) and what they paid, net."""

    bought: bool | None
    net_minor: int


def update_rollups(contact_ids: Collection[int], outcomes: Mapping[tuple[int, int], Outcome] | None = None) -> None:
    """Bring the counts up to date after rows of some contacts changed, in the caller's transaction.

    Parameters
    ----------
    contact_ids
        The contacts whose captures, scores or purchases of an entry product changed; of a merge both. A few hundred.
    outcomes
        By launch and contact what became of leads; of the others it stays as it is.
    """
    if not contact_ids:
        return
    with transaction.atomic():
        launches = _find_launches(contact_ids)
        rollups = _lock_rollups(launches)
        present = LaunchLead.objects.filter(contact__in=contact_ids, launch__in=launches)
        before = {(row.launch_id, row.contact_id): row for row in present}
        after = build_counted_leads(contact_ids, launches)
        for key, row in after.items():
            kept = (outcomes or {}).get(key) or before.get(key)
            if kept is not None:
                row.bought, row.net_minor = kept.bought, kept.net_minor
        changed = [key for key in {*before, *after} if not _is_same(before.get(key), after.get(key))]
        _save_leads(changed, before, after)
        _add_to_days(_sum_days(changed, before, after))
        _add_to_totals(rollups, _sum_totals(changed, before, after))


def update_rollups_of_batch(batch: Batch) -> None:
    """Count the rows of a batch that became visible, in chunks; run again it goes on."""
    _update_all(Capture.objects.filter(batch=batch, launch__isnull=False))
    entries = Launch.objects.filter(strategy=Strategy.PAID).values("entry_product_id")
    _update_all(Purchase.objects.filter(batch=batch, product_id__in=entries))


def recount_launch(launch: Launch) -> LaunchRollup:
    """Work out anew what each lead of a launch is, in chunks, and return the launch's counts."""
    _update_all(Capture.objects.filter(launch=launch))
    _update_all(CurrentScore.objects.filter(launch=launch))
    _update_all(LaunchLead.objects.filter(launch=launch))
    if launch.strategy == Strategy.PAID:
        _update_all(Purchase.objects.filter(product_id=launch.entry_product_id))
    return LaunchRollup.objects.get_or_create(launch=launch)[0]


def _update_all(rows: models.QuerySet[models.Model]) -> None:
    """Update the rollups of the contacts that rows are of, each once."""
    last = 0
    contacts = rows.order_by("contact_id").values_list("contact_id", flat=True).distinct()
    while ids := list(contacts.filter(contact_id__gt=last)[:CHUNK_CONTACTS]):
        with write_in_turn():
            update_rollups(ids)
        last = ids[-1]


def _find_launches(contact_ids: Collection[int]) -> dict[int, Launch]:
    """Return the launches that the contacts are leads of, or were."""
    ids: set[int] = set()
    for rows in (Capture.objects.filter(launch__isnull=False), CurrentScore.objects.all(), LaunchLead.objects.all()):
        ids.update(rows.filter(contact__in=contact_ids).values_list("launch_id", flat=True).distinct())
    bought = Purchase.objects.filter(contact__in=contact_ids).values("product_id")
    paid = models.Q(strategy=Strategy.PAID, entry_product_id__in=bought)
    return Launch.objects.in_bulk(list(Launch.objects.filter(models.Q(pk__in=ids) | paid).values_list("pk", flat=True)))


def _lock_rollups(launches: Iterable[int]) -> list[LaunchRollup]:
    """Return the launches' counts, which nobody else changes before this transaction ends."""
    LaunchRollup.objects.bulk_create([LaunchRollup(launch_id=pk) for pk in sorted(launches)], ignore_conflicts=True)
    return list(LaunchRollup.objects.select_for_update().filter(launch__in=list(launches)).order_by("pk"))


def _is_same(one: LaunchLead | None, other: LaunchLead | None) -> bool:
    if one is None or other is None:
        return one is other
    return all(getattr(one, name) == getattr(other, name) for name in (*_COUNTED, *_OUTCOME))


def _save_leads(changed: Collection[tuple[int, int]], before: LeadsByKey, after: LeadsByKey) -> None:
    gone = [before[key].pk for key in changed if key not in after]
    if gone:
        LaunchLead.objects.filter(pk__in=gone).delete()
    LaunchLead.objects.bulk_create(
        [after[key] for key in sorted(changed) if key in after],
        update_conflicts=True,
        unique_fields=["launch", "contact"],
        update_fields=[*(name.removesuffix("_id") for name in _COUNTED), *_OUTCOME],
    )


class _Changes:
    """By how much the counts of some key change."""

    def __init__(self, names: Sequence[str]) -> None:
        self._names = names
        self._sums: dict[tuple[Any, ...], Counter[str]] = defaultdict(Counter)

    def add(self, key: tuple[Any, ...], values: Mapping[str, int], sign: int) -> None:
        for name in self._names:
            self._sums[key][name] += sign * values.get(name, 0)

    def list_changed(self) -> dict[tuple[Any, ...], Counter[str]]:
        """Return the sums that are not all zero."""
        return {key: sums for key, sums in self._sums.items() if any(sums.values())}


def _sum_days(changed: Collection[tuple[int, int]], before: LeadsByKey, after: LeadsByKey) -> _Changes:
    changes = _Changes(_SUMS)
    for sign, leads in ((-1, before), (1, after)):
        for row in (leads[key] for key in changed if key in leads):
            values = {
                "leads": 1,
                "captures": row.captures,
                "chance": row.chance,
                "variance": row.chance * (BILLIONTHS - row.chance) // BILLIONTHS,
                "judged": int(row.bought is not None),
                "buyers": int(bool(row.bought)),
                "net_minor": row.net_minor,
            }
            changes.add(tuple(getattr(row, name) for name in _KEY), values, sign)
    return changes


def _sum_totals(changed: Collection[tuple[int, int]], before: LeadsByKey, after: LeadsByKey) -> _Changes:
    changes = _Changes(_TOTALS)
    for sign, leads in ((-1, before), (1, after)):
        for row in (leads[key] for key in changed if key in leads):
            filled = {name: getattr(row, name) for name in ("captures", *(f"with_{utm}" for utm in UTM_FIELDS))}
            changes.add((row.launch_id,), {"leads": 1, row.tier: 1, **filled}, sign)
    return changes


def _add_to_days(changes: _Changes) -> None:
    sums = changes.list_changed()
    launches, days, _tiers, campaigns = ({key[place] for key in sums} for place in range(4))
    nearby = LaunchDay.objects.filter(launch__in=launches, day__in=days, campaign__in=campaigns)
    # A few of many rows, of which no objects are made: that took a quarter of what writing scores does.
    present = {
        values[: len(_KEY)]: values[len(_KEY) :]
        for values in nearby.values_list(*_KEY, "pk", *_SUMS)
        if values[: len(_KEY)] in sums
    }
    rows = []
    for key in sorted(sums):
        pk, *counts = present.get(key, (None, *[0] * len(_SUMS)))
        counted = {name: count + sums[key][name] for name, count in zip(_SUMS, counts, strict=True)}
        rows.append(LaunchDay(pk=pk, **dict(zip(_KEY, key, strict=True)), **counted))
    gone = [row.pk for row in rows if not row.leads]
    if gone:
        LaunchDay.objects.filter(pk__in=gone).delete()
    LaunchDay.objects.bulk_create(
        [row for row in rows if row.leads],
        update_conflicts=True,
        unique_fields=["launch", "day", "tier", "campaign"],
        update_fields=list(_SUMS),
    )


def _add_to_totals(rollups: Iterable[LaunchRollup], changes: _Changes) -> None:
    sums = changes.list_changed()
    for rollup in rollups:
        if change := sums.get((rollup.pk,)):
            for name in _TOTALS:
                setattr(rollup, name, getattr(rollup, name) + change[name])
            rollup.updated_at = get_now()
            rollup.save()
