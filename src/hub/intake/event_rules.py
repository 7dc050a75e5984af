"""Which type an event is: by the owner's rules, else by what its sender's words mean."""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

from django.db import connection, transaction
from django.db.models import Count

from ...language import Phrase
from ...scoring.scorecard import DEFAULT_SCORECARD
from ..engine.queue import enqueue_job
from ..errors import HubError
from ..models import Event, EventRule, User
from ..models.audit import record_action

JOB_KIND = "apply_event_rules"
MAX_RULES = 200
#: Previews and lists look at so many of the latest events.
MAX_LOOKED_AT = 50_000
#: Types that events have without being a signal of the scorecard.
_OTHER_TYPES = (
    "cart_viewed",
    "members_first_access",
    "members_module_completed",
    "members_progress",
    "page_view",
    "payment_info_entered",
    "product_added",
    "product_list_viewed",
    "product_rated",
    "webinar_registered",
)
SIGNALS = {event_type: signal.name for signal in DEFAULT_SCORECARD.signals for event_type in signal.event_types}
#: What a rule may make of an event.
VOCABULARY = tuple(sorted({*SIGNALS, *_OTHER_TYPES}))
_MAX_PAGE = 200
#: A lock of two numbers, which are none of the people's: those have one.
_RULES_LOCK = 1
_ADDRESS_OR_NUMBER = re.compile(r"[^/]*(?:@|%40)[^/]*|\d{6,}")


class EventRuleError(HubError):
    """A rule that cannot be made."""

    code = "event-rule"


@dataclass(frozen=True)
class EventGroup:
    """Events that are alike: what their sender calls them, their page and product, their type, and how many."""

    event_name: str
    page: str
    product_id: str
    event_type: str
    events: int

    @property
    def signal(self) -> str:
        """The signal of the scorecard that their type is; empty where it is none."""
        return SIGNALS.get(self.event_type, "")


def find_type(rules: Sequence[EventRule], event_name: str, page: str, product_id: str, default_type: str) -> str:
    """Return the type of an event: the first rule's that holds, else the one that its sender's words mean."""
    found = (rule.event_type for rule in rules if is_match(rule, event_name, page, product_id))
    return next(found, default_type)


def is_match(rule: EventRule, event_name: str, page: str, product_id: str) -> bool:
    """Return whether a rule holds for an event; one without a pattern holds for none."""
    patterns = ((rule.event_name, event_name), (rule.page, page), (rule.product_id, product_id))
    given = [(pattern, value) for pattern, value in patterns if pattern]
    return bool(given) and all(_compile(pattern).fullmatch(value) for pattern, value in given)


def load_rules() -> list[EventRule]:
    """Return the rules, the first made first."""
    return list(EventRule.objects.order_by("pk"))


def load_rules_for_writing() -> list[EventRule]:
    """Return the rules, which stay as they are until the caller's transaction ends: a change of them waits for it.

    So the job that a change asks for sees every event that was written by the rules before.
    """
    _lock_rules("pg_advisory_xact_lock_shared")
    return load_rules()


def mask_page(path: str) -> str:
    """Return the path of a page as events keep it: addresses and long numbers, which may be people's, are stars."""
    return _ADDRESS_OR_NUMBER.sub("*", path.partition("?")[0].partition("#")[0])[:_MAX_PAGE]


def add_rule(rule: EventRule, actor: User | None = None) -> EventRule:
    """Add a rule, with a line in the audit log, and let a job apply it to the events that are there.

    Raises EventRuleError for one without a pattern, of an unknown type, or one too many.
    """
    if not (rule.event_name or rule.page or rule.product_id):
        raise EventRuleError(Phrase("say at least one of name, page and product"))
    if rule.event_type not in VOCABULARY:
        raise EventRuleError(
            Phrase(
                "{event_type!r} is no type of event; known are {known}",
                event_type=rule.event_type,
                known=", ".join(VOCABULARY),
            )
        )
    with transaction.atomic():
        _lock_rules("pg_advisory_xact_lock")
        if EventRule.objects.count() >= MAX_RULES:
            raise EventRuleError(Phrase("there are {count} rules already; remove one", count=MAX_RULES))
        rule.save()
        _record(rule, "event_rule.added", actor)
    return rule


def remove_rule(rule: EventRule, actor: User | None = None) -> None:
    """Remove a rule, with a line in the audit log, and let a job give its events the type that they have without it."""
    with transaction.atomic():
        _lock_rules("pg_advisory_xact_lock")
        _record(rule, "event_rule.removed", actor)
        rule.delete()


def match_events(rule: EventRule, limit: int) -> tuple[int, list[EventGroup]]:
    """Return how many of the latest events a rule holds for, and the largest groups of them."""
    groups = [group for group in _count_groups() if is_match(rule, group.event_name, group.page, group.product_id)]
    return sum(group.events for group in groups), groups[:limit]


def list_unknown(limit: int) -> list[EventGroup]:
    """Return the largest groups of the latest events whose type is no signal of the scorecard."""
    counts: Counter[tuple[str, str, str]] = Counter()
    for group in _count_groups():
        if not group.signal:
            counts[group.event_name, group.page, group.event_type] += group.events
    return [EventGroup(name, page, "", kind, events) for (name, page, kind), events in counts.most_common(limit)]


def _count_groups() -> list[EventGroup]:
    events = Event.objects.visible().newest(MAX_LOOKED_AT)
    groups = events.values_list("event_name", "page", "product_id", "event_type").annotate(events=Count("pk"))
    return [EventGroup(*values) for values in groups.order_by("-events", "event_name", "page", "product_id")]


def _lock_rules(function: str) -> None:
    """Take the lock of the rules until the transaction ends; on SQLite the transaction is the only writer anyway."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute(f"SELECT {function}(%s, 0)", [_RULES_LOCK])


def _record(rule: EventRule, action: str, actor: User | None) -> None:
    details = {name: getattr(rule, name) for name in ("event_name", "page", "product_id", "event_type")}
    record_action(actor, action, rule, **details)
    enqueue_job(JOB_KIND, {}, created_by=actor)


@cache
def _compile(pattern: str) -> re.Pattern[str]:
    first, *others = (re.escape(part) for part in re.split(r"\*+", pattern.casefold()))
    # Each part at its first place, never tried again: the time grows with the length of a text alone.
    between = "".join(f"(?>.*?{part})" for part in others[:-1])
    end = f".*{others[-1]}" if others else ""
    return re.compile(f"{first}{between}{end}", re.IGNORECASE | re.DOTALL)
