"""Scores of every kind as numbers that rise with them, and the headers of well-known exports."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

from hotleads.history import HistoryError
from hotleads.judge.scales import Scale, infer_scale, read_words, to_rising_values
from hotleads.judge.score_log import ScoreFile, read_score_log

Write = Callable[[str], Path]

EXPORTS = {
    "hubspot": ("Record ID,Email,HubSpot Score,Likelihood to close\n1,a@x.com,31,12.5\n2,b@x.com,8,3\n", "percent"),
    "hubspot letters": ("Record ID,Email,Combined score\n1,a@x.com,A1\n2,b@x.com,C3\n", "words"),
    "salesforce": ("Lead ID,Einstein Lead Score,Created Date\n00Q1,87,2024-01-02\n00Q2,9,2024-01-03\n", "points"),
    "salesforce rating": ("Lead ID,Rating\n00Q1,Hot\n00Q2,Cold\n", "words"),
    "klaviyo": ("Email,Klaviyo ID,Predicted Number Of Orders\na@x.com,01H,0.7\nb@x.com,01J,2.1\n", "points"),
    "mautic": ("id,email,points,date_added\n1,a@x.com,40,2024-01-01\n2,b@x.com,5,2024-01-02\n", "points"),
    "activecampaign": ("Contact ID,Email,Lead Score\n1,a@x.com,40\n2,b@x.com,5\n", "points"),
    "portuguese": (
        "E-mail;Pontuação;Data da pontuação\na@x.com;1.200,5;31/01/2024\nb@x.com;3,5;30/01/2024\n",
        "points",
    ),
    "ours": (
        "lead_id,as_of,probability,score\n1,2024-01-31T00:00:00Z,0.25,90\n2,2024-01-31T00:00:00Z,0.1,10\n",
        "probability",
    ),
}  # fmt: skip


@pytest.mark.parametrize(("text", "kind"), EXPORTS.values(), ids=EXPORTS)
def test_exports_are_read_by_their_headers(text: str, kind: str, write_csv: Write) -> None:
    log = read_score_log(ScoreFile(write_csv(text)))
    assert log.scale.kind == kind
    assert log.rows["value"].iloc[0] != log.rows["value"].iloc[1]
    first_is_higher = "klaviyo" not in text.lower()
    assert (log.rows["value"].iloc[0] > log.rows["value"].iloc[1]) == first_is_higher
    assert log.rows["scored_at"].notna().all() == ("as_of" in text or "Data da" in text)


@pytest.mark.parametrize(
    ("words", "best_first"),
    [
        (["B", "A+", "A", "A-", "F"], ("A+", "A", "A-", "B", "F")),
        (["A2", "B1", "A1"], ("A1", "A2", "B1")),
        (["cold", "Hot", "WARM"], ("Hot", "WARM", "cold")),
        (["Frio", "Muito quente", "Morno"], ("Muito quente", "Morno", "Frio")),
        (["★★☆☆☆", "★★★★★"], ("★★★★★", "★★☆☆☆")),
    ],
)
def test_words_of_a_scale_have_their_order(words: list[str], best_first: tuple[str, ...]) -> None:
    values, scale = read_words(pa.chunked_array([pa.array([*words, None])]), Scale("words"), "f.csv")
    assert scale.words == best_first
    assert np.isnan(values[-1])
    assert [word for _, word in sorted(zip(-values[:-1], words, strict=True))] == list(best_first)


def test_unknown_words_are_refused_with_what_to_do() -> None:
    with pytest.raises(HistoryError, match="--order"):
        read_words(pa.chunked_array([pa.array(["alpha", "beta"])]), Scale("words"), "f.csv")
    values, _ = read_words(
        pa.chunked_array([pa.array(["alpha", "beta"])]), Scale("words", words=("beta", "alpha")), "f"
    )
    assert values[1] > values[0]


def test_a_risk_is_reversed_and_a_share_of_one_is_a_probability() -> None:
    risk = infer_scale("Churn Risk", ["0.2", "0.9"], kind=None, order=(), is_reversed=None)
    assert risk.is_reversed
    assert not risk.is_probability
    assert to_rising_values(np.array([0.2, 0.9]), risk, "f").tolist() == [-0.2, -0.9]
    assert infer_scale("p", ["0", "1", "0.5"], kind=None, order=(), is_reversed=None).is_probability
    assert not infer_scale("flag", ["0", "1"], kind=None, order=(), is_reversed=None).is_probability
    with pytest.raises(HistoryError, match="no probabilities"):
        to_rising_values(np.array([0.2, 1.2]), Scale("probability"), "f")
