"""Sign-in by django-allauth as the hub wants it: no sign-up, sealed secrets, one-time links, lines in the audit log."""

import time
from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.app_settings import PASSWORD_RESET_TOKEN_GENERATOR, REAUTHENTICATION_TIMEOUT
from allauth.account.internal.flows.login import get_authentication_records
from allauth.account.signals import password_changed, password_reset
from allauth.account.utils import user_pk_to_url_str
from allauth.core import context
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.signals import authenticator_added, authenticator_removed, authenticator_reset
from django.conf import settings
from django.contrib.auth.signals import user_logged_in, user_login_failed
from django.dispatch import receiver
from django.http import HttpRequest
from django.urls import reverse

from ..models import User
from ..models.audit import record_action
from ..sealing import seal, unseal

_SECRETS = "mfa_authenticator.data"


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]
    """Nobody signs up by themselves, and there is no mail yet."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """Return that there is no sign-up."""
        return False

    def is_reauthentication_required(self, *, app: str, **options: Any) -> bool:
        """Return whether a password or factor is asked for again: not within minutes of signing in itself."""
        records = get_authentication_records(context.request, context.request.user)
        earliest = time.time() - REAUTHENTICATION_TIMEOUT
        if any(record["at"] > earliest for record in records):
            return False
        return bool(super().is_reauthentication_required(app=app, **options))

    def send_mail(self, *_arguments: Any, **_options: Any) -> None:
        """Send nothing."""


class SecondFactorAdapter(DefaultMFAAdapter):  # type: ignore[misc]
    """TOTP secrets and the seed of recovery codes are sealed with the installation's key."""

    def encrypt(self, text: str) -> str:
        """Seal a secret."""
        return seal(text, _SECRETS).hex()

    def decrypt(self, encrypted_text: str) -> str:
        """Unseal a secret."""
        return unseal(bytes.fromhex(encrypted_text), _SECRETS)


def build_one_time_link(user: User) -> str:
    """Return the address at which somebody sets their password; it works once, and for a day."""
    token = PASSWORD_RESET_TOKEN_GENERATOR().make_token(user)
    path = reverse("account_reset_password_from_key", kwargs={"uidb36": user_pk_to_url_str(user), "key": token})
    return settings.HUB_URL.rstrip("/") + path


@receiver(user_logged_in)
def _note_sign_in(user: User, **_: Any) -> None:
    record_action(user, "user.sign_in", user)


@receiver(user_login_failed)
def _note_failed_sign_in(credentials: dict[str, Any], **_: Any) -> None:
    """Note a failure against the account; who types an address that is nobody's leaves only the count."""
    email = str(credentials.get("email") or "").strip().lower()
    user = User.objects.filter(email=email).first()
    record_action(user, "user.sign_in_failed", user)


@receiver([password_changed, password_reset])
def _note_password(user: User, **_: Any) -> None:
    record_action(user, "user.password_set", user)


@receiver([authenticator_added, authenticator_removed, authenticator_reset])
def _note_second_factor(user: User, authenticator: Any, signal: Any, **_: Any) -> None:
    action = "user.factor_removed" if signal is authenticator_removed else "user.factor_added"
    record_action(user, action, user, kind=authenticator.type)
