"""A suggested mapping for a folder of exports: what it seems to hold, with every doubt marked."""

import re
from collections.abc import Iterator, Sequence
from pathlib import Path

from ..errors import HistoryError
from ..sql import quote_identifier
from .column_kinds import is_time
from .column_matching import MatchedFile, find_time, match_table
from .file_sniffing import SniffedFile, list_sheets, sniff_file
from .files import SUFFIXES
from .launch_proposals import LaunchProposal, find_campaign_column, propose_launches
from .launch_survey import open_survey
from .lead_keys import LeadKey, describe_shared_things, find_lead_keys
from .suggested_launches import render_example_launch, render_launch_id, render_launches
from .suggested_outcome import list_outcome_times, render_outcome
from .suggested_people import PEOPLE, has_people, render_parts, render_people
from .suggested_source import group_alike, name_sources, render_source, render_time_zone
from .suggested_table import render_table
from .suggestion_text import UNSURE, render_doubt, render_toml

_HEAD = """\
# A suggestion: read it, correct the lines marked UNSURE, then `hotleads import SRC DIR --mapping` this file.
# docs/importing.md explains every key.
"""
_OTHER_SUFFIXES = (".txt", ".tsv")
_MAX_COLUMNS = 12
_NOT_YET = "the files do not come in whole by this mapping, so that no launches could be looked for"
_BLANKS = "blanks seem to keep them apart: take each line whole and cut it, as data/mappings/cdnow.toml does"


def suggest_mapping(folder: Path) -> str:
    """Suggest a mapping for a folder of exports.

    Parameters
    ----------
    folder
        The folder that holds the exports: CSV, text, Excel or Parquet files.

    Returns
    -------
    str
        The text of a mapping file (docs/importing.md), with every doubt marked.

    Raises
    ------
    HistoryError
        If no file looks like a table of the data contract.
    """
    if not folder.is_dir():
        raise HistoryError(f"{folder} is no folder; give the folder that holds the exports")
    paths = sorted(p for p in folder.iterdir() if p.is_file() and p.name.endswith((*SUFFIXES, *_OTHER_SUFFIXES)))
    left_out: list[str] = []
    files = [file for path in paths for file in _sniff_sheets(path, left_out)]
    keys = find_lead_keys(files)
    matches = [match_table(file, key) for file, key in zip(files, keys, strict=True)]
    matched = [match for match in matches if match is not None]
    unmatched = [(file, key) for file, key, match in zip(files, keys, matches, strict=True) if match is None]
    people = next((file for file, _ in unmatched if has_people(file)), None) if not matched else None
    left_out += [_render_left_out(file, key, files) for file, key in unmatched if file is not people]
    if people is not None:
        return "\n".join(_render_people(folder, people, left_out))
    if not matched:
        raise HistoryError(f"nothing in {folder} looks like leads, purchases, events or launches\n" + "".join(left_out))
    groups = group_alike(matched)
    head = [_HEAD + render_time_zone([match.file for match in matched]), *left_out, *_render_sources(groups)]
    if any(match.table == "launches" for match in matched):
        return "\n".join([*head, *_render_tables(groups)])
    return "\n".join([*head, *_render_with_launches(folder, "\n".join(head), groups)])


def _render_people(folder: Path, file: SniffedFile, left_out: Sequence[str]) -> list[str]:
    """Return a mapping of a lone file of people; without times its rows are cut into made-up launches."""
    time = find_time("leads", file.samples)
    if time is None:
        source = render_source(PEOPLE, [file], set())
        return [f'{_HEAD}timezone = "UTC"\n', *left_out, source, render_people(file, None) + render_parts()]
    zone = render_time_zone([file])
    parts = [_HEAD + zone, *left_out, render_source(PEOPLE, [file], {time}), render_people(file, time)]
    proposal, problem = _look_for_launches(folder, "\n".join(parts), None)
    return [*parts, render_launches(proposal) if proposal else _render_problem(problem) + render_example_launch([])]


def _look_for_launches(folder: Path, text: str, campaign: str | None) -> tuple[LaunchProposal | None, str]:
    """Return launches that fit the whole files as ``text`` maps them, or none and why they do not come in by it."""
    try:
        with open_survey(text, folder) as survey:
            return propose_launches(survey, campaign), ""
    except HistoryError as error:
        return None, "; ".join(map(str, error.problems)) or str(error)


def _render_problem(problem: str) -> str:
    return "".join(f"{line}\n" for line in render_doubt(problem and f"{_NOT_YET}: {problem}"))


def _render_sources(groups: Sequence[Sequence[MatchedFile]]) -> list[str]:
    has_sales = any(group[0].table == "purchases" for group in groups)
    return [
        render_source(name, [match.file for match in group], _list_used(group[0], has_sales))
        for name, group in zip(name_sources(groups), groups, strict=True)
    ]


def _list_used(match: MatchedFile, has_sales: bool) -> set[str]:
    """Return the columns of a file that its sections use."""
    outcome = list_outcome_times(match) if match.table == "leads" and not has_sales else []
    return {*match.columns.values(), *outcome}


def _render_tables(
    groups: Sequence[Sequence[MatchedFile]], campaign: str | None = None, launch_id: Sequence[str] = ()
) -> list[str]:
    """Return the sections of all tables; leads that have the column ``campaign`` get the lines ``launch_id``."""
    tables = [group[0].table for group in groups]
    parts = []
    for name, (match, *_) in zip(name_sources(groups), groups, strict=True):
        named = match.table == "leads" and (campaign is None or campaign in match.file.samples)
        parts.append(render_table(name, match, tables.count(match.table) > 1, launch_id if named else ()))
        if match.table == "leads" and "purchases" not in tables:
            parts.append(render_outcome(name, match).replace("[purchases]", "[[purchases]]", tables.count("leads") > 1))
    return parts


def _render_with_launches(folder: Path, head: str, groups: Sequence[Sequence[MatchedFile]]) -> list[str]:
    """Return the sections of all tables and of launches that fit them, by what the whole files say."""
    leads = next((group[0] for group in groups if group[0].table == "leads"), None)
    campaign = find_campaign_column(leads) if leads is not None else None
    label = [f"launch_id = {render_toml(quote_identifier(campaign))}"] if campaign is not None else []
    proposal, problem = _look_for_launches(
        folder, "\n".join([head, *_render_tables(groups, campaign, label)]), campaign
    )
    if proposal is None:
        days = [
            match.file.samples[column]
            for match in (match for group in groups for match in group)
            for name, column in match.columns.items()
            if name.endswith("_at")
        ]
        return [*_render_tables(groups), _render_problem(problem) + render_example_launch(days)]
    return [*_render_tables(groups, campaign, render_launch_id(proposal)), render_launches(proposal)]


def _sniff_sheets(path: Path, left_out: list[str]) -> Iterator[SniffedFile]:
    """Yield what a file, or each sheet of a workbook, seems to hold; add what cannot be read to ``left_out``."""
    try:
        sheets = list_sheets(path)
    except HistoryError as error:
        left_out.append(f"{UNSURE}left out: {error}\n")
        return
    for sheet in sheets:
        try:
            yield sniff_file(path, sheet)
        except HistoryError as error:
            left_out.append(f"{UNSURE}left out: {error}\n")


def _render_left_out(file: SniffedFile, key: LeadKey | None, files: Sequence[SniffedFile]) -> str:
    columns = ", ".join(list(file.samples)[:_MAX_COLUMNS])
    blanks = len(file.samples) == 1 and len(re.split(r"\s{2,}|\t", columns)) > 1
    hint = f"; {_BLANKS}" if blanks else ""
    times = any(map(is_time, file.samples.values()))
    if key is not None and not times:
        hint = f"; {key.column} tells people apart{f' ({key.shared})' if key.shared else ''}, and no column is a time"
    elif shared := describe_shared_things(file, files):
        hint = f"; it has {shared}, and nothing that tells people apart"
    return f"{UNSURE}left out: {file.name} looks like none of the tables; its columns are {columns}{hint}\n"
