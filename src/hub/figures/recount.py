"""Count launches anew: the job after a change that moves leads between days, or makes others leads of a launch."""

from collections.abc import Callable

from ...language import Phrase
from ..engine.kinds import Options, Result
from ..models import Launch
from ..models.rollups import recount_launch


def run_recount(options: Options, progress: Callable[[str], None]) -> Result:
    """Recount the launch ``launch_id``, or all launches."""
    launches = Launch.objects.order_by("pk")
    if "launch_id" in options:
        launches = launches.filter(pk=str(options["launch_id"]))
    for launch in launches:
        progress(Phrase("counting {key}", key=launch.key))
        recount_launch(launch)
    return {"launches": len(launches)}
