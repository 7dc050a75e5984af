"""Which captures join a launch beside those that name it: rules over campaigns, within the launch's dates.

A rule is ``{"field": "utm_campaign", "value": "cake-*"}``; a star at the end stands for any ending. A capture joins
where one rule holds. A capture that names a launch is never taken from it.
"""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import TypedDict

from django.db.models import Q, QuerySet

from .capture import Capture
from .launch import Launch
from .rollups import update_rollups
from .write_turns import write_in_turn

RULE_FIELDS = ("utm_campaign", "utm_source")
#: What one transaction changes: under 100 ms of SQLite's write lock.
_CHUNK_ROWS = 200


class CaptureRule(TypedDict):
    """One condition on one field of a capture."""

    field: str
    value: str


def select_captures(
    rules: Sequence[CaptureRule], starts_at: datetime | None, ends_at: datetime | None
) -> QuerySet[Capture]:
    """Return the visible captures that rules match and that no source gives to a launch; none without a rule."""
    conditions = Q()
    for rule in rules:
        if rule["field"] not in RULE_FIELDS:
            raise ValueError(f"captures have no rules over {rule['field']}; known are {', '.join(RULE_FIELDS)}")
        value, is_prefix = rule["value"].removesuffix("*"), rule["value"].endswith("*")
        conditions |= Q(**{f"{rule['field']}__{'istartswith' if is_prefix else 'iexact'}": value})
    if not rules:
        return Capture.objects.none()
    captures = Capture.objects.visible().filter(conditions, launch_key="")
    if starts_at is not None:
        captures = captures.filter(captured_at__gte=starts_at)
    return captures if ends_at is None else captures.filter(captured_at__lt=ends_at)


def join_matching_captures(launch: Launch) -> int:
    """Let the captures of no launch that name this one, or match its rules, join it; return how many joined."""
    named = Capture.objects.filter(launch_key=launch.key)
    matching = select_captures(launch.capture_rules, launch.capture_starts_at, launch.capture_ends_at)
    return _join(launch, named) + _join(launch, matching)


def join_captures_of(contact_ids: Collection[int]) -> None:
    """Let the captures of some contacts join the launches whose rules they match, in the caller's transaction."""
    for launch in Launch.objects.filter(archived_at=None).exclude(capture_rules=[]):
        matching = select_captures(launch.capture_rules, launch.capture_starts_at, launch.capture_ends_at)
        matching.filter(contact__in=contact_ids, launch=None).update(launch=launch)


def _join(launch: Launch, captures: QuerySet[Capture]) -> int:
    joined = 0
    waiting = captures.filter(launch=None).order_by("pk").values_list("pk", "contact_id")
    while rows := dict(waiting[:_CHUNK_ROWS]):
        with write_in_turn():
            joined += Capture.objects.filter(pk__in=rows, launch=None).update(launch=launch)
            update_rollups(set(rows.values()))
    return joined
