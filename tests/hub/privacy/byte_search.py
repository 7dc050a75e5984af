"""Look for what must not be left of a person, in the ways that bytes hide."""

import base64
import hashlib
from collections.abc import Iterable
from pathlib import Path
from urllib.parse import quote


def list_traces(text: str) -> set[bytes]:
    """Every form of a text that must not be found: as it is, in either case, encoded, hashed without a key."""
    traces: set[bytes] = set()
    for form in {text, text.lower(), text.upper(), text.casefold()}:
        for encoding in ("utf-8", "utf-16-le"):
            raw = form.encode(encoding)
            traces |= {raw, quote(raw).encode(), raw.hex().encode(), raw.hex().upper().encode()}
            traces |= set(_list_base64(raw))
        for name in ("md5", "sha1", "sha256"):
            digest = hashlib.new(name, form.encode()).digest()
            traces |= {digest, digest.hex().encode(), base64.b64encode(digest).rstrip(b"=")}
    return traces


def find_traces(contents: dict[str, bytes], texts: Iterable[str]) -> list[tuple[str, str]]:
    """Return where traces of which text are found."""
    return [
        (name, text)
        for text in texts
        for trace in list_traces(text)
        for name, content in contents.items()
        if trace in content
    ]


def read_folder(folder: Path) -> dict[str, bytes]:
    """Return the bytes of every file below a folder, and the names of the files themselves."""
    files = [path for path in folder.rglob("*") if path.is_file()]
    names = "\n".join(str(path.relative_to(folder)) for path in files)
    return {str(path): path.read_bytes() for path in files} | {"names of files": names.encode()}


def _list_base64(raw: bytes) -> Iterable[bytes]:
    """Yield what a text's base64 holds wherever the text begins in what was encoded: without the bytes at its edges."""
    for shift in range(3):
        encoded = base64.b64encode(b"\0" * shift + raw)
        inner = encoded[4 if shift else 0 : len(encoded) - 4]
        if len(inner) >= 8:
            yield inner
            yield inner.replace(b"+", b"-").replace(b"/", b"_")
