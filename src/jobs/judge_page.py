"""The page of a judged score: one file that opens offline, the verdict first. It names no lead."""

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

from ..checks import CODES, describe_message
from ..judge import Judgement, build_headline, build_sentences
from ..judge.verdict_words import EXCLUDED_NAMES, RIVAL_NAMES
from ..language import Language, Translator, mark
from ..language.formats import format_count, format_number, format_share
from ..reports import render_page
from .output import write_text

_COLUMNS = {
    "lead": mark("who"),
    "score": mark("score"),
    "scored_at": mark("when"),
    "launch": mark("launch"),
}


def write_judge_page(judgement: Judgement, out: Path, language: Language) -> Path:
    """Write the page of a judgement; an older one is replaced."""
    translate, heights = Translator(language), name_heights(judgement, language)
    values = {
        "name": judgement.name,
        "headline": build_headline(judgement, language),
        "sentences": build_sentences(judgement, language),
        "names": {rival: translate(name) for rival, name in RIVAL_NAMES.items()},
        "rivals": judgement.rivals if judgement.verdict.code != "suspected-leak" else (),
        "heights": heights,
        "highest": max((row["rate"] for row in heights), default=0.0) or 1.0,
        "lists": judgement.lists,
        "currency": judgement.currency,
        "judged": judgement.judged,
        "columns": [(translate(_COLUMNS[role]), column) for role, column in judgement.columns.items() if column],
        "excluded": [
            (translate(EXCLUDED_NAMES[reason]), count) for reason, count in judgement.excluded.items() if count
        ],
        "findings": [
            (finding.code, describe_message(finding, translate), translate(CODES[finding.code].remedy))
            for finding in judgement.findings
        ],
        "notes": [translate.translate_phrase(note) for note in judgement.notes],
    }
    filters: dict[str, Callable[..., str]] = {
        "count": lambda value: format_count(value, language),
        "number": lambda value, digits=1: format_number(value, language, digits),
        "percent": lambda value, digits=0: format_share(value, language, digits),
        "signed": lambda value: f"{'+' if value >= 0 else ''}{format_number(100 * value, language)}",
    }
    write_text(render_page("judgement.html", values, translate, filters), out)
    return out


def name_heights(judgement: Judgement, language: Language) -> list[dict[str, Any]]:
    """Return the table of heights with what each is called: its words, or its ends."""
    words = judgement.scale.words[::-1]
    rows: list[dict[str, Any]] = []
    is_whole = (judgement.heights[["low", "high"]] % 1 == 0).all(axis=None)
    write = format_count if is_whole else partial(format_number, digits=2)
    for place, record in enumerate(judgement.heights.to_dict("records")):
        row = {str(key): value for key, value in record.items()}
        ends = list(dict.fromkeys(write(row[end], language) for end in ("low", "high")))
        rows.append(row | {"name": words[place] if len(words) == len(judgement.heights) else " – ".join(ends)})
    return rows
