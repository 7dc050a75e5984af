"""JSON as other programs send it: half of a surrogate pair, left of a text that was cut, costs no message."""

import re
from typing import Any

import msgspec

#: An escaped backslash or a whole pair, which stay; else half of a pair.
_ESCAPES = re.compile(
    rb"(\\\\|\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2})|\\u[dD][89a-fA-F][0-9a-fA-F]{2}"
)
_REPLACEMENT = rb"\ufffd"


def decode_lenient_json(body: bytes) -> Any:
    r"""Return what a body of JSON holds, with the replacement character for half of a surrogate pair.

    Browsers and PHP write a text that was cut within an emoji so (``"caf\u00e9 \ud83d"``), and their libraries drop
    all messages of a request that is refused.

    Raises
    ------
    msgspec.DecodeError, UnicodeDecodeError, RecursionError
        The body is no JSON in UTF-8.
    """
    try:
        return msgspec.json.decode(body)
    except msgspec.DecodeError:
        mended = _ESCAPES.sub(lambda found: found[1] or _REPLACEMENT, body)
        if mended == body:
            raise
        return msgspec.json.decode(mended)
