"""From the hub's rows to a history in one go: the parts brought up to date, and the history built of them."""

from collections.abc import Callable
from pathlib import Path

from django.conf import settings

from ...history.progress import ProgressCallback, ignore_progress
from ...language import Phrase
from ..engine.kinds import Options, Result
from ..models import HISTORY_FOLDER
from .build import build_history
from .export import export_feed
from .parts import open_parts

FEED_FOLDER = "feed"


def export_history(out: Path, progress: ProgressCallback = ignore_progress) -> dict[str, int]:
    """Write the hub's rows as a history into a folder; return the rows of each table.

    The parts under ``feed`` in the data folder are brought up to date first: only what is new is read.
    """
    with open_parts(Path(settings.HUB_DATA) / FEED_FOLDER) as parts:
        export_feed(parts, progress)
        progress(Phrase("building the history"))
        rows: dict[str, int] = build_history(parts, out)["rows"]
    return rows


def run_sync(_options: Options, progress: Callable[[str], None]) -> Result:
    """Bring the installation's own history up to date: the job that comes before checks, training and scoring."""
    return {"rows": dict(export_history(Path(settings.HUB_DATA) / HISTORY_FOLDER, progress))}
