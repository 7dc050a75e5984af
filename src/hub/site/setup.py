"""Set Django up for the hub: the first thing that a command, a worker or a service does, before it imports models."""

import os
from pathlib import Path

from ..errors import HubError
from ..sealing.keys import SECRETS_FILE, create_key, read_key

SETTINGS_MODULE = "hotleads.hub.site.settings"
#: What the hub writes is its own user's alone: rows, copies, exports, logs.
_UMASK = 0o077


def configure_hub(data: Path | None = None) -> None:
    """Set Django up for the installation in a data folder; by default the one that ``HOTLEADS_DATA`` names.

    It is done once a process: raises HubError where the process already works on another installation.
    """
    import django
    from django.conf import settings

    os.umask(_UMASK)
    if data is not None:
        os.environ["HOTLEADS_DATA"] = str(data.resolve())
    os.environ["DJANGO_SETTINGS_MODULE"] = SETTINGS_MODULE
    django.setup()
    from .job_kinds import register_kinds  # imports models, which need Django's settings

    register_kinds()
    os.environ.setdefault("MLFLOW_TRACKING_URI", f"sqlite:///{settings.HUB_DATA}/mlruns/mlflow.db")
    if data is not None and data.resolve() != settings.HUB_DATA:
        raise HubError(f"this process works on {settings.HUB_DATA}; start another one for {data}")


def open_installation(data: Path | None = None) -> None:
    """Set Django up for an installation whose database is ready for this program; raise HubError for any other."""
    configure_hub(data)
    from .migrate import check_database

    check_database()


def create_installation(data: Path) -> list[str]:
    """Make an installation, or bring one up to date: folder, key and tables; return the migrations that were applied.

    Django is set up for it. A folder, or a database, that others of this machine may read is closed to them. Raises
    HubError, and leaves nothing that it made, where the database cannot be used.
    """
    is_new_folder = not data.exists()
    data.mkdir(parents=True, exist_ok=True)
    data.chmod(0o700)
    is_new_key = read_key(data) is None
    if is_new_key:
        create_key(data)
    try:
        configure_hub(data)
        from .migrate import migrate_database

        return migrate_database()
    except HubError:
        if is_new_key:
            (data / SECRETS_FILE).unlink()
        if is_new_folder and not any(data.iterdir()):
            data.rmdir()
        raise
