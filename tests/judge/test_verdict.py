"""The verdict as a function of figures: what is claimed, what cannot be told, and that words follow the code."""

import math
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hotleads.evaluation import Interval
from hotleads.judge import Evidence, Judgement, Verdict, build_sentences, decide_verdict, judgement_to_json
from hotleads.judge.level import Calibration
from hotleads.judge.money import CallList
from hotleads.judge.order import OrderFigures, RivalComparison
from hotleads.judge.scales import Scale
from hotleads.judge.verdict import VerdictCode, judge_difference, judge_level, widen
from hotleads.judge.verdict_words import HEADLINES

GOOD = Evidence(
    judged=1_000,
    buyers=100,
    roc_auc=Interval(0.75, 0.72, 0.78),
    differences={"recency rule": Interval(0.1, 0.08, 0.12), "hotleads": Interval(0.0, -0.005, 0.005)},
    simple=("recency rule",),
)


def against(low: float, high: float) -> Evidence:
    return replace(GOOD, differences={"recency rule": Interval((low + high) / 2, low, high)})


@pytest.mark.parametrize(
    ("evidence", "code"),
    [
        (GOOD, "better-than-simple-rules"),
        (replace(GOOD, differences={}), "better-than-chance"),
        (against(-0.12, -0.08), "worse-than-simple-rule"),
        (against(-0.005, 0.005), "no-better-than-simple-rule"),
        (against(-0.01, 0.05), "cannot-tell-from-simple-rule"),
        (replace(GOOD, roc_auc=Interval(0.5, 0.49, 0.51)), "no-better-than-chance"),
        (replace(GOOD, roc_auc=Interval(0.55, 0.45, 0.65)), "cannot-tell"),
        (replace(GOOD, roc_auc=Interval(0.3, 0.27, 0.33)), "inverted"),
        (replace(GOOD, buyers=9), "cannot-tell"),
        (replace(GOOD, is_constant=True), "constant"),
        (replace(GOOD, is_suspicious=True), "suspected-leak"),
        (replace(GOOD, buyers_before_score=100), "given-too-late"),
        (replace(GOOD, judged=0, buyers=0), "nothing-to-judge"),
        (replace(GOOD, judged=0, buyers=0, buyers_before_score=1), "given-too-late"),
    ],
)
def test_figures_give_their_verdict(evidence: Evidence, code: VerdictCode) -> None:
    assert decide_verdict(evidence, "hotleads").code == code


def test_the_rule_that_a_score_does_worst_by_is_named() -> None:
    gaps = {"recency rule": Interval(-0.1, -0.12, -0.08), "scorecard": Interval(-0.2, -0.22, -0.18)}
    assert decide_verdict(replace(GOOD, differences=gaps, simple=tuple(gaps))).rival == "scorecard"


def test_a_score_surely_worse_than_a_rule_is_called_so_where_chance_cannot_be_ruled_out() -> None:
    evidence = replace(against(-0.2, -0.1), roc_auc=Interval(0.58, 0.5, 0.66))
    assert decide_verdict(evidence).code == "worse-than-simple-rule"
    assert decide_verdict(evidence).rival == "recency rule"
    assert decide_verdict(replace(against(-0.1, 0.02), roc_auc=evidence.roc_auc)).code == "cannot-tell"
    assert decide_verdict(replace(evidence, roc_auc=Interval(0.4, 0.38, 0.42))).code == "inverted"


def test_our_own_model_is_no_simple_rule() -> None:
    verdict = decide_verdict(replace(GOOD, differences={"hotleads": Interval(-0.2, -0.22, -0.18)}), "hotleads")
    assert (verdict.code, verdict.ours) == ("better-than-chance", "worse")


@given(st.floats(-0.3, 0.3), st.floats(0.001, 0.2), st.integers(1, 6))
def test_turning_a_comparison_round_turns_its_answer_round(gap: float, half: float, comparisons: int) -> None:
    turned = {"better": "worse", "worse": "better", "alike": "alike", "cannot-tell": "cannot-tell"}
    one = judge_difference(Interval(gap, gap - half, gap + half), comparisons)
    assert judge_difference(Interval(-gap, -gap - half, half - gap), comparisons) == turned[one]


@given(st.floats(0.01, 0.2), st.integers(1, 5))
def test_more_comparisons_never_make_a_claim_easier(half: float, comparisons: int) -> None:
    interval = Interval(0.1, 0.1 - half, 0.1 + half)
    assert widen(interval, comparisons + 1).low <= widen(interval, comparisons).low < interval.low


def calibration(expected: float, spread: float, slope: float = 1.0) -> Calibration:
    ratio = Interval(expected / 100, expected / 100 / spread, expected / 100 * spread)
    return Calibration(expected, ratio, Interval(slope, slope - 0.05, slope + 0.05), 0.01, 0.02)


@pytest.mark.parametrize(
    ("figures", "level"),
    [
        (calibration(100, 1.05), "right"),
        (calibration(100, 1.5), "cannot-tell"),
        (calibration(200, 1.1), "too-high"),
        (calibration(50, 1.1), "too-low"),
        (calibration(100, 1.05, slope=0.5), "too-extreme"),
        (calibration(100, 1.05, slope=1.5), "too-timid"),
    ],
)
def test_probabilities_are_judged_by_how_many_came_and_how_they_spread(figures: Calibration, level: str) -> None:
    assert judge_level(figures, 100) == level
    assert judge_level(figures, 9) == "cannot-tell"


def test_undefined_figures_are_never_a_claim() -> None:
    nothing = Interval(math.nan, math.nan, math.nan)
    assert judge_difference(nothing, 1) == "cannot-tell"
    assert decide_verdict(replace(GOOD, roc_auc=nothing)).code == "cannot-tell"


def test_every_verdict_has_a_headline() -> None:
    assert set(VerdictCode.__args__) == set(HEADLINES)


@pytest.mark.parametrize(
    ("code", "more", "said"),
    [
        ("better-than-simple-rules", Interval(-20, -25, -15), "take the day of their last purchase: it has 20 more"),
        ("cannot-tell-from-simple-rule", Interval(-20, -25, -15), "take the day of their last purchase"),
        ("worse-than-simple-rule", Interval(20, 15, 25), "take the score: it has 20 more buyers (15 to 25) than"),
        ("better-than-simple-rules", Interval(-20, -39, -1), None),  # not surely enough for a claim
        ("better-than-simple-rules", Interval(20, 15, 25), None),
        ("worse-than-simple-rule", Interval(-20, -25, -15), None),
    ],
)  # fmt: skip
def test_a_call_list_that_surely_says_otherwise_is_told(code: VerdictCode, more: Interval, said: str | None) -> None:
    auc = Interval(0.7, 0.65, 0.75)
    judgement = Judgement(
        Verdict(code, "recency rule"), "f.csv", Scale("points"), {"score": "points"}, [], 1_000, 100, {}, 0,
        order=OrderFigures(dict.fromkeys(("roc_auc", "average_precision", "lift_10"), auc), 9, 0.1),
        rivals=[RivalComparison("recency rule", 1_000, 100, {"roc_auc": 0.6}, {"roc_auc": Interval(0.1, 0.05, 0.15)})],
        lists=[
            CallList("score", 200, Interval(40, 30, 50), None),
            CallList("recency rule", 200, Interval(60, 50, 70), None, more_buyers=more),
        ],
    )  # fmt: skip
    for language, start in (("en", "But for a list of 200 leads"), ("pt_BR", "Mas para uma lista de 200 leads")):
        sentences = [text for text in build_sentences(judgement, language) if text.startswith(start)]  # type: ignore[arg-type]
        assert len(sentences) == (said is not None)
        if said is not None and language == "en":
            assert said in sentences[0]
    standing = judgement_to_json(judgement)["call_list_standing"]
    assert standing == ("cannot-tell" if more.high == -1 else "better" if more.low > 0 else "worse")
