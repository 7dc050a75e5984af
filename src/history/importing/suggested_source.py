"""The section of a suggested mapping that says how files are written, and in which zone their times are."""

from collections.abc import Mapping, Sequence
from types import MappingProxyType

from .column_kinds import normalise_name
from .column_matching import MatchedFile
from .csv_files import CsvDialect
from .file_sniffing import SniffedFile
from .suggestion_text import UNSURE, render_doubt, render_toml, render_toml_key, to_printable
from .type_inference import InferredFormat, infer_number_format, infer_time_format

_WHICH_ZONE = "in which zone were the times without an offset written?"
_PORTUGUESE = {"data", "valor", "produto", "transacao", "nome", "telefone", "preco", "moeda", "pais", "situacao"}


def group_alike(matched: Sequence[MatchedFile]) -> list[list[MatchedFile]]:
    """Group files of the same table, columns, dialect and formats."""
    groups: dict[str, list[MatchedFile]] = {}
    for match in matched:
        file = match.file
        key = repr((match.table, sorted(file.samples), file.dialect, _infer_formats(file)))
        groups.setdefault(key, []).append(match)
    return list(groups.values())


def name_sources(groups: Sequence[Sequence[MatchedFile]]) -> list[str]:
    """Return a name for the source of each group: its table, numbered where it has several."""
    tables = [group[0].table for group in groups]
    return [f"{table}_{number}" if tables.count(table) > 1 else table for number, table in enumerate(tables, 1)]


def render_time_zone(files: Sequence[SniffedFile]) -> str:
    """Return the zone of times without an offset, by the language of the headers."""
    words = {word for file in files for column in file.samples for word in normalise_name(column).split()}
    if len(words & _PORTUGUESE) > 1:
        return f'{UNSURE}{_WHICH_ZONE}; the headers are in Portuguese\ntimezone = "America/Sao_Paulo"\n'
    return f'{UNSURE}{_WHICH_ZONE}\ntimezone = "UTC"\n'


def render_source(
    name: str, files: Sequence[SniffedFile], used: set[str], times: Mapping[str, str] = MappingProxyType({})
) -> str:
    """Return the section of a source: how its files are written, and the forms of the columns that are used.

    ``times`` has the forms of columns of times that somebody knows; the others are inferred.
    """
    first = files[0]
    names = [file.path.name for file in files]
    lines = [f"[source.{name}]", f"file = {render_toml(names if len(names) > 1 else names[0])}"]
    for key, default in vars(CsvDialect()).items():
        value = getattr(first.dialect, key)
        doubt = next((file.doubts[key] for file in files if key in file.doubts), "")
        if value != default or doubt:
            lines += [*render_doubt(doubt), f"{key} = {render_toml(value)}"]
    for key, formats in _infer_formats(first).items():
        if formats:
            lines.append(f"[source.{name}.{key}]")
        for column, inferred in formats.items():
            form = times.get(column, inferred.format) if key == "times" else inferred.format
            line = f"{render_toml_key(column)} = {render_toml(form)}"
            lines += [*render_doubt(inferred.doubt), line] if column in used else [to_printable(f"# {line}")]
    return "\n".join(lines) + "\n"


def _infer_formats(file: SniffedFile) -> dict[str, dict[str, InferredFormat]]:
    """Return the formats of columns of times that are not ISO 8601, and of numbers that are not plain."""
    inferences = {"times": infer_time_format, "numbers": infer_number_format}
    return {
        key: {
            column: inferred
            for column, values in file.samples.items()
            if (inferred := infer(values)) and inferred.format
        }
        for key, infer in inferences.items()
    }
