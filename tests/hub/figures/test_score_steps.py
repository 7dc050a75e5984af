"""Why a lead's score moved from each kept score to the next."""

import pytest

from hotleads.hub.feed.reasons import ReasonWriter, encode_change
from hotleads.hub.figures.score_steps import Basis, explain_steps
from hotleads.hub.models import Score
from hotleads.scoring import TextOptions
from tests.hub.installations import Installation
from tests.hub.rows import BOUGHT, store_example_features


def build_score(points: float, logit: float, *reasons: tuple[str, float, float], **fields: object) -> Score:
    kept = [
        {"feature": name, "group": "g", "value": value, "contribution": contribution}
        for name, value, contribution in reasons
    ]
    values = {"launch_id": 1, "model_version": "m", "reasons": kept, "feature_hash": store_example_features()}
    return Score(score=points, logit=logit, **values | fields)


def test_main_reasons_of_both_scores_are_compared_feature_by_feature(sqlite_installation: Installation) -> None:
    later = build_score(42.0, 1.0, ("purchases_90d", 3, 1.25), ("spend", 30, 0.5))
    before = build_score(30.0, 0.0, ("purchases_90d", 1, 0.5), ("unheard", 1, 0.2))
    step, first = explain_steps([later, before], ReasonWriter("en"))
    assert (step.basis, step.points) == (Basis.REASONS, 12.0)
    assert [(reason.part, reason.contribution) for reason in step.reasons] == [("both", 0.75), ("new", 0.5)]
    assert step.reasons[0].text == "Bought 3 times in the last 90 days (before: once)"
    assert step.reasons[1].text == "Spent 30.00 so far"
    assert step.rest == pytest.approx(1.0 - 0.75)
    assert not step.is_mostly_rest
    assert explain_steps([later, build_score(30.0, -1.0, ("purchases_90d", 1, 0.5))], ReasonWriter("en"))[
        0
    ].is_mostly_rest
    assert (first.basis, first.points, first.reasons) == (Basis.FIRST, None, [])


def test_a_main_reason_that_is_gone_is_named(sqlite_installation: Installation) -> None:
    later, before = build_score(10, 0.0, ("spend", 30, 0.5)), build_score(11, 0.1, ("purchases_90d", 1, 0.3))
    parts = [
        (reason.part, reason.contribution) for reason in explain_steps([later, before], ReasonWriter("en"))[0].reasons
    ]
    assert parts == [("new", 0.5), ("former", 0.3)]


def test_what_was_compared_in_full_goes_before_main_reasons_and_stays_in_the_history(
    sqlite_installation: Installation,
) -> None:
    change = {"part": "time", "feature": "spend", "group": "g", "contribution": 0.4, "before": 1.0, "after": 2.0}
    kept = encode_change([change | {"text": ""}], TextOptions(), store_example_features())  # type: ignore[list-item]
    scores = [build_score(9, 0.0, moved_because=kept), build_score(5, 0.0)]
    step = explain_steps(scores, ReasonWriter("en"))[0]
    assert step.basis == Basis.COMPARED
    assert [(reason.part, reason.text) for reason in step.reasons] == [("time", "Spent 2.00 so far (before: 1.00)")]


@pytest.mark.parametrize(
    ("fields", "basis"), [({"model_version": "old"}, Basis.OTHER_MODEL), ({"reasons": []}, Basis.NOT_KEPT)]
)
def test_what_cannot_be_explained_says_so(
    sqlite_installation: Installation, fields: dict[str, object], basis: Basis
) -> None:
    bought = ("purchases_90d", BOUGHT["value"], BOUGHT["contribution"])
    step = explain_steps([build_score(9, 0.0, bought), build_score(5, 0.0, bought, **fields)], ReasonWriter("en"))[0]
    assert (step.basis, step.reasons) == (basis, [])


def test_scores_of_another_launch_are_no_step(sqlite_installation: Installation) -> None:
    scores = [build_score(9, 0.0), build_score(5, 0.0, launch_id=2), build_score(4, 0.0)]
    assert [step.points for step in explain_steps(scores, ReasonWriter("en"))] == [5.0, None, None]
