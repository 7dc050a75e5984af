"""What every page knows of the installation and of who looks at it: language, time zone, menu."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext_lazy as _

from ..clock import get_now
from ..engine.kinds import IMPORTS_LANE, JOBS_LANE
from ..models import Installation, Job, JobState, User
from .access import has_second_factor, is_allowed

_MENU = (
    ("home", _("Today"), ("home",)),
    ("launch_list", _("Launches"), ("launch_",)),
    ("lead_list", _("Leads"), ("lead_",)),
    ("campaign_list", _("Campaigns"), ("campaign_", "spend_")),
    ("base", _("Base"), ("base",)),
    ("quality", _("Is it right?"), ("quality", "judgement_")),
    ("upload_list", _("Uploads"), ("upload_",)),
    ("job_list", _("Jobs"), ("job_",)),
)
#: What is looked at now and then, behind one word.
_MANAGING = (
    ("privacy_record", _("Privacy"), ("privacy_", "erasure_", "review_", "retention_", "duplicate_")),
    ("user_list", _("Users"), ("user_",)),
    ("connection_list", _("Connections"), ("connection_",)),
    ("event_rule_list", _("Events"), ("event_rule_",)),
    ("credential_list", _("Credentials"), ("credential_",)),
    ("audit_list", _("Audit"), ("audit_",)),
)
#: The pages about privacy, as they name one another.
_PRIVACY_PAGES = (
    ("privacy_record", _("What is kept"), ("privacy_", "retention_")),
    ("review_list", _("Reviews"), ("review_",)),
    ("duplicate_list", _("Possible duplicates"), ("duplicate_",)),
    ("erasure_list", _("Erased people"), ("erasure_",)),
)

#: What a page that is not the users' own shows instead of their menu, whoever looks at it.
PUBLIC_FRAME = {"is_inside": False, "work": None}


@dataclass(frozen=True)
class MenuItem:
    """A line of the menu."""

    address: str
    label: str
    is_current: bool


class InstallationMiddleware:
    """Read the installation's settings once a request; put its time zone, and the user's language, in force."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer a request."""
        installation = Installation.objects.get(id=1)
        request.installation = installation  # type: ignore[attr-defined]
        language = request.user.language if request.user.is_authenticated else ""
        if language:
            translation.activate(language)
            request.LANGUAGE_CODE = language
        with timezone.override(ZoneInfo(installation.time_zone)):
            return self._get_response(request)


def get_installation(request: HttpRequest) -> Installation:
    """Return the installation's settings as they were when the request came."""
    installation: Installation = request.installation  # type: ignore[attr-defined]
    return installation


def get_zone(request: HttpRequest) -> ZoneInfo:
    """Return the installation's time zone: days on pages are its days."""
    return ZoneInfo(get_installation(request).time_zone)


def find_work() -> Job | None:
    """Return the job that takes long and is being worked on, or waits for a worker now: what pages say is under way."""
    takes_long = Job.objects.filter(lane__in=(JOBS_LANE, IMPORTS_LANE))
    running = takes_long.filter(state=JobState.RUNNING).order_by("-started_at").first()
    return running or takes_long.filter(state=JobState.QUEUED, run_at__lte=get_now()).order_by("run_at").first()


def describe_page(request: HttpRequest) -> dict[str, Any]:
    """Return what the frame of every page shows."""
    user = getattr(request, "user", None)
    is_inside = user is not None and user.is_authenticated and has_second_factor(user)
    page = request.resolver_match.view_name if request.resolver_match else ""
    shown = user if is_inside else None
    every = (_MENU, _MANAGING, _PRIVACY_PAGES)
    menu, managing, privacy_pages = (_build_menu(items, shown, page) for items in every)
    return {
        "menu": menu,
        "managing": managing,
        "privacy_pages": privacy_pages,
        "is_inside": is_inside,
        "work": find_work() if shown is not None and is_allowed(shown, "work") else None,
        "installation": getattr(request, "installation", None),
        "has_no_users": _has_no_users,
    }


def _has_no_users() -> bool:
    """Return whether nobody can sign in yet; the sign-in page alone asks."""
    return not User.objects.exists()


def _build_menu(items: Sequence[tuple[str, object, tuple[str, ...]]], user: User | None, page: str) -> list[MenuItem]:
    """Return the lines that somebody may open."""
    return [
        MenuItem(reverse(name), str(label), page.startswith(prefixes))
        for name, label, prefixes in items
        if user is not None and is_allowed(user, name)
    ]
