"""The page of a judged score: one file that opens offline, the verdict first. It names no lead."""

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

from ..checks import Finding
from ..checks.portuguese import CODES_PT
from ..judge import Judgement, build_headline, build_sentences
from ..judge.verdict_text import format_count, format_number, format_share
from ..judge.verdict_words import RIVAL_NAMES
from ..reports import render_page
from ..scoring import Language
from .output import write_text

TEXTS: dict[Language, dict[str, str]] = {
    "en": {
        "language": "en",
        "eyebrow": "Judged score",
        "rivals_heading": "Against simple rules",
        "rivals_about": "Each was fitted on what was known before, and asked about the same leads. Above zero "
        "the score orders them better.",
        "rival": "ordered by",
        "leads": "leads",
        "pairs": "buyer first, in 100 pairs",
        "gap": "score minus it (90%)",
        "heights_heading": "What each height of the score meant",
        "heights_about": "How many of the leads at each height bought afterwards.",
        "heights_axis": "score; the higher the bar, the more bought",
        "height": "score",
        "buyers": "buyers",
        "rate": "bought",
        "interval": "90% interval",
        "lists_heading": "What a call list would have brought",
        "lists_about": "The first {leads} leads of each order, launch by launch.",
        "order_by": "ordered by",
        "revenue": "net revenue",
        "this_score": "this score",
        "judged_heading": "What was judged",
        "judged": "judged",
        "columns": "Read from the file",
        "column_lead": "who",
        "column_score": "score",
        "column_scored_at": "when",
        "column_launch": "launch",
        "no-time": "no time",
        "no-score": "no score",
        "unknown-lead": "unknown lead",
        "scored-after-window": "scored after the window",
        "already-bought": "had bought already",
        "outcome-unknown": "outcome not known yet",
        "not-in-a-launch": "in no judged launch",
        "findings_heading": "What to know and what to do",
    },
    "pt_BR": {
        "language": "pt-BR",
        "eyebrow": "Pontuação julgada",
        "rivals_heading": "Contra regras simples",
        "rivals_about": "Cada uma foi ajustada com o que se sabia antes e aplicada aos mesmos leads. Acima de zero a "
        "pontuação ordena melhor.",
        "rival": "ordenado por",
        "leads": "leads",
        "pairs": "comprador na frente, em 100 pares",
        "gap": "pontuação menos ela (90%)",
        "heights_heading": "O que cada altura da pontuação significou",
        "heights_about": "Quantos dos leads em cada altura compraram depois.",
        "heights_axis": "pontuação; quanto mais alta a barra, mais compraram",
        "height": "pontuação",
        "buyers": "compradores",
        "rate": "compraram",
        "interval": "intervalo de 90%",
        "lists_heading": "O que uma lista de chamadas teria trazido",
        "lists_about": "Os primeiros {leads} leads de cada ordem, lançamento por lançamento.",
        "order_by": "ordenado por",
        "revenue": "receita líquida",
        "this_score": "esta pontuação",
        "judged_heading": "O que foi julgado",
        "judged": "julgadas",
        "columns": "Lido do arquivo",
        "column_lead": "quem",
        "column_score": "pontuação",
        "column_scored_at": "quando",
        "column_launch": "lançamento",
        "no-time": "sem data",
        "no-score": "sem pontuação",
        "unknown-lead": "lead desconhecido",
        "scored-after-window": "pontuado depois da janela",
        "already-bought": "já tinha comprado",
        "outcome-unknown": "desfecho ainda desconhecido",
        "not-in-a-launch": "em nenhum lançamento julgado",
        "findings_heading": "O que saber e o que fazer",
    },
}


def write_judge_page(judgement: Judgement, out: Path, language: Language) -> Path:
    """Write the page of a judgement; an older one is replaced. Notes stay in English."""
    heights = _name_heights(judgement, language)
    values = {
        "t": TEXTS[language],
        "name": judgement.name,
        "headline": build_headline(judgement, language),
        "sentences": build_sentences(judgement, language),
        "names": RIVAL_NAMES[language],
        "rivals": judgement.rivals if judgement.verdict.code != "suspected-leak" else (),
        "heights": heights,
        "highest": max((row["rate"] for row in heights), default=0.0) or 1.0,
        "lists": judgement.lists,
        "currency": judgement.currency,
        "judged": judgement.judged,
        "columns": [(role, column) for role, column in judgement.columns.items() if column],
        "excluded": [(reason, count) for reason, count in judgement.excluded.items() if count],
        "findings": [(finding.code, *_word_finding(finding, language)) for finding in judgement.findings],
        "notes": judgement.notes,
    }
    filters: dict[str, Callable[..., str]] = {
        "count": lambda value: format_count(value, language),
        "number": partial(_call, format_number, language, 1),
        "percent": partial(_call, format_share, language, 0),
        "signed": lambda value: f"{'+' if value >= 0 else ''}{format_number(100 * value, language)}",
    }
    write_text(render_page("judgement.html", values, filters), out)
    return out


def _word_finding(finding: Finding, language: Language) -> tuple[str, str]:
    """Return what a finding says and its remedy; in Portuguese its code's meaning stands for the English message."""
    return (finding.message, finding.remedy) if language == "en" else CODES_PT[finding.code]


def _call(
    write: Callable[[float, Language, int], str],
    language: Language,
    usual: int,
    value: float,
    digits: int | None = None,
) -> str:
    """Write a number with so many decimals, as a filter is called."""
    return write(value, language, usual if digits is None else digits)


def _name_heights(judgement: Judgement, language: Language) -> list[dict[str, Any]]:
    """Return the table of heights with what each is called: its words, or its ends."""
    words = judgement.scale.words[::-1]
    rows: list[dict[str, Any]] = []
    for place, record in enumerate(judgement.heights.to_dict("records")):
        row = {str(key): value for key, value in record.items()}
        ends = list(dict.fromkeys(format_number(row[end], language, 2) for end in ("low", "high")))
        rows.append(row | {"name": words[place] if len(words) == len(judgement.heights) else " – ".join(ends)})
    return rows
