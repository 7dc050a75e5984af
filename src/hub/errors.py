"""The errors of the hub that its user can mend, each with the remedy; and how others are noted."""

import traceback
from pathlib import Path

from django.db.utils import InterfaceError, OperationalError

#: The database's own trouble, which passes: what was under way is tried again.
OUTAGES = (OperationalError, InterfaceError)


class HubError(ValueError):
    """Something that the installation or its owner must change first.

    Parameters
    ----------
    message
        What, with the remedy; a ``Phrase`` where another language has it too. The attribute ``message`` keeps it.
    """

    code = "hub"

    def __init__(self, message: str = "") -> None:
        super().__init__(message)
        self.message = message


class KeyMissingError(HubError):
    """The installation key is not there, or is not the one that sealed this database."""

    code = "installation-key"


class DatabaseUnavailableError(HubError):
    """The database does not answer, or does not let this program in or make tables."""

    code = "database-unavailable"


class DatabaseTakenError(HubError):
    """The database holds the tables of another program."""

    code = "database-taken"


class DatabaseVersionError(HubError):
    """The database is newer or older than this program."""

    code = "database-version"


def describe_error(error: BaseException) -> str:
    """Return an error's type and place: its words may hold people's data, and so no log gets them."""
    frame = traceback.extract_tb(error.__traceback__)[-1]
    return f"{type(error).__name__} at {Path(frame.filename).name}:{frame.lineno}"
