"""Random streams: one for every stage of every block, so that a change in one stage leaves the others' draws alone."""

import numpy as np

STAGES = (
    "people",
    "shelf",
    "captures",
    "activity",
    "bumps",
    "renewals",
    "aftermath",
    "identity",
    "attributes",
    "defects",
    "leak",
    "duplicates",
    "late",
)
_WORLD, _STAGE, _LAUNCH = range(3)


class BlockStreams:
    """The streams of one block of a simulation."""

    def __init__(self, seed: int, block: int) -> None:
        self._seed, self._block = seed, block

    def of(self, stage: str) -> np.random.Generator:
        """A fresh generator for the named stage; ``ValueError`` where there is none."""
        return _generator(self._seed, _STAGE, self._block, STAGES.index(stage))

    def of_launch(self, number: int) -> np.random.Generator:
        """A fresh generator for what launch ``number`` brings about."""
        return _generator(self._seed, _LAUNCH, self._block, number)


def world_stream(seed: int) -> np.random.Generator:
    """The generator for what all blocks share."""
    return _generator(seed, _WORLD)


def _generator(seed: int, *place: int) -> np.random.Generator:
    return np.random.default_rng(np.random.SeedSequence(seed, spawn_key=place))
