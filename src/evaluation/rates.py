"""Intervals for a rate, and rates of small groups shrunk to the mean."""

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike
from scipy.special import betaincinv, betaln, gammaln, ndtri  # scipy.stats has them too, and takes a second to import

from .score_table import FloatArray


def compute_wilson_interval(buyers: ArrayLike, leads: ArrayLike, level: float = 0.9) -> tuple[FloatArray, FloatArray]:
    """Return Wilson's score interval for `buyers / leads` (Wilson, 1927), elementwise.

    Parameters
    ----------
    buyers, leads : array_like
        Counts, with 0 <= buyers <= leads.
    level : float
        The interval's coverage, above 0 and below 1.

    Returns
    -------
    low, high : FloatArray
        In [0, 1] and of the inputs' shape; (0, 1) where there are no leads.

    Raises
    ------
    ValueError
        `buyers` is not between 0 and `leads`, or `level` not between 0 and 1.
    """
    k, n = _to_counts(buyers, leads)
    z2 = float(ndtri((1 + _validate_level(level)) / 2)) ** 2
    middle = (k + z2 / 2) / (n + z2)
    half = np.sqrt(z2) / (n + z2) * np.sqrt(k * (n - k) / np.maximum(n, 1) + z2 / 4)
    low = np.where(k == 0, 0.0, np.maximum(middle - half, 0.0))
    return low, np.where(k == n, 1.0, np.minimum(middle + half, 1.0))


def shrink_rates(buyers: ArrayLike, leads: ArrayLike, level: float = 0.9) -> pd.DataFrame:
    """Shrink the rates of groups (campaigns, sources, tiers) to their common mean, small groups the most.

    Beta-binomial empirical Bayes. The groups' mean and how much they differ are not plugged in but averaged over
    their likelihood, on a grid: so intervals stay honest where there are few groups to learn them from.

    Parameters
    ----------
    buyers, leads : array_like
        Counts, with 0 <= buyers <= leads.
    level : float
        The interval's coverage, above 0 and below 1.

    Returns
    -------
    pandas.DataFrame
        One row a group, in the order given: `leads`, `buyers`, `raw_rate` (NaN without leads), `rate` (shrunk),
        and its interval `low`, `high`. Without any leads: 0.5, from about 0 to about 1.

    Raises
    ------
    ValueError
        As `compute_wilson_interval`.
    """
    k, n = _to_counts(np.atleast_1d(buyers), np.atleast_1d(leads))
    tail = (1 - _validate_level(level)) / 2
    mean, variance = _compute_posterior_moments(k, n)
    # Where even the mean is unknown the variance says nothing any more: one lead's worth (Jeffreys) is the least.
    strength = np.maximum(mean * (1 - mean) / variance - 1, 1.0)
    shape = (mean * strength, (1 - mean) * strength)
    return pd.DataFrame(
        {
            "leads": n.astype(np.int64),
            "buyers": k.astype(np.int64),
            "raw_rate": np.divide(k, n, out=np.full_like(k, np.nan), where=n > 0),
            "rate": mean,
            "low": betaincinv(*shape, tail),
            "high": betaincinv(*shape, 1 - tail),
        }
    )


def _compute_posterior_moments(k: FloatArray, n: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Return mean and variance of each group's rate, averaged over the groups' common mean and their spread."""
    center, width = _build_mean_grid(k.sum(), n.sum())
    # The spread is the standard deviation of the groups' rates relative to its largest possible value,
    # sqrt(m (1 - m)); a spread of u is a beta prior worth 1 / u^2 - 1 leads. A priori it is uniform up to one half
    # (3 leads): beyond, groups would buy all or nothing, and none of 50 would be taken for none ever.
    prior_leads = (1 / ((np.arange(50) + 0.5) / 100) ** 2 - 1)[:, None]
    a, b = center * prior_leads, (1 - center) * prior_leads
    # Groups one at a time keep memory small however many there are. The sum of both shapes varies by row alone.
    log_likelihood = -len(k) * betaln(a, b)
    for ki, ni in zip(k, n, strict=True):
        log_likelihood += gammaln(a + ki) + gammaln(b + ni - ki) - gammaln(prior_leads + ni)
    share = width * np.exp(log_likelihood - np.max(log_likelihood))
    share /= share.sum()
    mean, variance = np.empty_like(k), np.empty_like(k)
    for group, (ki, ni) in enumerate(zip(k, n, strict=True)):
        rate = (a + ki) / (prior_leads + ni)
        within = rate * (1 - rate) / (prior_leads + ni + 1)
        mean[group] = (share * rate).sum()
        variance[group] = (share * (within + (rate - mean[group]) ** 2)).sum()
    return mean, variance


def _build_mean_grid(buyers: float, leads: float) -> tuple[FloatArray, FloatArray]:
    """Return points on (0, 1) for the groups' mean, dense around the pooled rate at every scale, and their widths."""
    worth = np.r_[0, np.geomspace(1, leads + 1, 8)][:, None]
    rate = (buyers + 0.5) / (leads + 1)
    points = betaincinv(rate * worth + 0.5, (1 - rate) * worth + 0.5, np.linspace(0.005, 0.995, 15))
    points = np.unique(points[(points > 0) & (points < 1)])
    return points, np.gradient(points)


def _to_counts(buyers: ArrayLike, leads: ArrayLike) -> tuple[FloatArray, FloatArray]:
    k, n = np.broadcast_arrays(np.asarray(buyers, np.float64), np.asarray(leads, np.float64))
    if not np.all((k >= 0) & (k <= n) & np.isfinite(n)):
        raise ValueError("every group needs 0 <= buyers <= leads; count leads and buyers over the same rows")
    return k, n


def _validate_level(level: float) -> float:
    if not 0 < level < 1:
        raise ValueError(f"level must be above 0 and below 1; it is {level}")
    return level
