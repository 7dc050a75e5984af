"""The file of scores: who was given which score, and when. One row a lead, or a log of scores that change."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa

from ..history import HistoryError
from ..history.importing.column_kinds import WORDS, has_word, is_yes_or_no
from ..language import Phrase
from .exports import Export, ExportReader, open_export
from .scales import Kind, Scale, infer_scale, read_words, to_rising_values


@dataclass(frozen=True)
class ScoreFile:
    """A file of scores, and what is said of it.

    Attributes
    ----------
    path
        CSV, Excel or Parquet.
    lead, score, scored_at, launch
        Names of columns; None: found by name and values.
    given_at
        When scores without a time of their own were given.
    timezone
        The zone of times without an offset.
    kind
        The scale's kind; None: inferred.
    order
        The words of a scale from best to worst.
    is_reversed
        Whether less is better; None: where the column's name says so.
    """

    path: Path
    lead: str | None = None
    score: str | None = None
    scored_at: str | None = None
    launch: str | None = None
    given_at: datetime | None = None
    timezone: str = "UTC"
    kind: Kind | None = None
    order: Sequence[str] = ()
    is_reversed: bool | None = None


@dataclass(frozen=True)
class ScoreLog:
    """The rows of a file of scores.

    Attributes
    ----------
    rows
        ``key`` (what the file calls the lead; one column for each candidate, ``key_0``, ``key_1`` ...), ``value``
        (rises with the score; NaN: none), ``scored_at`` (UTC; missing where nobody says), ``launch_id`` where the file
        has launches, ``row``.
    key_columns
        The file's columns behind ``key_0``, ``key_1`` ...
    scale
        What the values are.
    columns
        The file's column for the score, its time and its launch; None where there is none.
    name
        The file's name.
    notes
        What a reader should know of how it was read.
    """

    rows: pd.DataFrame
    key_columns: tuple[str, ...]
    scale: Scale
    columns: dict[str, str | None]
    name: str
    notes: tuple[str, ...] = ()

    @property
    def has_launches(self) -> bool:
        """Whether the file says for which launch a score was given."""
        return self.columns["launch"] is not None


def read_score_log(file: ScoreFile, launch_ids: Sequence[str] = ()) -> ScoreLog:
    """Read a file of scores.

    Parameters
    ----------
    file
        The file and what is said of it.
    launch_ids
        The history's launches; a column of launches is taken for one where it names some of them.

    Raises
    ------
    HistoryError
        If the file cannot be read, or it does not tell who has which score.
    """
    with open_export(file.path, file.timezone) as export:
        columns, other_scores = _find_columns(export, file, launch_ids)
        score = str(columns["score"])
        keys = [str(export.find_column(file.lead))] if file.lead else export.list_lead_columns()
        keys = [column for column in keys if column not in columns.values()]
        if not keys:
            raise HistoryError(
                Phrase(
                    "{file}: no column tells who was scored by an id or an e-mail address; name it with --lead",
                    file=export.name,
                ),
                "no-lead-column",
            )
        notes = [*export.notes, *_describe_columns(export, columns, other_scores, has_time=file.given_at is not None)]
        scale = infer_scale(
            score, export.samples[score], kind=file.kind, order=file.order, is_reversed=file.is_reversed
        )
        reader = ExportReader(export)
        for number, column in enumerate(keys):
            reader.add_text(f"key_{number}", column)
        (reader.add_text if scale.kind == "words" else reader.add_number)("value", score)
        if columns["scored_at"] is not None:
            doubt = reader.add_time("scored_at", columns["scored_at"])
            if doubt:
                notes.append(Phrase("{column} was read as {form}", column=columns["scored_at"], form=doubt))
        if columns["launch"] is not None:
            reader.add_text("launch_id", columns["launch"])
        table = reader.read()
    values, scale = _read_values(table["value"], scale, file.path.name)
    rows = table.drop_columns(["value"]).to_pandas()
    rows["value"] = values
    rows["scored_at"] = _fill_times(rows, file.given_at)
    return ScoreLog(rows, tuple(keys), scale, columns, file.path.name, tuple(notes))


def _find_columns(
    export: Export, file: ScoreFile, launch_ids: Sequence[str]
) -> tuple[dict[str, str | None], list[str]]:
    """Return the column of the score, of its time and of its launch, and others that may be scores too."""
    words = WORDS["scores"]
    given = {name: export.find_column(getattr(file, name)) for name in ("lead", "score", "scored_at", "launch")}
    taken = [column for column in given.values() if column is not None]
    not_score = set(words["not_score"])
    # What is left when who, when and for what are known is the score, whatever it is called.
    left = _list_others(export, taken)
    alike = [column for column in export.match_columns(words["score"], taken) if not has_word(column, not_score)]
    score = given["score"] or next(iter(alike), None) or (left[0] if len(left) == 1 else None)
    if score is None:
        known = ", ".join(list(export.samples)[:12])
        raise HistoryError(
            Phrase(
                "{file}: no column looks like a score; name one of {known} with --score", file=export.name, known=known
            ),
            "no-score-column",
        )
    scored_at = given["scored_at"] or export.match_column(words["scored_at"], [*taken, score], is_time_wanted=True)
    if scored_at is None and file.given_at is None and _is_log(export, file):
        scored_at = export.match_column(words["changed_at"], [*taken, score], is_time_wanted=True)
    launch = given["launch"] or export.match_column(words["launch_id"], [*taken, score])
    if launch and not given["launch"] and not set(launch_ids) & set(export.samples[launch]):
        launch = None
    others = [column for column in alike if column not in (score, launch)] if not given["score"] else []
    return {"score": score, "scored_at": scored_at, "launch": launch}, others


def _list_others(export: Export, taken: Sequence[str]) -> list[str]:
    """Return the columns that tell neither who, nor when, nor for which launch."""
    known = {*taken, *export.list_lead_columns(), *export.list_time_columns()}
    known |= set(export.match_columns(WORDS["scores"]["launch_id"]))
    return [column for column, values in export.samples.items() if any(values) and column not in known]


def _is_log(export: Export, file: ScoreFile) -> bool:
    """Return whether leads come again and again in the file."""
    columns = [export.find_column(file.lead)] if file.lead else export.list_lead_columns()[:1]
    return any(len(filled) > len(set(filled)) for column in columns if (filled := _list_filled(export, column)))


def _list_filled(export: Export, column: str | None) -> list[str]:
    return [value.strip().lower() for value in export.samples.get(str(column), ()) if value]


def _describe_columns(
    export: Export, columns: dict[str, str | None], other_scores: Sequence[str], *, has_time: bool
) -> list[Phrase]:
    """Return what is unsure about which column is which."""
    notes = []
    if other_scores:
        others = ", ".join(other_scores)
        notes.append(
            Phrase(
                "{score} was judged; {others} may be scores too: name one with --score",
                score=columns["score"],
                others=others,
            )
        )
    if columns["scored_at"] is None and not has_time:
        names = [*WORDS["scores"]["scored_at"], *WORDS["scores"]["changed_at"]]
        unread = [column for column in export.match_columns(names) if not is_yes_or_no(export.samples[column])]
        unread = [column for column in unread if column != columns["score"]]
        times = [column for column in export.list_time_columns() if column != columns["score"]]
        what = Phrase("no column is known as the time at which the scores were given")
        if unread:
            what = Phrase("{column} is not read as a time; write it as 2025-04-05 13:00", column=unread[0])
        elif times:
            what = Phrase("{what}; if {columns} is, name it with --time", what=what, columns=tuple(times[:3]))
        notes.append(Phrase("{what}, or say when all were given with --scored-at", what=what))
    return notes


def _read_values(column: pa.ChunkedArray, scale: Scale, name: str) -> tuple[np.ndarray, Scale]:
    if scale.kind == "words":
        values, scale = read_words(column, scale, name)
    else:
        values = column.to_pandas().to_numpy(np.float64)
    return to_rising_values(values, scale, name), scale


def _fill_times(rows: pd.DataFrame, given_at: datetime | None) -> pd.Series:
    missing = pd.Series(pd.NaT, rows.index, dtype="datetime64[us, UTC]")
    times = rows["scored_at"].astype("datetime64[us, UTC]") if "scored_at" in rows else missing
    return times.fillna(pd.Timestamp(given_at)) if given_at is not None else times
