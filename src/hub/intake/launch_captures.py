"""Captures that name a launch join it, whichever of the two was there first."""

from ..models import Capture, Launch
from ..models.rollups import recount_launch


def join_named_captures(launch: Launch) -> int:
    """Let the captures that name a launch and belong to none join it; count the launch anew; return how many joined."""
    joined = Capture.objects.filter(launch=None, launch_key=launch.key).update(launch=launch)
    recount_launch(launch)
    return joined
