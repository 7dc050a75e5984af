"""One person under several lead ids, by normalised e-mail address and telephone number.

The only reader of ``people.parquet`` among the checks. What it tells are lead ids and counts, never what it read.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable
from typing import NamedTuple

from ..history.identity import normalise_email, normalise_phone
from .codes import finding
from .context import CheckContext
from .finding import CheckResult, Finding, Severity

#: What more leads share is nobody's: a placeholder, or a shop's own address.
_MOST_IDS = 10
_SEVERE_SHARE = 0.01

# Candidates: those that a coarse key brings together. What is equal is decided by the normalised form.
_EMAILS = """
    SELECT DISTINCT lead_id, email, NULL FROM people WHERE email IS NOT NULL QUALIFY count(DISTINCT lead_id) OVER (
        PARTITION BY replace(split_part(split_part(lower(trim(email)), '@', 1), '+', 1), '.', '')) > 1
"""
_PHONES = """
    SELECT DISTINCT lead_id, phone, country FROM people
    LEFT JOIN (SELECT lead_id, max(country) AS country FROM leads GROUP BY lead_id) USING (lead_id)
    WHERE phone IS NOT NULL QUALIFY count(DISTINCT lead_id) OVER (
        PARTITION BY right(regexp_replace(phone, '[^0-9]', '', 'g'), 8)) > 1
"""


class People(NamedTuple):
    """How many leads have an address or number; the ids of one person; the ids that share a placeholder."""

    leads: int
    same: list[frozenset[str]]
    placeholders: list[frozenset[str]]


def check_duplicates(material: CheckContext) -> CheckResult:
    """Duplicates by address and by number."""
    leads, same, shared = _people(material)
    findings: list[Finding] = []
    ids = sorted({lead for group in same for lead in group})
    if ids:
        what = f"{len(ids):,} lead ids belong to {len(same):,} people"
        severity: Severity | None = None if len(ids) >= _SEVERE_SHARE * leads else "note"
        examples = [" = ".join(sorted(group)) for group in sorted(same, key=sorted)[:3]]
        findings.append(finding("duplicate-person", "leads", "lead_id", len(ids), what, examples, severity))
    if shared:
        most = max(map(len, shared))
        what = f"{len(shared):,} addresses or numbers, one of them of {most:,} leads"
        findings.append(finding("placeholder-contact", "leads", "email", sum(map(len, shared)), what))
    return CheckResult("duplicates", f"{leads:,} leads with an address or a number", tuple(findings))


def duplicated_leads(material: CheckContext) -> set[str]:
    """The ids of leads who have another id as well."""
    return {lead for group in _people(material).same for lead in group}


def _people(material: CheckContext) -> People:
    return material.history.get_or_compute(("checks", "people"), lambda: _find(material))


def _find(material: CheckContext) -> People:
    if not (material.history.folder / "people.parquet").is_file():
        return People(0, [], [])
    path = str(material.history.folder / "people.parquet").replace("'", "''")
    material.con.execute(f"CREATE OR REPLACE VIEW people AS SELECT * FROM read_parquet('{path}')")
    emails = _shared(material.rows(_EMAILS), lambda text, _: normalise_email(text))
    phones = _shared(material.rows(_PHONES), normalise_phone)
    return People(
        material.rows("SELECT count(DISTINCT lead_id) FROM people")[0][0],
        _merged([ids for ids in (*emails, *phones) if len(ids) <= _MOST_IDS]),
        [frozenset(ids) for ids in (*emails, *phones) if len(ids) > _MOST_IDS],
    )


def _shared(
    rows: Iterable[tuple[str, str, str | None]], normalised: Callable[[str, str | None], str | None]
) -> list[set[str]]:
    """The sets of ids that have one normalised form in common."""
    ids = defaultdict(set)
    for lead, text, country in rows:
        form = normalised(text, country)
        if form is not None:
            ids[form].add(lead)
    return [found for found in ids.values() if len(found) > 1]


def _merged(groups: Iterable[set[str]]) -> list[frozenset[str]]:
    """Groups that have an id in common are one person's."""
    of: dict[str, set[str]] = {}
    for group in groups:
        whole = set(group).union(*(of[lead] for lead in group if lead in of))
        of |= dict.fromkeys(whole, whole)
    return list({id(group): frozenset(group) for group in of.values()}.values())
