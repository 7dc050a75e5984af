"""Users as an owner manages them: each change with its line in the audit log, in one transaction."""

from allauth.mfa.models import Authenticator
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction
from django.utils.translation import gettext as _

from ..errors import HubError
from ..models import Role, User
from ..models.audit import record_action
from .sign_in import build_one_time_link


class AccountError(HubError):
    """A change of users that cannot be made."""

    code = "user"


def add_user(email: str, role: Role, name: str = "", actor: User | None = None) -> tuple[User, str]:
    """Create a user, and return them with the one-time link at which they set a password.

    Raises AccountError where somebody has the address already.
    """
    with transaction.atomic():
        if User.objects.filter(email=email.strip().lower()).exists():
            raise AccountError(_("somebody has this address already: make a new link for them instead"))
        user = User.objects.create_user(email, role)
        user.name = name
        user.save(update_fields=["name"])
        record_action(actor, "user.created", user, role=role.value)
    return user, build_one_time_link(user)


def add_or_invite(email: str, role: str) -> tuple[User, str]:
    """Create a user, or make a new link for the one who has the address; for whoever works on the machine itself."""
    if user := User.objects.filter(email=email.strip().lower()).first():
        return user, make_link(user, actor=None)
    try:
        validate_email(email.strip())
    except ValidationError:
        raise AccountError(_("this is no e-mail address")) from None
    return add_user(email, Role(role))


def change_user(user: User, role: Role, is_active: bool, actor: User) -> None:
    """Give a user another role, or let them in no more. Raises AccountError where no owner would be left."""
    with transaction.atomic():
        keeps_owner = role == Role.OWNER and is_active
        # Locked, so that of two owners who take the role from each other at once one stays.
        owners = User.objects.select_for_update().filter(role=Role.OWNER, is_active=True).order_by("pk")
        if {owner.pk for owner in owners} <= {user.pk} and not keeps_owner:
            raise AccountError(_("this is the only owner: make somebody else an owner first"))
        before = User.objects.get(pk=user.pk)
        if (before.role, before.is_active) == (role.value, is_active):
            return
        User.objects.filter(pk=user.pk).update(role=role.value, is_active=is_active)
        record_action(actor, "user.changed", user, role=[before.role, role.value], active=[before.is_active, is_active])


def make_link(user: User, actor: User | None) -> str:
    """Return a new one-time link at which a user sets a password.

    For somebody without a password the links before it are void; for others all end once one was used, or after a day.
    """
    with transaction.atomic():
        if not user.has_usable_password():
            user.set_unusable_password()  # another one: what earlier links were made of
            user.save(update_fields=["password"])
        record_action(actor, "user.link_made", user)
    return build_one_time_link(user)


def reset_factors(user: User, actor: User) -> None:
    """Remove a user's second factors and recovery codes: they choose new ones when they sign in next."""
    with transaction.atomic():
        Authenticator.objects.filter(user_id=user.pk).delete()
        record_action(actor, "user.factors_reset", user)
