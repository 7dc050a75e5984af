"""Every kind of job that the hub has, registered with the engine."""

from ..engine.kinds import IMPORTS_LANE, JobKind, register_kind

KINDS: tuple[JobKind, ...] = (
    JobKind("sync", "hotleads.hub.feed.sync:run_sync"),
    JobKind("import_upload", "hotleads.hub.intake.uploads:run_import", lane=IMPORTS_LANE),
)


def register_kinds() -> None:
    """Make all kinds known to this process."""
    for kind in KINDS:
        register_kind(kind)
