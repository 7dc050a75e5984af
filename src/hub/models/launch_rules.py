"""Which captures join a launch beside those that name it: rules over campaigns, within the launch's dates.

A rule is ``{"field": "utm_campaign", "value": "cake-*"}``; a star at the end stands for any ending. A capture joins
where one rule holds. ``{"field": "captured_at", "value": "*"}`` holds for every capture within the dates. A capture
that names a launch is never taken from it.
"""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import NamedTuple, TypedDict

from django.db.models import Count, Q, QuerySet

from .batch import ArrivalQuerySet
from .capture import Capture
from .launch import Launch
from .rollups import update_rollups
from .write_turns import write_in_turn

RULE_FIELDS = ("utm_campaign", "utm_source")
#: The rule of every capture within the launch's dates.
EVERY_CAPTURE: "CaptureRule" = {"field": "captured_at", "value": "*"}
#: What rules match is counted among so many captures, the latest.
MAX_LOOKED_AT = 20_000
#: What one transaction changes: under 100 ms of SQLite's write lock.
_CHUNK_ROWS = 200


class CaptureRule(TypedDict):
    """One condition on one field of a capture."""

    field: str
    value: str


class RuleMatches(NamedTuple):
    """What rules match among the latest captures of some dates.

    Attributes
    ----------
    captures, people
        How many they are, and of how many people.
    others
        How many of them belong to another launch.
    is_complete
        Whether all captures of the dates were looked at.
    """

    captures: int
    people: int
    others: int
    is_complete: bool


def count_matches(
    rules: Sequence[CaptureRule], starts_at: datetime | None, ends_at: datetime | None, launch: Launch | None
) -> RuleMatches:
    """Count what rules match, for a launch or a new one, among the latest captures that no source gives to a launch."""
    latest = _select_nameless(starts_at, ends_at).order_by("-captured_at").values_list("captured_at", flat=True)
    begin = latest[MAX_LOOKED_AT : MAX_LOOKED_AT + 1].first()
    matching = select_captures(rules, starts_at, ends_at)
    if begin is not None:
        matching = matching.filter(captured_at__gt=begin)
    of_others = Q(launch__isnull=False) & (Q() if launch is None else ~Q(launch=launch))
    counted = matching.aggregate(
        captures=Count("pk"), people=Count("contact", distinct=True), others=Count("pk", filter=of_others)
    )
    return RuleMatches(**counted, is_complete=begin is None)


def select_captures(
    rules: Sequence[CaptureRule], starts_at: datetime | None, ends_at: datetime | None
) -> QuerySet[Capture]:
    """Return the visible captures that rules match and that no source gives to a launch; none without a rule."""
    if EVERY_CAPTURE in rules and starts_at is not None and ends_at is not None:
        return _select_nameless(starts_at, ends_at).visible()
    conditions = Q()
    for rule in rules:
        if rule == EVERY_CAPTURE:
            continue
        if rule["field"] not in RULE_FIELDS:
            raise ValueError(f"captures have no rules over {rule['field']}; known are {', '.join(RULE_FIELDS)}")
        value, is_prefix = rule["value"].removesuffix("*"), rule["value"].endswith("*")
        conditions |= Q(**{f"{rule['field']}__{'istartswith' if is_prefix else 'iexact'}": value})
    if not conditions:
        return Capture.objects.none()
    return _select_nameless(starts_at, ends_at).visible().filter(conditions)


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


def _select_nameless(starts_at: datetime | None, ends_at: datetime | None) -> ArrivalQuerySet[Capture]:
    """Return the captures within some dates that no source gives to a launch."""
    captures = Capture.objects.filter(launch_key="")
    if starts_at is not None:
        captures = captures.filter(captured_at__gte=starts_at)
    return captures if ends_at is None else captures.filter(captured_at__lt=ends_at)


def _join(launch: Launch, captures: QuerySet[Capture]) -> int:
    joined = 0
    waiting = list(captures.filter(launch=None).order_by("pk").values_list("pk", flat=True))  # looked for once
    for start in range(0, len(waiting), _CHUNK_ROWS):
        with write_in_turn():
            joining = Capture.objects.filter(pk__in=waiting[start : start + _CHUNK_ROWS], launch=None)
            rows = dict(joining.values_list("pk", "contact_id"))
            joined += Capture.objects.filter(pk__in=rows, launch=None).update(launch=launch)
            update_rollups(set(rows.values()))
    return joined
