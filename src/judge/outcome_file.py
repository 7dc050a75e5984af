"""Outcomes from a file, for those who have no history: who bought, and when."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ..history import HistoryError
from ..history.importing.column_kinds import WORDS, normalise_name
from ..language import Phrase, mark
from .exports import ExportReader, open_export
from .lead_matching import match_rows
from .moments import COLUMNS, REASONS, Moments, prepare_log
from .score_log import ScoreLog

_YES = {
    "1",
    "yes",
    "y",
    "true",
    "t",
    "sim",
    "s",
    "si",
    "x",
    "won",
    "closed won",
    "customer",
    "cliente",
    "bought",
    "paid",
    *("approved", "complete", "completed", "succeeded", "active"),
    *(
        "aprovado",
        "aprovada",
        "completo",
        "completa",
        "concluido",
        "concluida",
        "pago",
        "paga",
        "ganho",
        "ativo",
        "ativa",
    ),
}
_NO = {
    *("0", "no", "n", "false", "f", "nao", "lost", "closed lost", "open", "lead", "perdido", "em aberto", "aberto"),
    *("refunded", "canceled", "cancelled", "chargeback", "pending", "expired", "abandoned", "failed", "declined"),
    *(
        "reembolsado",
        "reembolsada",
        "cancelado",
        "cancelada",
        "pendente",
        "expirado",
        "expirada",
        "recusado",
        "recusada",
    ),
    *("aguardando pagamento", "waiting payment", "abandonado", "estornado", "estornada"),
}
#: A column says who bought where this share of its values says yes or no.
_MIN_ANSWERS = 0.5
_ID = "lead_id"


@dataclass(frozen=True)
class Outcomes:
    """Who bought.

    Attributes
    ----------
    rows
        ``key`` (who), ``bought`` (missing where the file does not say), ``bought_at`` (UTC) and ``amount``.
    has_answers
        Whether the file says who did not buy; else those whom it does not name did not.
    columns
        The file's column behind each of them.
    """

    rows: pd.DataFrame
    has_answers: bool
    columns: dict[str, str | None]


def read_outcome_file(path: Path, timezone: str = "UTC") -> Outcomes:
    """Read a file of outcomes: id or address, whether the lead bought (optional), and when. Raises HistoryError."""
    words = WORDS["outcomes"]
    with open_export(path, timezone) as export:
        keys = export.list_lead_columns()
        alike = export.match_columns([*words["bought"], *words["status"]], keys)
        bought = next((column for column in alike if _says_who_bought(export.samples[column])), None)
        bought_at = export.match_column(words["bought_at"], keys, is_time_wanted=True)
        amount = export.match_column(words["amount"], [*keys, bought or ""])
        if not keys or bought_at is None:
            pattern = mark("{file}: no column tells who bought; name its columns id, bought and time")
            if keys:
                pattern = mark("{file}: no column is the time of a purchase; name its columns id, bought and time")
            raise HistoryError(Phrase(pattern, file=export.name))
        reader = ExportReader(export)
        reader.add_text("key", keys[0])
        reader.add_time("bought_at", bought_at)
        if bought is not None:
            reader.add_text("bought", bought)
        if amount is not None:
            reader.add_number("amount", amount)
        rows = reader.read().to_pandas()
    rows["bought"] = _read_answers(rows["bought"], path.name, bought) if bought is not None else True
    if (rows["bought"].fillna(False) & rows["bought_at"].isna()).any():
        missing = int((rows["bought"].fillna(False) & rows["bought_at"].isna()).sum())
        raise HistoryError(
            Phrase(
                "{file}: {missing:,} buyers have no time in {bought_at}; fill it in, or leave them out",
                file=path.name,
                missing=missing,
                bought_at=bought_at,
            )
        )
    columns = {"lead": keys[0], "bought": bought, "bought_at": bought_at, "amount": amount}
    return Outcomes(rows[rows["key"].notna()], bought is not None, columns)


def find_outcome_moments(
    log: ScoreLog, outcomes: Outcomes, horizon: timedelta | None
) -> tuple[Moments, pd.DataFrame, NDArray[np.float64] | None]:
    """Return one moment a lead: its first score, until the horizon or the last outcome; the usable rows; what was paid.

    Parameters
    ----------
    log
        The scores.
    outcomes
        Who bought.
    horizon
        How long a lead has to buy from its score on; None: until the file's last purchase.
    """
    keys = [f"key_{number}" for number in range(len(log.key_columns))]
    matched = [match_rows(log.rows[key], outcomes.rows["key"]) for key in keys]
    best = max(range(len(keys)), key=lambda number: matched[number].notna().sum())
    names = matched[best] if outcomes.has_answers else matched[best].fillna(log.rows[keys[best]])
    rows, without, unknown = prepare_log(log.rows.drop(columns="launch_id", errors="ignore"), names)
    first = rows.sort_values("scored_at", kind="stable").drop_duplicates("lead_id").reset_index(drop=True)
    end = outcomes.rows["bought_at"].max() + timedelta(microseconds=1)
    until = first["scored_at"] + horizon if horizon is not None else pd.Series(end, first.index)
    moments = first.assign(as_of=first["scored_at"], until=until, launch_id="")
    bought = outcomes.rows[outcomes.rows["bought"].fillna(False)].rename(columns={"key": "lead_id"})
    bought = bought.assign(lead_id=bought["lead_id"].astype("str"))
    windows = moments[["lead_id", "as_of", "until"]].merge(bought, on="lead_id")
    windows["bought_at"] = windows["bought_at"].astype("datetime64[us, UTC]")
    counted = windows[(windows["bought_at"] >= windows["as_of"]) & (windows["bought_at"] < windows["until"])]
    earlier = windows.loc[windows["bought_at"] < windows["as_of"], "lead_id"]
    moments["bought_at"] = moments["lead_id"].map(counted.groupby("lead_id")["bought_at"].min())
    moments["label"] = moments["bought_at"].notna().astype(np.int8)
    is_late = moments["lead_id"].isin(earlier) & (moments["label"] == 0)
    is_over = moments["until"] <= moments["as_of"]
    is_open = moments["until"] > end if horizon is not None else pd.Series(False, moments.index)
    kept = moments[~is_late & ~is_over & ~is_open][list(COLUMNS)].reset_index(drop=True)
    excluded = dict.fromkeys(REASONS, 0) | {
        "no-time": _count(without["no-time"], moments),
        "no-score": _count(without["no-score"], moments),
        "unknown-lead": unknown,
        "already-bought": int(is_late.sum()),
        "scored-after-window": int((is_over & ~is_late).sum()),
        "outcome-unknown": int((is_open & ~is_late & ~is_over).sum()),
    }
    revenue = None
    if outcomes.columns["amount"] is not None:
        paid = counted.groupby("lead_id")["amount"].sum()
        revenue = kept["lead_id"].map(paid).fillna(0.0).to_numpy(np.float64)
    cohort = (len(kept), int(kept["label"].sum()))
    return Moments(kept, {}, excluded, int(is_late.sum()), cohort, _describe(outcomes, horizon)), rows, revenue


def _says_who_bought(values: Sequence[str]) -> bool:
    words = [_normalise_answer(value) for value in values if value]
    return bool(words) and sum(word in _YES or word in _NO for word in words) >= _MIN_ANSWERS * len(words)


def _normalise_answer(text: str) -> str:
    word = normalise_name(text)
    return word[:1] if word in ("1 0", "0 0") else word


def _read_answers(texts: pd.Series, name: str, column: str) -> pd.Series:
    words = texts.map(_normalise_answer, na_action="ignore")
    unknown = words.notna() & ~words.isin(_YES) & ~words.isin(_NO)
    if unknown.any():
        word = str(texts[unknown].iloc[0])
        example = Phrase(", such as {word!r}", word=word) if len(word) <= 20 and "@" not in word else ""
        raise HistoryError(
            Phrase(
                "{name}.{column}: {rows:,} rows say neither yes nor no of who bought{example}; write one of them",
                name=name,
                column=column,
                rows=int(unknown.sum()),
                example=example,
            )
        )
    return words.isin(_YES).where(words.notna(), None).astype("boolean")


def _count(leads: list[pd.Series], moments: pd.DataFrame) -> int:
    every = pd.concat(leads)
    return int(every[~every.isin(moments["lead_id"])].nunique())


def _describe(outcomes: Outcomes, horizon: timedelta | None) -> tuple[str, ...]:
    notes = []
    if not outcomes.has_answers:
        notes.append(
            Phrase("the file of outcomes names buyers alone: every other lead is taken for one who did not buy")
        )
    if horizon is None:
        notes.append(
            Phrase("every purchase after a score counts, up to the last one of the file; --horizon-days sets a limit")
        )
    return tuple(notes)
