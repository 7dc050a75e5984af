"""Captures as the kernel reads them: which are known, and what the form and the link filled in.

To add a measure of every capture, name it in ``MEASURES`` and in the line below, and write it in ``_read_rows``.
"""

import math
from collections.abc import Mapping, Sequence
from itertools import accumulate
from typing import Any, NamedTuple

import numpy as np

from ..history import Launch
from ..history.captures import find_known_captures
from ..history.compilation import jit
from ..history.lead_rows import Categorical
from ..history.timestamps import MICROSECONDS_PER_DAY, MICROSECONDS_PER_HOUR
from .columns import Captures, EncodedFields, Floats, Integers, parse_number
from .context import Context
from .declaration import Feature
from .kernel import KnownRows, compile_program
from .local_time import UtcOffsets, build_utc_offsets
from .seasons import build_carts, count_launches_since

#: ``first_of_launch`` is the lead's first capture that names its launch.
ROW_KINDS = ("any", "first_of_launch")
_ANY, _FIRST_OF_LAUNCH = (1 << bit for bit in range(len(ROW_KINDS)))
#: What is taken of a capture; ``hour`` and ``weekday`` are those where the lead lives, ``launches_since`` counts the
#: launches that opened after it. Beside these, of a field:
#: ``number:<field>``; ``level:<field>=<word>``, NaN where the field is empty; ``ratio:<field>``, how leads with the
#: row's word converted before, over how all did (the context's; 1 where nothing is known).
MEASURES = ("one", "hour", "weekday", "launches_since")
_ONE, _HOUR, _WEEKDAY, _LAUNCHES_SINCE = range(len(MEASURES))
_FIRST_OF_FIELDS = len(MEASURES)
_EMPTY = ""  # the word under which the context has the ratio of leads whose field is empty
_NO_CODES = np.empty(0, np.int32)


class CaptureLookup(NamedTuple):
    """What the words of some captures mean to a plan."""

    utc_offsets: UtcOffsets  # of the countries, by their codes
    fields: EncodedFields


class _FieldMeasures:
    """The measures of one field of the capture: their values for each word."""

    def __init__(self, measures: Sequence[str], ratios: Mapping[str, float]) -> None:
        types = [measure.split(":", 1)[0] for measure in measures]
        levels = [m.split("=", 1)[1] if type_ == "level" else None for m, type_ in zip(measures, types, strict=True)]
        self.number_columns = [column for column, type_ in enumerate(types) if type_ == "number"]
        self.values_of_other = np.array([1.0 if type_ == "ratio" else 0.0 for type_ in types])
        self.values_of_empty = np.array([ratios.get(_EMPTY, 1.0) if type_ == "ratio" else math.nan for type_ in types])
        self._values = {
            word: np.array(
                [
                    ratios.get(word, 1.0) if type_ == "ratio" else float(level == word)
                    for type_, level in zip(types, levels, strict=True)
                ]
            )
            for word in {*ratios, *(level for level in levels if level is not None)}
        }
        #: The lines of ``table``: of each word with values of its own, of all other words, and of an empty field.
        self.codes: dict[str | None, int] = {word: code for code, word in enumerate(self._values)}
        self.code_of_other = len(self.codes)
        self.codes |= {None: self.code_of_other + 1}
        self.table = np.concatenate([*self._values.values(), self.values_of_other, self.values_of_empty])

    def compute_values(self, word: str) -> Floats:
        """Return each measure of a row with this word."""
        values = self._values.get(word, self.values_of_other)
        if self.number_columns:
            values = values.copy()
            values[self.number_columns] = parse_number(word)
        return values


class CapturePlan:
    """Features of captures, for one launch and context."""

    def __init__(self, features: Sequence[Feature], launch: Launch, context: Context) -> None:
        of_fields = sorted({f.measure for f in features} - set(MEASURES), key=lambda m: (_parse_field(m), m))
        self.program = compile_program(features, ROW_KINDS, (*MEASURES, *of_fields))
        self.fields = tuple(sorted({_parse_field(measure) for measure in of_fields}))
        self._measures = [
            _FieldMeasures([m for m in of_fields if _parse_field(m) == field], context.ratios.get(field, {}))
            for field in self.fields
        ]
        self._needs_local_time = any(feature.measure in ("hour", "weekday") for feature in features)
        self._launch = launch
        self._carts = build_carts([cart[1:] for cart in context.carts], 0)
        sizes = [0 if measured.number_columns else len(measured.table) for measured in self._measures]
        tables = [measured.table for measured in self._measures if not measured.number_columns]
        self._table = np.concatenate(tables) if tables else np.empty(0)
        self._offsets = list(accumulate(sizes, initial=0))
        self._first_measures = np.cumsum([0, *(len(measured.values_of_empty) for measured in self._measures)])

    def build_lookup(self, rows: Captures) -> CaptureLookup:
        """Return what the rows' words mean to this plan."""
        fields = rows.fields if isinstance(rows.fields, EncodedFields) else self._encode(rows.fields, len(rows.times))
        return CaptureLookup(
            build_utc_offsets(tuple(rows.country.categories) if self._needs_local_time else ()), fields
        )

    def encode_captures(self, rows: Sequence[Mapping[str, str]]) -> EncodedFields:
        """Encode a few captures, each a mapping of fields to words, by the words that this plan knows."""
        codes: list[list[int]] = []
        offsets, tables, end = self._offsets[:-1], [self._table], self._offsets[-1]
        for column, (name, measured) in enumerate(zip(self.fields, self._measures, strict=True)):
            if measured.number_columns:  # any word may be a number: each row has a line of its own
                lines = [
                    measured.compute_values(row[name]) if name in row else measured.values_of_empty for row in rows
                ]
                codes.append(list(range(len(rows))))
                offsets[column], end = end, end + len(rows) * len(measured.values_of_empty)
                tables = [*tables, *lines]
            else:
                codes.append([measured.codes.get(row.get(name), measured.code_of_other) for row in rows])
        shape = len(codes), len(rows)
        return EncodedFields(
            np.array(codes, np.int32).reshape(shape),
            np.array(offsets, np.int64),
            np.zeros(len(codes), np.int64),
            self._first_measures,
            np.concatenate(tables) if len(tables) > 1 else self._table,
        )

    def _encode(self, fields: Mapping[str, Categorical], rows: int) -> EncodedFields:
        empty = Categorical(np.full(rows, -1, np.int32), ())
        columns = [fields.get(name, empty) for name in self.fields]
        lines = [
            values
            for column, measured in zip(columns, self._measures, strict=True)
            for values in (*map(measured.compute_values, column.categories), measured.values_of_empty)
        ]
        sizes = [
            (len(column.categories) + 1) * len(measured.values_of_empty)
            for column, measured in zip(columns, self._measures, strict=True)
        ]
        return EncodedFields(
            np.concatenate([_NO_CODES, *(column.codes for column in columns)]).reshape(len(columns), rows),
            np.cumsum([0, *sizes]),
            np.array([len(column.categories) for column in columns], np.int64),
            self._first_measures,
            np.concatenate(lines) if lines else np.empty(0),
        )

    def select_known(
        self, rows: Captures, lookup: CaptureLookup, starts: Integers, stops: Integers, as_of: Integers
    ) -> KnownRows:
        """Return the captures among ``[start, stop)`` of each lead that are known at its ``as_of``."""
        positions, out_starts, out_stops = find_known_captures(
            rows.times, rows.launch_id, self._launch, starts, stops, as_of
        )
        times, flags, measures = _read_rows(
            positions,
            out_starts,
            out_stops,
            rows.times,
            rows.launch_id.codes,
            rows.country.codes,
            self._needs_local_time,
            self._carts,
            *lookup.utc_offsets,
            *lookup.fields,
            _FIRST_OF_FIELDS + int(self._first_measures[-1]),
        )
        return KnownRows(times, flags, measures, out_starts, out_stops, as_of)


def _parse_field(measure: str) -> str:
    return measure.partition(":")[2].partition("=")[0]


@jit
def _read_rows(
    positions: Any,
    starts: Any,
    stops: Any,
    times: Any,
    launches: Any,
    countries: Any,
    needs_local_time: bool,
    carts: Any,
    zones: Any,
    transitions: Any,
    utc_offsets: Any,
    codes: Any,
    offsets: Any,
    empty_codes: Any,
    first_measures: Any,
    table: Any,
    measure_count: int,
) -> Any:
    """Return times, flags and measures of the captures at ``positions``, of which ``[start, stop)`` are a lead's."""
    size = len(positions)
    out_times, flags, measures = np.empty(size, np.int64), np.empty(size, np.int64), np.empty((measure_count, size))
    for lead in range(len(starts)):
        for k in range(starts[lead], stops[lead]):
            row = positions[k]
            out_times[k], flags[k] = times[row], _ANY
            if launches[row] >= 0 and _is_first(positions, starts[lead], k, launches):
                flags[k] |= _FIRST_OF_LAUNCH
            measures[_ONE, k], measures[_LAUNCHES_SINCE, k] = 1.0, count_launches_since(carts, times[row])
            if needs_local_time:
                first, last = zones[countries[row], 0], zones[countries[row], 1]
                zone = first + np.searchsorted(transitions[first + 1 : last], times[row], "right")
                local = times[row] + utc_offsets[zone]
                measures[_HOUR, k] = local // MICROSECONDS_PER_HOUR % 24
                measures[_WEEKDAY, k] = (local // MICROSECONDS_PER_DAY + 3) % 7  # 1970 began on a Thursday
            for field in range(len(empty_codes)):
                width = first_measures[field + 1] - first_measures[field]
                code = codes[field, row] if codes[field, row] >= 0 else empty_codes[field]
                for m in range(width):
                    value = table[offsets[field] + code * width + m]
                    measures[_FIRST_OF_FIELDS + first_measures[field] + m, k] = value
    return out_times, flags, measures


@jit
def _is_first(positions: Any, start: int, k: int, launches: Any) -> bool:
    """Return whether a capture is the lead's first that names its launch."""
    before = start
    while before < k and launches[positions[before]] != launches[positions[k]]:
        before += 1
    return before == k
