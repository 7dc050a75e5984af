"""Vectorised draws that numpy does not have ready."""

import numpy as np

from .arrays import FloatArray, IntArray


def choose(weights: FloatArray, count: int, rng: np.random.Generator) -> IntArray:
    """Draw ``count`` positions with the given (unnormalised) weights."""
    cumulated = np.cumsum(weights)
    return np.searchsorted(cumulated / cumulated[-1], rng.random(count), side="right")


def choose_by_row(weights: FloatArray, rng: np.random.Generator) -> IntArray:
    """Draw one position a row from a matrix of (unnormalised) weights (rows, positions)."""
    cumulated = np.cumsum(weights, axis=1)
    level = rng.random(len(weights)) * cumulated[:, -1]
    position: IntArray = (cumulated <= level[:, None]).sum(axis=1)
    return position


def to_probability(log_odds: FloatArray) -> FloatArray:
    """Return the logistic function."""
    probability: FloatArray = 1.0 / (1.0 + np.exp(-log_odds))
    return probability
