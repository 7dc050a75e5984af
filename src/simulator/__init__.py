"""A marketplace whose every lead has a known probability of purchase."""

from .marketplace import simulate
from .options import SimulationOptions
from .switches import DEFECTS, DRIFTS
from .truth_reader import read_truth
from .worlds import WORLDS

__all__ = ["DEFECTS", "DRIFTS", "WORLDS", "SimulationOptions", "read_truth", "simulate"]
