"""Which column of each export tells the leads apart: by its name, its values, and the values that files share."""

from collections.abc import Iterator, Sequence
from itertools import combinations
from pathlib import PurePath
from typing import NamedTuple

from .column_kinds import (
    WORDS,
    are_full_names,
    are_like_ids,
    has_word,
    is_empty,
    is_identifier,
    is_of_people,
    is_personal,
    is_time,
    is_yes_or_no,
    normalise_name,
)
from .file_sniffing import SniffedFile
from .type_inference import are_emails, infer_number_format, list_distinct

_IDS = set(WORDS["who"]["ids"])
_BARE = {"id", "uid", "uuid", "guid", "key", "record id", "row id", "codigo", "code", "hash"}
_MIN_POINTS = 2
_CONTACTS = set(WORDS["who"]["contacts"])
_MIN_SHARED, _MIN_SHARED_PART = 5, 0.3
#: Values of a column of which a lead's id may have this share of different ones.
_MIN_DIFFERENT, _MAX_DIFFERENT = 0.02, 0.95
_MAX_NAMES_EACH = 1.2


class LeadKey(NamedTuple):
    """The column that tells the leads of a file apart.

    Attributes
    ----------
    column
        The column.
    shared
        What is known of its values in other files; empty if nothing is.
    has_name
        Whether the column has a name; else it was found by its values alone.
    has_people
        Whether its values are the names of people, which are hashed.
    """

    column: str
    shared: str = ""
    has_name: bool = True
    has_people: bool = False


class _Candidate(NamedTuple):
    file: int
    column: str
    values: frozenset[str]
    points: int
    emails: bool
    people: bool


def find_lead_keys(files: Sequence[SniffedFile]) -> list[LeadKey | None]:
    """Return the key of each file's leads, one key for as many files as share one; None where there is none."""
    candidates = [candidate for number, file in enumerate(files) for candidate in _find_candidates(number, file)]
    chosen: dict[int, _Candidate] = {}
    groups = _group_candidates(candidates)
    while groups:
        best = max(groups, key=lambda group: _weigh_group(group, chosen))
        groups.remove(best)
        for candidate in sorted(best, key=lambda candidate: -candidate.points):
            if max(each.points for each in best) >= _MIN_POINTS:
                chosen.setdefault(candidate.file, candidate)
    return [
        LeadKey(chosen[number].column, _describe_shared(number, chosen, files))
        if number in chosen
        else _find_unnamed(file) or _find_called(file)
        for number, file in enumerate(files)
    ]


def describe_shared_things(file: SniffedFile, files: Sequence[SniffedFile]) -> str:
    """Return which column of a file other files have too, though it is nobody's id; empty if there is none."""
    for column, values in file.samples.items():
        for other in files:
            theirs = other.samples.get(column) if other is not file else None
            if theirs and are_like_ids(values) and _share(frozenset(values) - {""}, frozenset(theirs) - {""}):
                return f"{column}, as {other.name} does"
    return ""


def _find_candidates(number: int, file: SniffedFile) -> Iterator[_Candidate]:
    for column, values in file.samples.items() if len(file.samples) > 1 else ():
        if is_empty(values) or is_time(values) or is_yes_or_no(values):
            continue
        emails = are_emails(values)
        people = _is_of_people(column, file, emails)
        if people is False or not (are_like_ids(values) or (people and _are_mostly_distinct(values))):
            continue
        if not emails and (is_personal(column, values) or _is_measure(values)):
            continue
        distinct = frozenset(value.strip().lower() for value in values if value)
        if len(distinct) == 1 and len(values) > _MIN_SHARED:
            continue
        named = has_word(column, _IDS)
        is_exact = normalise_name(column) in WORDS["who"]["people"]
        points = 3 * bool(people) + named + (named and is_identifier(column, values))
        if people and not (emails or named or is_exact or is_identifier(column, values)):
            points = 1  # a number of visits, a segment: only if another file shares it
        yield _Candidate(number, column, distinct, points, emails, bool(people))


def _is_of_people(column: str, file: SniffedFile, emails: bool) -> bool | None:
    """Return whether a column's name, or for a bare id the file's, is that of people or of things."""
    name = normalise_name(column)
    if emails:
        return not any(is_of_people(word) is False for word in name.split())
    if name in _BARE:
        stem = normalise_name(PurePath(file.path.name).stem)
        return is_of_people(" ".join([stem, *(word.removesuffix("s") for word in stem.split())]))
    if set(name.split()) & {"email", "mail"}:
        return False
    return is_of_people(column)


def _are_mostly_distinct(values: Sequence[str]) -> bool:
    filled = [value for value in values if value]
    return len(set(filled)) > max(15, _MIN_DIFFERENT * len(filled))


def _is_measure(values: Sequence[str]) -> bool:
    if infer_number_format(values) is None:
        return False
    return not all(value.removesuffix(".0").isdigit() for value in list_distinct(values))


def _group_candidates(candidates: Sequence[_Candidate]) -> list[list[_Candidate]]:
    """Group columns of different files that seem to have the same ids."""
    groups = [[candidate] for candidate in candidates]
    for one, other in combinations(candidates, 2):
        if one.file == other.file or not _are_alike(one, other):
            continue
        first, second = (next(group for group in groups if each in group) for each in (one, other))
        if first is not second:
            first += second
            groups.remove(second)
    return groups


def _are_alike(one: _Candidate, other: _Candidate) -> bool:
    if one.emails or other.emails:
        return one.emails and other.emails
    same = normalise_name(one.column) == normalise_name(other.column)
    if same and (one.people or has_word(one.column, _IDS)):
        return True
    if _are_consecutive(one.values | other.values) and not (one.people and other.people):
        return False
    return _share(one.values, other.values)


def _share(one: frozenset[str], other: frozenset[str]) -> bool:
    smaller = min(len(one), len(other))
    return smaller >= _MIN_SHARED and len(one & other) >= _MIN_SHARED_PART * smaller


def _are_consecutive(values: frozenset[str]) -> bool:
    """Return whether values are whole numbers close together: two such columns share values by chance."""
    if not all(value.isdigit() and len(value) < 12 for value in values):
        return False
    numbers = sorted(map(int, values))
    return bool(numbers) and numbers[-1] - numbers[0] < 4 * len(numbers)


def _weigh_group(group: Sequence[_Candidate], chosen: dict[int, _Candidate]) -> tuple[int, int]:
    new = {candidate.file: candidate.points for candidate in group if candidate.file not in chosen}
    strong = max((candidate.points for candidate in group), default=0) >= _MIN_POINTS
    return (len(new) if strong else 0, sum(new.values()))


def _describe_shared(number: int, chosen: dict[int, _Candidate], files: Sequence[SniffedFile]) -> str:
    mine = chosen[number]
    best = ""
    most = 0
    for other, theirs in chosen.items():
        shared = len(mine.values & theirs.values) if other != number else 0
        if shared > most:
            most = shared
            best = (
                f"{mine.column}: {shared:,} of {len(mine.values):,} different values are in {theirs.column} of "
                f"{files[other].name}"
            )
    return best


def _find_unnamed(file: SniffedFile) -> LeadKey | None:
    """Return the key of a file whose columns have no names: ids that come again, the most different ones."""
    if not (file.dialect.header and all(name.startswith("column_") for name in file.dialect.header)):
        return None
    keys: list[tuple[int, str]] = []
    for column, values in file.samples.items():
        filled = [value for value in values if value]
        share = len(set(filled)) / max(len(filled), 1)
        if are_like_ids(values) and not _is_measure(values) and _MIN_DIFFERENT < share < _MAX_DIFFERENT:
            keys.append((len(set(filled)), column))
    called = _find_called(file)
    if called is not None:  # an id is a person's if it has one name
        names = file.samples[called.column]
        keys = [key for key in keys if _have_one_name(file.samples[key[1]], names)]
    return LeadKey(max(keys)[1], has_name=False) if keys else called


def _have_one_name(ids: Sequence[str], names: Sequence[str]) -> bool:
    pairs = {pair for pair in zip(ids, names, strict=True) if all(pair)}
    return len(pairs) < _MAX_NAMES_EACH * len({number for number, _ in pairs})


def _find_called(file: SniffedFile) -> LeadKey | None:
    """Return the column of people's full names, if some come again, where no other column tells them apart."""
    is_unnamed = all(name.startswith("column_") for name in file.samples)
    for column, values in file.samples.items():
        filled = [value for value in values if value]
        share = len(set(filled)) / max(len(filled), 1)
        is_called = is_unnamed or (is_personal(column, values) and not has_word(column, _CONTACTS))
        if is_called and _MIN_DIFFERENT < share < _MAX_DIFFERENT and are_full_names(values):
            return LeadKey(column, has_name=not is_unnamed, has_people=True)
    return None
