"""Reasons that are kept as codes and values say in each language what the scoring of that language says."""

import json
import math
from datetime import UTC, datetime

import numpy as np
import pandas as pd
import pytest

from hotleads.features import FEATURES
from hotleads.history.timestamps import to_microseconds
from hotleads.hub.feed.reasons import ReasonWriter, encode_change, encode_reasons, store_features
from hotleads.hub.models import CurrentScore
from hotleads.language import LANGUAGES, Language
from hotleads.scoring import ChangeReason, ReasonFormatter, TextOptions, build_reasons, compute_launch_quantiles
from tests.hub.installations import Installation
from tests.hub.rows import EXAMPLE_FEATURES, NOON

AS_OF = datetime(2026, 3, 1, 12, 30, tzinfo=UTC)
LEADS = 60


def draw_values() -> np.ndarray:
    """Values of each feature for some leads: small numbers, with gaps and ties."""
    draws = np.random.default_rng(7)
    values = np.round(draws.gamma(1.0, 20.0, (LEADS, len(FEATURES))), 2)
    for column, feature in enumerate(FEATURES):
        if feature.unit == "flag":
            values[:, column] = draws.integers(0, 2, LEADS)
        elif feature.unit in ("times", "count") or feature.measure == "weekday":
            values[:, column] = draws.integers(0, 7, LEADS)
    values[draws.random(values.shape) < 0.3] = np.nan
    return values


def test_kept_reasons_say_what_scoring_says_in_each_language(sqlite_installation: Installation) -> None:
    values = draw_values()
    quantiles = compute_launch_quantiles(pd.DataFrame(values, columns=[f.name for f in FEATURES]), FEATURES)
    contributions = np.random.default_rng(8).normal(size=values.shape)
    as_of = np.full(LEADS, to_microseconds(AS_OF))
    made = {
        language: build_reasons(
            ReasonFormatter(FEATURES, TextOptions(language, "BRL", quantiles)), values, contributions, 99, as_of
        )
        for language in LANGUAGES
    }
    english = ReasonFormatter(FEATURES, TextOptions("en", "BRL", quantiles))
    kept = json.loads(json.dumps(encode_reasons([{"reasons": reasons} for reasons in made["en"]], english)))
    assert not any("text" in reason for reasons in kept for reason in reasons)
    feature_hash = store_features(FEATURES)
    for language in LANGUAGES:
        writer = ReasonWriter(language)
        for reasons, expected in zip(kept, made[language], strict=True):
            score = CurrentScore(as_of=AS_OF, feature_hash=feature_hash, reasons=reasons)
            assert writer.write_reasons(score) == expected
    assert made["en"][0][0]["text"] != made["pt_BR"][0][0]["text"]


@pytest.mark.parametrize(
    ("language", "texts"),
    [
        (
            "en",
            [
                "Bought 3 times in the last 90 days (before: once)",
                "Spent R$30.00 so far (before: R$10.00)",
                "The model now sees this differently: spent R$30.00 so far",
                "The model now rates all leads lower",
            ],
        ),
        (
            "pt_BR",
            [
                "Comprou 3 vezes nos últimos 90 dias (antes: uma vez)",
                "Gastou R$\xa030,00 até agora (antes: R$\xa010,00)",
                "O modelo agora vê isto de outro modo: gastou R$\xa030,00 até agora",
                "O modelo agora avalia todos os leads mais baixo",
            ],
        ),
    ],
)
def test_a_change_is_said_in_each_language(
    sqlite_installation: Installation, language: Language, texts: list[str]
) -> None:
    def reason(part: str, feature: str | None, before: float | None, after: float | None) -> ChangeReason:
        return {"part": part, "feature": feature, "group": None, "contribution": -0.5, "before": before, "after": after,
                "text": ""}  # type: ignore[typeddict-item]  # fmt: skip

    reasons = [
        reason("lead", "purchases_90d", 1, 3),
        reason("time", "spend", 10, 30),
        reason("model", "spend", 30, 30),
        reason("model", None, None, None),
    ]
    kept = encode_change(reasons, TextOptions(currency="BRL"), store_features(EXAMPLE_FEATURES))
    score = CurrentScore(moved_because=json.loads(json.dumps(kept)))
    assert [said["text"] for said in ReasonWriter(language).write_change(score)] == texts


def test_a_feature_that_is_declared_nowhere_has_no_words(sqlite_installation: Installation) -> None:
    reason = {"feature": "purchases_90d", "group": "purchases", "value": math.pi, "contribution": 1.0}
    score = CurrentScore(as_of=NOON, feature_hash="unknown", reasons=[reason])
    assert ReasonWriter("en").write_reasons(score) == [reason | {"text": ""}]
