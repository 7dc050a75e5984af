"""Captures as the kernel reads them: which are known, and what the form and the link said."""

import math
from collections.abc import Mapping, Sequence
from itertools import accumulate
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..history import Launch
from ..history.jit import jit
from ..history.lead_rows import Coded
from ..history.timestamps import MICROSECONDS_PER_DAY, MICROSECONDS_PER_HOUR
from .columns import Captures, Floats, Said, number
from .context import Context
from .declaration import Feature
from .kernel import KnownRows, compile_program
from .known_captures import known_captures
from .local_time import Clocks, clocks

#: ``first_of_launch`` is the lead's first capture that names its launch.
KINDS = ("any", "first_of_launch")
#: ``hour`` and ``weekday`` are those where the lead lives. Beside them, of a column: ``number:<column>``;
#: ``level:<column>=<word>``, NaN where the row says nothing; ``ratio:<column>``, how leads with the row's word
#: converted before, over how all did (the context's; 1 where nothing is known).
MEASURES = ("one", "hour", "weekday")
_NOT_SAID = ""  # the word under which the context has the ratio of those who say nothing
_NO_CODES = np.empty(0, np.int32)


class _Words(NamedTuple):
    clocks: Clocks
    said: Said


class _Column:
    """The measures of one column of the capture, as what each of its words gives."""

    def __init__(self, measures: Sequence[str], ratios: Mapping[str, float]) -> None:
        kinds = [measure.split(":", 1)[0] for measure in measures]
        levels = [m.split("=", 1)[1] if kind == "level" else None for m, kind in zip(measures, kinds, strict=True)]
        self.numbers = [place for place, kind in enumerate(kinds) if kind == "number"]
        self.unknown = np.array([1.0 if kind == "ratio" else 0.0 for kind in kinds])
        self.nothing = np.array([ratios.get(_NOT_SAID, 1.0) if kind == "ratio" else math.nan for kind in kinds])
        self._known = {
            word: np.array(
                [
                    ratios.get(word, 1.0) if kind == "ratio" else float(level == word)
                    for kind, level in zip(kinds, levels, strict=True)
                ]
            )
            for word in {*ratios, *(level for level in levels if level is not None)}
        }
        #: The places of words in ``table``, of words that are not known, and of none.
        self.places: dict[str | None, int] = {word: place for place, word in enumerate(self._known)}
        self.other = len(self.places)
        self.places |= {None: self.other + 1}
        self.table = np.concatenate([*self._known.values(), self.unknown, self.nothing])

    def of(self, word: str) -> Floats:
        values = self._known.get(word, self.unknown)
        if self.numbers:
            values = values.copy()
            values[self.numbers] = number(word)
        return values


class CapturePlan:
    """Features of captures, for one launch and context."""

    def __init__(self, features: Sequence[Feature], launch: Launch, context: Context) -> None:
        spoken = sorted({f.measure for f in features} - set(MEASURES), key=lambda m: (_column(m), m))
        self.program = compile_program(features, KINDS, (*MEASURES, *spoken))
        self.said = tuple(sorted({_column(measure) for measure in spoken}))
        self._columns = [
            _Column([m for m in spoken if _column(m) == column], context.ratios.get(column, {})) for column in self.said
        ]
        self._local = any(feature.measure in ("hour", "weekday") for feature in features)
        self._launch = launch
        sizes = [0 if column.numbers else len(column.table) for column in self._columns]
        tables = [column.table for column in self._columns if not column.numbers]
        self._table = np.concatenate(tables) if tables else np.empty(0)
        self._offsets = list(accumulate(sizes, initial=0))
        self._lines = np.cumsum([0, *(len(column.nothing) for column in self._columns)])

    def words(self, rows: Captures) -> _Words:
        """What the rows' words mean to this plan."""
        told = rows.said if isinstance(rows.said, Said) else self._coded(rows.said, len(rows.times))
        return _Words(clocks(tuple(rows.country.words) if self._local else ()), told)

    def said_by(self, rows: Sequence[Mapping[str, str]]) -> Said:
        """What a few captures say, each a mapping of columns to words: by the places of words that are known here."""
        codes: list[list[int]] = []
        offsets, tables, end = self._offsets[:-1], [self._table], self._offsets[-1]
        for place, (name, column) in enumerate(zip(self.said, self._columns, strict=True)):
            if column.numbers:  # any word may be a number: each row has a line of its own
                own = [column.of(row[name]) if name in row else column.nothing for row in rows]
                codes.append(list(range(len(rows))))
                offsets[place], end, tables = end, end + len(rows) * len(column.nothing), [*tables, *own]
            else:
                codes.append([column.places.get(row.get(name), column.other) for row in rows])
        shape = len(codes), len(rows)
        return Said(
            np.array(codes, np.int32).reshape(shape),
            np.array(offsets, np.int64),
            np.zeros(len(codes), np.int64),
            self._lines,
            np.concatenate(tables) if len(tables) > 1 else self._table,
        )

    def _coded(self, said: Mapping[str, Coded], rows: int) -> Said:
        columns = [said.get(name) for name in self.said]
        silent = Coded(np.full(rows, -1, np.int32), ()) if None in columns else None
        coded: list[Any] = [silent if column is None else column for column in columns]
        vectors = [
            vector
            for column, measured in zip(coded, self._columns, strict=True)
            for vector in (*(measured.of(word) for word in column.words), measured.nothing)
        ]
        sizes = [
            (len(column.words) + 1) * len(measured.nothing)
            for column, measured in zip(coded, self._columns, strict=True)
        ]
        return Said(
            np.concatenate([_NO_CODES, *(column.codes for column in coded)]).reshape(len(coded), rows),
            np.cumsum([0, *sizes]),
            np.array([len(column.words) for column in coded], np.int64),
            self._lines,
            np.concatenate(vectors) if vectors else np.empty(0),
        )

    def known(
        self, rows: Captures, words: _Words, starts: NDArray[np.int64], ends: NDArray[np.int64], as_of: Any
    ) -> KnownRows:
        """The captures among ``[start, end)`` of each lead that are known at its ``as_of``."""
        at, own_starts, own_stops = known_captures(rows.times, rows.launch_id, self._launch, starts, ends, as_of)
        lines = len(MEASURES) + int(self._lines[-1])
        times, flags, measures = _read(
            at,
            own_starts,
            own_stops,
            rows.times,
            rows.launch_id.codes,
            rows.country.codes,
            self._local,
            *words.clocks,
            *words.said,
            lines,
        )
        return KnownRows(times, flags, measures, own_starts, own_stops, as_of)


def _column(measure: str) -> str:
    return measure.partition(":")[2].partition("=")[0]


@jit
def _read(
    at: Any,
    starts: Any,
    stops: Any,
    times: Any,
    launches: Any,
    countries: Any,
    local: bool,
    zones: Any,
    changes: Any,
    shifts: Any,
    codes: Any,
    offsets: Any,
    words: Any,
    lines: Any,
    table: Any,
    size: int,
) -> Any:
    out_times, flags, measures = np.empty(len(at), np.int64), np.empty(len(at), np.int64), np.empty((size, len(at)))
    for i in range(len(starts)):
        for k in range(starts[i], stops[i]):
            row = at[k]
            out_times[k], flags[k] = times[row], 1
            if launches[row] >= 0 and _is_first(at, starts[i], k, launches):
                flags[k] |= 2
            measures[0, k] = 1.0
            if local:
                first, last = zones[countries[row], 0], zones[countries[row], 1]
                zone = first + np.searchsorted(changes[first + 1 : last], times[row], "right")
                there = times[row] + shifts[zone]
                measures[1, k] = there // MICROSECONDS_PER_HOUR % 24
                measures[2, k] = (there // MICROSECONDS_PER_DAY + 3) % 7  # 1970 began on a Thursday
            for column in range(len(words)):
                width = lines[column + 1] - lines[column]
                word = codes[column, row] if codes[column, row] >= 0 else words[column]
                for m in range(width):
                    measures[3 + lines[column] + m, k] = table[offsets[column] + word * width + m]
    return out_times, flags, measures


@jit
def _is_first(at: Any, start: int, k: int, launches: Any) -> bool:
    before = start
    while before < k and launches[at[before]] != launches[at[k]]:
        before += 1
    return before == k
