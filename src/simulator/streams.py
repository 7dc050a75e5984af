"""Random streams: one for every stage of every block, so that a change in one stage leaves the others' draws alone."""

import numpy as np

STAGES = (
    "people",
    "organic",
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
    "habits",
)
_WORLD, _STAGE, _LAUNCH, _LEVEL = range(4)


class BlockStreams:
    """The streams of one block of a simulation."""

    def __init__(self, seed: int, block: int) -> None:
        self._seed, self._block = seed, block

    def for_stage(self, stage: str) -> np.random.Generator:
        """Return a fresh generator for the named stage; ``ValueError`` where there is none."""
        return _make_generator(self._seed, _STAGE, self._block, STAGES.index(stage))

    def for_launch(self, number: int) -> np.random.Generator:
        """Return a fresh generator for what launch ``number`` brings about."""
        return _make_generator(self._seed, _LAUNCH, self._block, number)


def make_world_stream(seed: int) -> np.random.Generator:
    """Return the generator for what all blocks share."""
    return _make_generator(seed, _WORLD)


def make_level_stream(seed: int) -> np.random.Generator:
    """Return the generator for how far launches differ."""
    return _make_generator(seed, _LEVEL)


def _make_generator(seed: int, *place: int) -> np.random.Generator:
    return np.random.default_rng(np.random.SeedSequence(seed, spawn_key=place))
