"""Excel workbooks of scored rows, in which every text stays a text."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pandas as pd
from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE
from openpyxl.styles import Font
from openpyxl.utils import get_column_letter

from .formulas import could_be_formula
from .output_path import OutputError

#: With the header, as many rows as a sheet can have.
_MAX_SHEET_ROWS = 1_048_576
_MAX_CELL_LENGTH = 32_767
_REASON_WIDTH = 60


class SheetWriter:
    """Appends rows to the one sheet of a new Excel workbook. Every text stays a text, whatever it begins with.

    Parameters
    ----------
    title
        The sheet's name.
    names
        The columns.
    """

    def __init__(self, title: str, names: Sequence[str]) -> None:
        self._names = names
        self._book = Workbook(write_only=True)
        self._sheet = self._book.create_sheet(title)
        self._sheet.freeze_panes = "B2"
        self._last_column = get_column_letter(len(names))
        for number, name in enumerate(names, 1):
            width = _REASON_WIDTH if name.startswith("reason_") else max(len(name) + 4, 14)
            self._sheet.column_dimensions[get_column_letter(number)].width = width
        header = [WriteOnlyCell(self._sheet, name) for name in names]
        for cell in header:
            cell.font = Font(bold=True)
        self._sheet.append(header)
        self._count = 1
        self._saved = False

    def append(self, rows: pd.DataFrame) -> None:
        """Append rows; instants are written in UTC. Raises OutputError where the sheet is full."""
        self._count += len(rows)
        if self._count > _MAX_SHEET_ROWS:
            raise OutputError(f"a sheet of Excel holds {_MAX_SHEET_ROWS - 1:,} leads; write .csv or .parquet")
        columns = [_convert_instants(rows[name]).tolist() for name in self._names]
        for values in zip(*columns, strict=True):
            self._sheet.append([self._build_cell(value, name) for value, name in zip(values, self._names, strict=True)])

    def save(self, path: Path) -> None:
        """Write the workbook."""
        self._sheet.auto_filter.ref = f"A1:{self._last_column}{self._count}"
        self._book.save(path)
        self._saved = True

    def close(self) -> None:
        """Give up what was not saved."""
        if not self._saved:
            self._sheet.close()

    def _build_cell(self, value: Any, name: str) -> Any:
        if isinstance(value, str):
            return self._build_text(ILLEGAL_CHARACTERS_RE.sub("", value)[:_MAX_CELL_LENGTH])
        if pd.isna(value):
            return None
        if name != "probability":
            return value
        cell = WriteOnlyCell(self._sheet, value)
        cell.number_format = "0.0%"
        return cell

    def _build_text(self, text: str) -> object:
        if not could_be_formula(text):
            return text
        cell = WriteOnlyCell(self._sheet, text)
        cell.data_type = "s"  # openpyxl takes it for a formula
        cell.quotePrefix = True  # so that Excel does not, either, once somebody has edited it
        return cell


def _convert_instants(column: pd.Series) -> pd.Series:
    """Return instants as Excel has them: in UTC, without a zone, as Python's own objects."""
    if not isinstance(column.dtype, pd.DatetimeTZDtype):
        return column.astype(object)
    return pd.Series(column.dt.tz_convert("UTC").dt.tz_localize(None).dt.to_pydatetime(), dtype=object)
