"""A creator marketplace whose every lead has a known probability of purchase."""

from .marketplace import simulate
from .reading import read_truth
from .switches import DEFECTS, DRIFTS

__all__ = ["DEFECTS", "DRIFTS", "read_truth", "simulate"]
