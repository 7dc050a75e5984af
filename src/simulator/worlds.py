"""The worlds by name, and what may be asked of each."""

from dataclasses import replace

import numpy as np

from .creator_worlds import build_creator_world, build_resting_world, build_small_world
from .options import SimulationOptions
from .shop_worlds import build_annual_capture_world, build_annual_world, build_cdnow_world
from .streams import make_level_stream
from .switches import Switches
from .world import World

_SELLING = {"creator": build_creator_world, "resting": build_resting_world, "small": build_small_world}
_ANNUAL = {"annual": build_annual_world, "annual-captures": build_annual_capture_world}
WORLDS = (*_SELLING, *_ANNUAL, "cdnow")


def build_world(options: SimulationOptions) -> World:
    """Return the world that the options ask for; ``ValueError`` for an unknown one, or for what it does not have."""
    name, switches = options.world, Switches.from_names(options.drift, options.defects)
    if name not in WORLDS:
        raise ValueError(f"unknown world {name!r}: choose from {', '.join(WORLDS)}")
    if name not in _SELLING and any(switches.as_dict().values()):
        raise ValueError(f"the {name} world has no switches; choose from {', '.join(_SELLING)}")
    if name == "cdnow":
        if options.open_last_launch or options.level_spread or options.level_drift:
            raise ValueError("the cdnow world has no open last launch and no levels; choose another")
        return build_cdnow_world(options.launches, options.seed, switches)
    world = (_SELLING | _ANNUAL)[name](options.launches, options.seed, switches, options.open_last_launch)
    return replace(world, levels=_draw_levels(options))


def _draw_levels(options: SimulationOptions) -> tuple[float, ...]:
    """Draw what each launch adds to everybody's log-odds: its own luck, and the drift since the first launch."""
    luck = make_level_stream(options.seed).normal(0, 1, options.launches)
    levels = options.level_spread * luck + options.level_drift * np.arange(options.launches)
    return tuple(levels.tolist())
