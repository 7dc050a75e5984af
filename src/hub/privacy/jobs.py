"""Erasure as jobs: one person, and the database's files at night."""

from collections.abc import Callable

from ..clock import get_now
from ..engine.kinds import Options, Result
from ..models import Erasure
from .compaction import compact_database
from .erasers import ERASERS
from .erasure import run_erasure


def run_erase(options: Options, progress: Callable[[str], None]) -> Result:
    """Run the erasure ``erasure_id``: the job behind the button on a lead's page."""
    erasure = run_erasure(Erasure.objects.get(pk=str(options["erasure_id"])), progress)
    return {"removed": dict(erasure.removed)}


def run_compact(_options: Options, _progress: Callable[[str], None]) -> Result:
    """Write the files of all tables with people in them anew, whatever their size: the job of the night."""
    started_at = get_now()
    is_done = compact_database({table for eraser in ERASERS for table in eraser.tables})
    if is_done:
        Erasure.objects.filter(compacted_at=None, finished_at__lt=started_at).update(compacted_at=get_now())
    return {"is_done": is_done}
