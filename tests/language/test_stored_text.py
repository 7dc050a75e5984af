"""Texts for people keep their values where they are kept, and come back as they were."""

import numpy as np
import pytest

from hotleads.history.errors import HistoryError, LaunchError, Problem
from hotleads.language import Phrase, Translator, cap_text, decode_text, encode_text, get_message


def test_a_phrase_comes_back_with_its_values_and_is_told_in_portuguese() -> None:
    inner = Phrase("{rows:,} rows", rows=np.int64(1200))
    kept = encode_text(Phrase("{table}: {names}", table="leads", names=(inner, "x")))
    back = decode_text(kept)
    assert back == "leads: 1,200 rows, x"
    assert isinstance(back, Phrase)
    assert isinstance(back.values["names"], tuple)
    told = Translator("pt_BR").translate_phrase(decode_text(encode_text(Phrase("{rows:,} scores to judge", rows=1200))))
    assert told == "1.200 pontuações a avaliar"


@pytest.mark.parametrize("text", ["", "the disk is full", '{"text": "no phrase"}', '{"text": 1', "{braces}"])
def test_any_other_text_comes_back_as_it_is(text: str) -> None:
    assert decode_text(encode_text(text)) == text


def test_a_long_phrase_loses_its_values_and_a_short_one_keeps_them() -> None:
    phrase = Phrase("{rows:,} scores to judge", rows=5)
    assert cap_text(phrase, 100) is phrase
    assert cap_text(phrase, 8) == "5 scores"


def test_errors_give_their_words_as_phrases_where_they_have_one() -> None:
    assert get_message(ValueError("plain")) == "plain"
    assert isinstance(get_message(LaunchError(Phrase("no launch is over"))), Phrase)
    problems = [
        Problem("leads", "email", Phrase("a value that is unlike the others of its column"), "Mend it", rows, places)
        for rows, places in ((1, ()), (1200, ("x.csv:2", "x.csv:3")))
    ]
    error = HistoryError(problems)
    assert str(error) == (
        "this input cannot be read; nothing was written:\n"
        "  - leads.email: a value that is unlike the others of its column in 1 row. Mend it\n"
        "  - leads.email: a value that is unlike the others of its column in 1,200 rows (first at x.csv:2, x.csv:3). "
        "Mend it"
    )
    told = Translator("pt_BR").translate_phrase(get_message(error))
    assert "em 1.200 linhas (primeiro em x.csv:2, x.csv:3)" in told
