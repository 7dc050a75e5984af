"""Clients of the pages: one for each of the fixed cast, signed in with a second factor, and the outsider's."""

import re
import time
from collections.abc import Iterator
from typing import Any

import pytest
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret
from django.test import Client

from hotleads.hub.models import CsvLeadPolicy, Role, User
from hotleads.hub.models import Installation as InstallationRow
from hotleads.hub.web.access import has_second_factor
from tests.hub.installations import Installation, create_cast, use_installation

ROLES = [role.value for role in Role]


class Clients:
    """A client for each role, made when it is asked for."""

    def __init__(self) -> None:
        self.cast = create_cast()
        for user in vars(self.cast).values():
            user.set_password("a long sentence of the cast")
            user.save()
        self.outsider = build_client()

    def sign_in(self, role: str) -> Client:
        client = build_client()
        user = getattr(self.cast, role)
        if not has_second_factor(user):
            TOTP.activate(user, generate_totp_secret())
        client.force_login(user)
        session = client.session
        session["account_authentication_methods_user"] = str(user.pk)
        session["account_authentication_methods"] = [{"method": "mfa", "type": "totp", "at": time.time()}]
        session.save()
        return client


class Browser(Client):
    """A client at https://localhost."""

    def generic(self, *arguments: Any, **options: Any) -> Any:
        return super().generic(*arguments, **options | {"secure": True})


def build_client(**options: Any) -> Client:
    return Browser(SERVER_NAME="localhost", **options)


def strip_marks(page: str) -> str:
    """Return a page without the marks of its figures, for tests of its words."""
    bare = re.sub(r'<span data-figure="[^"]*">([^<]*)</span>', r"\1", page)
    return re.sub(r' data-(?:figure|of)="[^"]*"', "", re.sub(r"<time>([^<]*)</time>", r"\1", bare))


@pytest.fixture(scope="module")
def web(sqlite_template: Installation, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    """An installation on SQLite that the tests of a module share, with its question answered."""
    with use_installation(sqlite_template.copy_to(tmp_path_factory.mktemp("web") / "hub")) as copy:
        InstallationRow.objects.update(csv_lead_policy=CsvLeadPolicy.LISTED)
        yield copy


@pytest.fixture(scope="module")
def clients(web: Installation) -> Clients:
    return Clients()


@pytest.fixture
def owner(clients: Clients) -> Client:
    return clients.sign_in("owner")


@pytest.fixture
def newcomer(web: Installation) -> Iterator[User]:
    """Somebody who was added and has no password yet."""
    user = User.objects.create_user("new@example.com", Role.MARKETER)
    yield user
    User.objects.filter(pk=user.pk).update(email=f"gone-{user.pk}@example.com", is_active=False)
