"""JSON with halves of surrogate pairs."""

import msgspec
import pytest

from hotleads.hub.intake.json_bodies import decode_lenient_json


@pytest.mark.parametrize(
    ("body", "content"),
    [
        (rb'["caf\u00e9 \uD83D"]', "caf\u00e9 \ufffd"),
        (rb'["\ude00 before"]', "\ufffd before"),
        (rb'["\ud83d\ud83d\ude00"]', "\ufffd\U0001f600"),
        (rb'["\\ud83d \ud83d"]', "\\ud83d \ufffd"),
        (rb'["\\\ud83d"]', "\\\ufffd"),
    ],
)
def test_half_of_a_pair_becomes_the_replacement_character(body: bytes, content: str) -> None:
    assert decode_lenient_json(body) == [content]


@pytest.mark.parametrize("body", [b"", b"[NaN]", rb'["\ud83d"', b'["\xff"]'])
def test_what_is_no_json_is_refused(body: bytes) -> None:
    with pytest.raises((msgspec.DecodeError, UnicodeDecodeError)):
        decode_lenient_json(body)
