"""The list of a launch's leads: hottest first, then those without a score, by keys that cost the same on every page."""

from dataclasses import dataclass

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.http import QueryDict

from ..models import Capture, Contact, CurrentScore, Installation, Launch, LaunchLead, Tier
from ..models.installation import hides_file_only

PAGE_ROWS = 50
#: Choices of a filter are taken from so many of the newest captures.
_SAMPLED_CAPTURES = 20_000
_MAX_CHOICES = 200
#: A source of fewer leads than these is searched by its leads; of more, one is met soon on the way from the hottest.
_FEW_LEADS = 2_000


@dataclass(frozen=True)
class LeadFilter:
    """What the list is narrowed to; empty strings narrow nothing.

    Attributes
    ----------
    launch
        The launch whose leads are listed.
    tier
        hot, warm, cold; ``none`` for leads without a score.
    source
        The ``utm_source`` of one of the lead's captures in the launch.
    hides_file_only
        Whether leads that came by a file only are left out (HL-7).
    """

    launch: Launch
    tier: str = ""
    source: str = ""
    hides_file_only: bool = False


@dataclass(frozen=True)
class LeadRow:
    """A lead on the list; without a score where nothing has scored it yet."""

    contact: Contact
    score: CurrentScore | None


@dataclass(frozen=True)
class LeadPage:
    """Rows, and the key after which the next page begins; None on the last."""

    rows: list[LeadRow]
    next_key: str | None
    is_first: bool


def read_filter(query: QueryDict, launch: Launch, installation: Installation) -> LeadFilter:
    """Return the filter that a query string asks for; an unknown tier is none."""
    tier = query.get("tier", "")
    return LeadFilter(
        launch,
        tier if tier in (*Tier.values, "none") else "",
        query.get("source", "")[:500].replace("\0", ""),
        hides_file_only(installation),
    )


def select_scores(chosen: LeadFilter) -> QuerySet[CurrentScore]:
    """Return the present scores that a filter leaves, hottest first."""
    scores = CurrentScore.objects.filter(launch=chosen.launch, contact__merged_into=None)
    if chosen.tier:
        scores = scores.filter(tier=chosen.tier)
    if chosen.hides_file_only:
        scores = scores.filter(contact__came_by_file_only=False)
    if chosen.source:
        few = _list_few(chosen)
        found = Exists(_select_captures(chosen)) if few is None else Q(contact__in=few)
        scores = scores.filter(found)
    return scores.select_related("contact").order_by("-probability", "contact_id")


def read_lead_page(chosen: LeadFilter, after: str) -> LeadPage:
    """Return a page of leads. ``after`` is a page's ``next_key``; what is none begins at the first page."""
    key = _parse_key(after)
    rows: list[LeadRow] = []
    if key is None or key[0] is not None:
        rows = _read_scored(chosen, key)
    if len(rows) <= PAGE_ROWS and chosen.tier in ("", "none"):
        last_id = key[1] if key is not None and key[0] is None else None
        rows += _read_unscored(chosen, last_id, PAGE_ROWS + 1 - len(rows))
    next_key = _build_key(rows[PAGE_ROWS - 1]) if len(rows) > PAGE_ROWS else None
    return LeadPage(rows[:PAGE_ROWS], next_key, key is None)


def list_sources(launch: Launch) -> list[str]:
    """Return the campaign sources of a launch's newest captures."""
    newest = Capture.objects.visible().filter(launch=launch).newest(_SAMPLED_CAPTURES)
    names = newest.exclude(utm_source="").values_list("utm_source", flat=True)
    return sorted(names.distinct())[:_MAX_CHOICES]


def _read_scored(chosen: LeadFilter, key: tuple[float | None, int] | None) -> list[LeadRow]:
    if chosen.tier == "none":
        return []
    scores = select_scores(chosen)
    if key is not None:
        probability, contact_id = key
        scores = scores.filter(
            Q(probability__lt=probability) | Q(probability=probability, contact_id__gt=contact_id),
            probability__lte=probability,
        )
    return [LeadRow(score.contact, score) for score in scores[: PAGE_ROWS + 1]]


def _read_unscored(chosen: LeadFilter, last_id: int | None, size: int) -> list[LeadRow]:
    leads = LaunchLead.objects.filter(launch=chosen.launch, tier="", captures__gt=0, contact__merged_into=None)
    if chosen.hides_file_only:
        leads = leads.filter(contact__came_by_file_only=False)
    if chosen.source:
        leads = leads.filter(Exists(_select_captures(chosen)))
    if last_id is not None:
        leads = leads.filter(contact_id__lt=last_id)
    return [LeadRow(lead.contact, None) for lead in leads.select_related("contact").order_by("-contact_id")[:size]]


def _list_few(chosen: LeadFilter) -> list[int] | None:
    """Return the contacts of a source that few leads have; None for one of many."""
    captures = Capture.objects.filter(launch=chosen.launch, utm_source=chosen.source, contact__merged_into=None)
    ids = list(captures.visible().values_list("contact_id", flat=True).distinct()[: _FEW_LEADS + 1])
    return ids if len(ids) <= _FEW_LEADS else None


def _select_captures(chosen: LeadFilter) -> QuerySet[Capture]:
    """Return the captures of the filter's source that a row's contact has in the launch."""
    captures = Capture.objects.visible().filter(launch=chosen.launch, contact_id=OuterRef("contact_id"))
    return captures.filter(utm_source=chosen.source)


def _build_key(row: LeadRow) -> str:
    return f"{'' if row.score is None else repr(row.score.probability)}_{row.contact.pk}"


def _parse_key(text: str) -> tuple[float | None, int] | None:
    probability, _, contact_id = text.partition("_")
    try:
        return (float(probability) if probability else None), int(contact_id[:18])
    except ValueError:
        return None
