"""A creator marketplace whose every lead has a known probability of purchase."""

from simulator.marketplace import simulate
from simulator.reading import read_truth
from simulator.switches import DEFECTS, DRIFTS

__all__ = ["DEFECTS", "DRIFTS", "read_truth", "simulate"]
