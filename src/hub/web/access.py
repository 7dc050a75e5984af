"""Who may open which page: one table, and what enforces it before any view runs.

A page without a line here is refused for everybody, and a test fails.
"""

import time
from collections.abc import Callable
from typing import TypeVar, cast

from allauth.account.decorators import reauthentication_required
from allauth.mfa.models import Authenticator
from allauth.mfa.utils import is_mfa_enabled
from django.conf import settings
from django.contrib.auth import logout
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

from ..models import Role, User

_ALL = frozenset(Role)
_OWNER = frozenset({Role.OWNER})
_MARKETING = frozenset({Role.OWNER, Role.MARKETER})
_READING = _MARKETING | {Role.VIEWER}

#: Pages that nobody needs to be signed in for.
PUBLIC_PAGES = frozenset(
    {
        "account_login",
        "account_inactive",
        "account_reset_password_from_key",
        "account_reset_password_from_key_done",
        "capture_form",
        "consent_preferences",
        "consent_unsubscribe",
        "mfa_authenticate",
        "mfa_login_webauthn",
        "oauth_token",
    }
)
#: Pages by which somebody signed in gets a second factor, or leaves: open to all roles before they have one.
FIRST_STEPS = frozenset(
    {
        "account_logout",
        "account_reauthenticate",
        "mfa_index",
        "mfa_reauthenticate",
        "mfa_activate_totp",
        "mfa_add_webauthn",
        "mfa_reauthenticate_webauthn",
    }
)
#: The roles of every other page. hub.md: a viewer sees aggregates, a seller their own tasks and those leads.
PAGE_ROLES: dict[str, frozenset[Role]] = {
    "home": _ALL,
    "account_change_password": _ALL,
    "mfa_view_recovery_codes": _ALL,
    "mfa_generate_recovery_codes": _ALL,
    "mfa_download_recovery_codes": _ALL,
    "mfa_deactivate_totp": _ALL,
    "mfa_list_webauthn": _ALL,
    "mfa_edit_webauthn": _ALL,
    "mfa_remove_webauthn": _ALL,
    "profile": _ALL,
    "launch_list": _READING,
    "launch_detail": _READING,
    "campaign_list": _READING,
    "campaign_export": _MARKETING,
    "spend_edit": _MARKETING,
    "spend_remove": _MARKETING,
    "base": _READING,
    "quality": _READING,
    "judgement_create": _MARKETING,
    "judgement_detail": _READING,
    "judgement_remove": _MARKETING,
    "help": _ALL,
    "launch_create": _MARKETING,
    "launch_edit": _MARKETING,
    "launch_score": _MARKETING,
    "lead_list": _MARKETING,
    "lead_find": _MARKETING,
    "lead_export": _MARKETING,
    "lead_detail": _MARKETING,
    "lead_reveal": _MARKETING,
    "consent_change": _MARKETING,
    "lead_access": _MARKETING,
    "review_create": _MARKETING,
    "review_list": _MARKETING,
    "review_detail": _MARKETING,
    "privacy_record": _MARKETING,
    "duplicate_list": _MARKETING,
    "duplicate_merge": _MARKETING,
    "duplicate_undo": _MARKETING,
    "retention_edit": _OWNER,
    "erasure_create": _OWNER,
    "erasure_list": _OWNER,
    "erasure_detail": _OWNER,
    "upload_list": _MARKETING,
    "upload_create": _MARKETING,
    "upload_template": _MARKETING,
    "upload_detail": _MARKETING,
    "upload_import": _MARKETING,
    "job_list": _MARKETING,
    "job_detail": _MARKETING,
    "job_cancel": _MARKETING,
    "job_update": _MARKETING,
    "work": _READING,
    "user_list": _OWNER,
    "user_create": _OWNER,
    "user_edit": _OWNER,
    "user_link": _OWNER,
    "user_reset_factors": _OWNER,
    "connection_list": _OWNER,
    "connection_create": _OWNER,
    "connection_create_hotmart_api": _OWNER,
    "connection_create_activecampaign": _OWNER,
    "connection_pull": _OWNER,
    "connection_test": _OWNER,
    "connection_lists": _OWNER,
    "connection_detail": _OWNER,
    "connection_rotate": _OWNER,
    "connection_replay": _OWNER,
    "connection_remove": _OWNER,
    "event_rule_list": _OWNER,
    "event_rule_create": _OWNER,
    "event_rule_remove": _OWNER,
    "credential_list": _OWNER,
    "credential_create": _OWNER,
    "credential_detail": _OWNER,
    "credential_rotate": _OWNER,
    "credential_revoke": _OWNER,
    "audit_list": _MARKETING,
    "installation_settings": _OWNER,
    "installation_updates": _OWNER,
    "demo_start": _OWNER,
    "demo_remove": _OWNER,
}

_Handler = Callable[[HttpRequest], HttpResponse]
_View = TypeVar("_View", bound=Callable[..., HttpResponse])
#: How often the time of the last request is written to the session.
_NOTE_SECONDS = 60
_SIGNED_IN_AT, _SEEN_AT = "hub_signed_in_at", "hub_seen_at"


def is_allowed(user: User, page: str) -> bool:
    """Return whether somebody who is signed in may open a page."""
    return user.role in PAGE_ROLES.get(page, frozenset())


class AccessMiddleware:
    """Refuse pages to those who may not open them, and lead the others to sign-in and to a second factor."""

    def __init__(self, get_response: _Handler) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer a request; the check comes once the page is known."""
        return self._get_response(request)

    def process_view(
        self, request: HttpRequest, view: object, arguments: object, options: object
    ) -> HttpResponse | None:
        """Return an answer in place of the page, or None where it may be opened."""
        page = request.resolver_match.view_name if request.resolver_match else ""
        if page in PUBLIC_PAGES:
            return None
        user = request.user
        if not user.is_authenticated:
            return redirect_to_login(request.get_full_path() if request.method == "GET" else "/")
        if page in FIRST_STEPS:
            return None
        if not has_second_factor(user):
            return redirect("mfa_index")
        if not is_allowed(user, page):
            raise PermissionDenied
        return None


class SessionLimitMiddleware:
    """End a session that is older than a working day, or that nobody used for two hours."""

    def __init__(self, get_response: _Handler) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer a request."""
        if request.user.is_authenticated:
            now = int(time.time())
            signed_in_at = request.session.setdefault(_SIGNED_IN_AT, now)
            seen_at = request.session.setdefault(_SEEN_AT, now)
            if now - signed_in_at > settings.SESSION_COOKIE_AGE or now - seen_at > settings.HUB_IDLE_SECONDS:
                logout(request)
            elif now - seen_at > _NOTE_SECONDS:
                request.session[_SEEN_AT] = now
        return self._get_response(request)


def has_second_factor(user: User) -> bool:
    """Return whether somebody has a TOTP secret or a passkey; sign-in then asks for it."""
    return bool(is_mfa_enabled(user, [Authenticator.Type.TOTP, Authenticator.Type.WEBAUTHN]))


def require_recent_sign_in(view: _View) -> _View:
    """Ask for the password or a second factor again before a view that changes how others sign in."""
    return cast(_View, reauthentication_required(view))


def get_user(request: HttpRequest) -> User:
    """Return who is signed in; ``AccessMiddleware`` has let nobody else come this far."""
    if not request.user.is_authenticated:
        raise PermissionDenied
    return request.user
