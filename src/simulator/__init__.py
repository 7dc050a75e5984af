"""A creator marketplace whose every lead has a known probability of purchase."""

from .marketplace import simulate
from .switches import DEFECTS, DRIFTS
from .truth_reader import read_truth

__all__ = ["DEFECTS", "DRIFTS", "read_truth", "simulate"]
