"""One pull of one resource: where it began, how far it came, what it found. One that was killed goes on there."""

from collections.abc import Callable
from datetime import datetime
from typing import Any, Generic, TypeVar

from django.db import transaction

from ....history.progress import ProgressCallback
from ....language import Phrase, cap_text, get_message, mark
from ...clock import get_now
from ...connectors.errors import UnavailableError
from ...connectors.paging import Page
from ...connectors.sessions import Session
from ...errors import HubError
from ...models import Connection, Pull
from ..row_writer import WrittenRows

_Client = TypeVar("_Client")
_Row = TypeVar("_Row")
_MAX_ERROR = 500

_RESOURCE_NAMES = {
    "sales": mark("Sales"),
    "subscriptions": mark("Subscriptions"),
    "students": mark("Students"),
    "products": mark("Products"),
    "contacts": mark("Contacts"),
}


class PullRun(Generic[_Client]):
    """A pull that is under way.

    Parameters
    ----------
    pull
        Its row, begun or resumed.
    session
        The account's client.
    progress
        Shows what it does.
    """

    def __init__(self, pull: Pull, session: Session[_Client], progress: ProgressCallback) -> None:
        self.pull = pull
        self.session = session
        self.written = WrittenRows()
        self._progress = progress
        self._rows_new = pull.rows_new

    @property
    def connection(self) -> Connection:
        """The connection that it asks."""
        return self.pull.connection

    @property
    def as_of(self) -> datetime:
        """When it began: what is there by then it finds, however often it stops in between."""
        return self.pull.started_at

    @property
    def cursor(self) -> dict[str, Any]:
        """How far it has come; empty at the beginning."""
        return dict(self.pull.cursor or {})

    def note_page(self, page: Page[_Row]) -> list[_Row]:
        """Count a page, and return its rows."""
        self.pull.rows_read += len(page.rows)
        self.pull.rows_unreadable += page.unreadable
        return page.rows

    def save_cursor(self, **cursor: object) -> None:
        """Note that everything before the cursor is written: from here it goes on if it is killed."""
        self.pull.cursor = cursor
        self.pull.rows_new = self._rows_new + self.written.new
        self.pull.save(update_fields=["cursor", "rows_read", "rows_new", "rows_unreadable"])
        self._progress(
            Phrase(
                "{resource}: {read:,} read, {new:,} new",
                resource=Phrase(_RESOURCE_NAMES[self.pull.resource]),
                read=self.pull.rows_read,
                new=self.pull.rows_new,
            )
        )


def run_resource(
    connection: Connection,
    resource: str,
    session: Session[_Client],
    pull_rows: Callable[[PullRun[_Client]], None],
    progress: ProgressCallback,
) -> Pull:
    """Pull one resource from its beginning, or from where its last pull stopped, and return its row."""
    pull = _begin(connection, resource)
    run = PullRun(pull, session, progress)
    try:
        pull_rows(run)
    except (UnavailableError, HubError) as error:
        pull.error = cap_text(get_message(error), _MAX_ERROR)
        pull.save(update_fields=["error"])
        raise
    run.save_cursor()
    with transaction.atomic():
        locked = Connection.objects.select_for_update().get(pk=connection.pk)
        is_as_chosen = locked.settings == connection.settings  # else what was chosen meanwhile is asked for whole
        pull.cursor, pull.ended_at = None, get_now()
        pull.covered_until = pull.started_at if is_as_chosen else None
        pull.save()
    return pull


def _begin(connection: Connection, resource: str) -> Pull:
    pull, _ = Pull.objects.get_or_create(connection=connection, resource=resource)
    pull.error, pull.ended_at = "", None
    if pull.cursor is None:
        pull.cursor, pull.started_at = {}, get_now()
        pull.rows_read = pull.rows_new = pull.rows_unreadable = 0
    pull.save()
    return pull
