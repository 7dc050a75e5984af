"""Accounts elsewhere that rows come from: added, changed and removed, each with its line in the audit log."""

from collections.abc import Collection, Mapping

from django.db import transaction

from ...language import Phrase
from ..clock import get_now
from ..errors import HubError
from ..models import Connection, ConnectionKind, Schedule, User
from ..models.audit import record_action

_MAX_NAME = 100


class ConnectionSetupError(HubError):
    """A connection that cannot be made, or changed so."""

    code = "connection"


def add_connection(
    kind: ConnectionKind,
    name: str,
    secrets: Mapping[str, str],
    *,
    settings: Mapping[str, object],
    terms: Mapping[str, Mapping[str, str]],
    actor: User | None = None,
) -> Connection:
    """Add an account. Raises ConnectionSetupError for a name that is none, or another's."""
    name = name.strip()
    if not name or len(name) > _MAX_NAME or not name.isprintable():
        raise ConnectionSetupError(Phrase("name the connection, in {most} letters at most", most=_MAX_NAME))
    with transaction.atomic():
        if Connection.objects.filter(kind=kind, name=name, removed_at=None).exists():
            raise ConnectionSetupError(
                Phrase("a connection of this kind is called {name!r}: choose another name", name=name)
            )
        connection = Connection(kind=kind, name=name, settings=dict(settings), terms=dict(terms))
        connection.set_secrets(secrets)
        connection.save()
        record_action(actor, "connection.added", connection, kind=kind.value)
    return connection


def remove_connection(connection: Connection, actor: User | None = None) -> None:
    """Take nothing more in by a connection, and forget its secrets; what came by it stays."""
    with transaction.atomic():
        removed = Connection.objects.filter(pk=connection.pk, removed_at=None)
        if removed.update(removed_at=get_now(), secrets=None):
            Schedule.objects.filter(name=name_schedule(connection)).delete()
            record_action(actor, "connection.removed", connection)


def find_connection(name: str, kinds: Collection[ConnectionKind] = tuple(ConnectionKind)) -> Connection:
    """Return the connection of a name. Raises ConnectionSetupError where there is none of these kinds, or two."""
    found = list(Connection.objects.filter(kind__in=kinds, name=name, removed_at=None))
    if len(found) != 1:
        words = f"{len(found)} connections are" if found else "no such connection is"
        raise ConnectionSetupError(f"{words} called {name!r}: hotleads connections list")
    return found[0]


def name_schedule(connection: Connection) -> str:
    """Name the schedule by which a connection's account is pulled."""
    return f"connection:{connection.pk}"
