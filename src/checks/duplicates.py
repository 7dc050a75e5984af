"""Duplicates: one person under several lead ids, by normalised e-mail address and telephone number.

This is the only check that reads ``people.parquet``. It reports lead ids and counts, never what it read.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable
from typing import NamedTuple

from ..history.contacts import PEOPLE_FILE
from ..history.identity import EMAIL_KEY_SQL, normalise_email, normalise_phone
from ..history.sql import quote_literal
from ..language import Phrase
from .context import CheckContext
from .finding import Check, Code, Finding, Severity

#: An address that more leads share is nobody's: a placeholder, or a shop's own address.
_MAX_IDS_OF_A_PERSON = 10
#: A smaller share of leads with several ids is a note.
_MIN_WARNING_SHARE = 0.01

# Candidates: those that a coarse key brings together. The normalised form decides what is equal.
_EMAILS = f"""
    SELECT DISTINCT lead_id, email, NULL FROM people WHERE email IS NOT NULL QUALIFY count(DISTINCT lead_id) OVER (
        PARTITION BY {EMAIL_KEY_SQL.format(email="email")}) > 1
"""
_PHONES = """
    SELECT DISTINCT lead_id, phone, country FROM people
    LEFT JOIN (SELECT lead_id, max(country) AS country FROM leads GROUP BY lead_id) USING (lead_id)
    WHERE phone IS NOT NULL QUALIFY count(DISTINCT lead_id) OVER (
        PARTITION BY right(regexp_replace(phone, '[^0-9]', '', 'g'), 8)) > 1
"""

DUPLICATE = Code(
    "duplicate-person",
    "warning",
    "one e-mail address or telephone number under several lead ids",
    "each id is scored by its own rows; the code stands in those leads' scored rows",
    "Merge the ids in the source",
)
PLACEHOLDER = Code(
    "placeholder-contact",
    "note",
    "one address or number that very many leads share",
    "it is not taken for one person",
    "Leave it empty",
)


class _People(NamedTuple):
    """How many leads have an address or number; the ids of one person; the ids that share a placeholder."""

    leads: int
    duplicates: list[frozenset[str]]
    placeholders: list[frozenset[str]]


def check_duplicates(context: CheckContext) -> tuple[str, list[Finding]]:
    """Find people with several lead ids, and placeholders."""
    leads, duplicates, placeholders = _read_people(context)
    findings: list[Finding] = []
    ids = sorted({lead for group in duplicates for lead in group})
    if ids:
        message = Phrase("{ids:,} lead ids belong to {duplicates:,} people", ids=len(ids), duplicates=len(duplicates))
        severity: Severity | None = None if len(ids) >= _MIN_WARNING_SHARE * leads else "note"
        examples = [" = ".join(sorted(group)) for group in sorted(duplicates, key=sorted)[:3]]
        findings.append(DUPLICATE.build_finding("leads", "lead_id", len(ids), message, examples, severity))
    if placeholders:
        most = max(map(len, placeholders))
        message = Phrase(
            "{placeholders:,} addresses or numbers, one of them of {most:,} leads",
            placeholders=len(placeholders),
            most=most,
        )
        findings.append(PLACEHOLDER.build_finding("leads", "email", sum(map(len, placeholders)), message))
    return f"{leads:,} leads with an address or a number", findings


def find_duplicated_leads(context: CheckContext) -> set[str]:
    """Return the ids of leads who have another id as well."""
    return {lead for group in _read_people(context).duplicates for lead in group}


def _read_people(context: CheckContext) -> _People:
    return context.history.get_or_compute(("checks", "people"), lambda: _group_people(context))


def _group_people(context: CheckContext) -> _People:
    file = context.history.folder / PEOPLE_FILE
    if not file.is_file():
        return _People(0, [], [])
    context.con.execute(f"CREATE OR REPLACE TEMP VIEW people AS SELECT * FROM read_parquet({quote_literal(str(file))})")
    emails = _group_by_form(context.query(_EMAILS), lambda text, _: normalise_email(text))
    phones = _group_by_form(context.query(_PHONES), normalise_phone)
    return _People(
        context.query("SELECT count(DISTINCT lead_id) FROM people")[0][0],
        _merge_groups([ids for ids in (*emails, *phones) if len(ids) <= _MAX_IDS_OF_A_PERSON]),
        [frozenset(ids) for ids in (*emails, *phones) if len(ids) > _MAX_IDS_OF_A_PERSON],
    )


def _group_by_form(
    rows: Iterable[tuple[str, str, str | None]], normalise: Callable[[str, str | None], str | None]
) -> list[set[str]]:
    """Return the sets of ids that have one normalised form in common."""
    ids = defaultdict(set)
    for lead, text, country in rows:
        form = normalise(text, country)
        if form is not None:
            ids[form].add(lead)
    return [group for group in ids.values() if len(group) > 1]


def _merge_groups(groups: Iterable[set[str]]) -> list[frozenset[str]]:
    """Merge the groups that have an id in common: they are one person's."""
    group_of: dict[str, set[str]] = {}
    for group in groups:
        merged = set(group).union(*(group_of[lead] for lead in group if lead in group_of))
        group_of |= dict.fromkeys(merged, merged)
    return list({id(group): frozenset(group) for group in group_of.values()}.values())


CHECK = Check(
    "duplicates",
    "e-mail addresses and telephone numbers in their normalised form under several ids; what more than ten ids share "
    "is a placeholder",
    (DUPLICATE, PLACEHOLDER),
    check_duplicates,
)
