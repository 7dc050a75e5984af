"""90% intervals hold the truth in about nine launches of ten; the study is `benchmarks/interval_coverage.py`."""

import numpy as np
import pytest

from hotleads.evaluation import BootstrapOptions, bootstrap_summary, compute_wilson_interval, shrink_rates

LAUNCHES, LEADS = 400, 600


@pytest.mark.slow
def test_lift_tiers_and_campaigns() -> None:
    """Labels are drawn from known probabilities of a population of 20,000, seen through noise."""
    random = np.random.default_rng(4)
    truth = np.clip(random.gamma(0.8, 0.1, 20_000), 0, 0.9)
    score = np.clip(truth * random.lognormal(0, 0.5, 20_000), 0, 1)
    campaign = random.integers(12, size=20_000)
    hottest = np.argsort(-score)[:2_000]
    lift, hot = 10 * truth[hottest].sum() / truth.sum(), score >= 2 * truth.mean()
    held: dict[str, list[bool]] = {"lift": [], "hot": [], "campaigns": []}
    for launch in range(LAUNCHES):
        sampled = random.integers(20_000, size=LEADS)
        label = (random.random(LEADS) < truth[sampled]).astype(int)
        low, high = bootstrap_summary(label, score[sampled], options=BootstrapOptions(draws=300, seed=launch))[
            "lift_10"
        ]
        held["lift"].append(low <= lift <= high)
        ends = compute_wilson_interval([label[hot[sampled]].sum()], [hot[sampled].sum()])
        held["hot"].append(ends[0][0] <= truth[hot].mean() <= ends[1][0])
        rates = shrink_rates(np.bincount(campaign[sampled], label, 12), np.bincount(campaign[sampled], minlength=12))
        rate = np.bincount(campaign, truth, 12) / np.bincount(campaign)
        held["campaigns"].extend((rates["low"] <= rate) & (rate <= rates["high"]))
    shares = {name: np.mean(values) for name, values in held.items()}
    assert 0.86 <= shares["lift"] <= 0.94, shares
    assert 0.86 <= shares["hot"] <= 0.94, shares
    assert shares["campaigns"] >= 0.86, shares
