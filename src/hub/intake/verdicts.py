"""The verdict on an upload before anything is written: what would come in, what would not, and why."""

from dataclasses import dataclass, field
from typing import Any

from ...history.errors import Problem
from ...history.importing.suggested_table import GUARANTEE_DAYS
from ...history.schema import ATTRIBUTE_PREFIX
from ...history.sql import quote_identifier
from ...language import Phrase, encode_text
from ..models import Launch, UploadKind
from ..people.identifiers import build_person
from .countries import find_country
from .problems import FileProblem, encode_problem
from .reading import EXTERNAL_ID, StagedRows
from .row_writer import name_person
from .upload_checks import UploadFinding, check_rows, count_repeated_rows

_UTM_FIELDS = ("utm_source", "utm_medium", "utm_campaign", "utm_content", "utm_term")
_MAX_NAMES = 20


@dataclass
class Verdict:
    """What is known of an upload; counts and names of campaigns and launches, nothing of anybody.

    Attributes
    ----------
    problems
        Why it is refused; empty where it can come in.
    rows
        The rows of the files.
    nameless
        Rows that tell nobody apart: without a valid address or number, and without an id. They are left out.
    bad_emails, bad_phones
        Rows whose address or number is none; they come in by what else they have.
    first, last
        The times of the rows, in ISO 8601; empty where no row says one.
    utm_coverage
        Share of the rows that have each UTM field.
    unknown_launches
        Launches that rows name and the hub does not have.
    statuses
        Purchases by status.
    repeated
        Rows that say what an earlier row of the files says; they come in once.
    notes
        What its owner should know.
    findings
        What the lab's checks find, worst first: they keep nothing out.
    left_out, left_out_rows
        The problems whose rows their owner leaves out, and how many rows of the files these are.
    """

    problems: list[Problem | FileProblem] = field(default_factory=list)
    rows: int = 0
    nameless: int = 0
    bad_emails: int = 0
    bad_phones: int = 0
    first: str = ""
    last: str = ""
    utm_coverage: dict[str, float] = field(default_factory=dict)
    unknown_launches: list[str] = field(default_factory=list)
    statuses: dict[str, int] = field(default_factory=dict)
    repeated: int = 0
    notes: list[Phrase] = field(default_factory=list)
    findings: list[UploadFinding] = field(default_factory=list)
    left_out: list[Problem] = field(default_factory=list)
    left_out_rows: int = 0

    @property
    def is_accepted(self) -> bool:
        """Whether the upload can come in."""
        return not self.problems

    def to_json(self) -> dict[str, Any]:
        """Return what is kept with an upload: sentences with their values, which a page says in any language."""
        return vars(self) | {
            "notes": [note.to_json() for note in self.notes],
            "findings": [{**finding, "message": encode_text(finding["message"])} for finding in self.findings],
            "problems": [encode_problem(problem) for problem in self.problems],
            "left_out": [encode_problem(problem) for problem in self.left_out],
        }


def judge_rows(staged: StagedRows, kind: str, default_country: str, currency: str) -> Verdict:
    """Return the verdict on the staged rows of an upload; country and currency are those of what says none itself."""
    verdict = Verdict(left_out=staged.left_out, left_out_rows=staged.left_out_rows)
    if staged.problems:
        verdict.problems += staged.problems
        if all(problem.condition for problem in staged.problems):
            verdict.rows = _count(staged, "leads", "true")
        return verdict
    people = _count_people(staged, default_country, verdict)
    if verdict.rows and verdict.nameless == verdict.rows:
        message = Phrase("no row has a valid e-mail address, a phone number or an id; is the mapping right?")
        verdict.problems.append(FileProblem(message))
    if not verdict.rows:
        verdict.problems.append(FileProblem(Phrase("the files hold no row")))
    if verdict.bad_phones and not default_country:
        verdict.notes.append(
            Phrase(
                "{rows:,} phone numbers say no country: name the one of the files, and they can be read",
                rows=verdict.bad_phones,
            )
        )
    if kind == UploadKind.LEADS:
        _describe_leads(staged, verdict)
    else:
        _describe_purchases(staged, verdict, currency)
    if verdict.is_accepted:
        verdict.repeated = count_repeated_rows(staged, kind)
        verdict.findings = check_rows(staged, kind, people)
    return verdict


def _count_people(staged: StagedRows, default_country: str, verdict: Verdict) -> dict[str, str]:
    """Count rows and identifiers, and return what tells apart whom each row is of, by the row's id."""
    people: dict[str, str] = {}
    described = {row[0] for row in staged.connection.execute("DESCRIBE typed_leads").fetchall()}
    external = quote_identifier(EXTERNAL_ID) if EXTERNAL_ID in described else "NULL"
    query = f"SELECT lead_id, email, phone, {external}, country FROM typed_leads"
    cursor = staged.connection.execute(query)
    while rows := cursor.fetchmany(10_000):
        for row_id, email, phone, external_id, country in rows:
            place = find_country(country or "") or default_country
            person = build_person(email or "", phone or "", place, external_id=external_id or "")
            verdict.rows += 1
            verdict.nameless += not person.is_identified
            verdict.bad_emails += bool(email and not person.email)
            verdict.bad_phones += bool(phone and not person.phone)
            if person.is_identified:
                people[row_id] = name_person(person)
    return people


def _describe_leads(staged: StagedRows, verdict: Verdict) -> None:
    con = staged.connection
    if "captured_at" not in staged.columns:
        verdict.notes.append(
            Phrase("no column says when somebody was captured: it is the time of the import, which the same file keeps")
        )
    else:
        _describe_times(staged, "leads", "captured_at", verdict)
        now = f"captured_at = TIMESTAMPTZ '{staged.imported_at.isoformat()}'"
        untimed = _count(staged, "leads", f"{now} AND {_build_named_sql(staged)}")
        if untimed:
            verdict.notes.append(
                Phrase(
                    "{rows:,} rows say no time: they count as captured at the time of the import; is another column "
                    "the one to read?",
                    rows=untimed,
                )
            )
    if "consent" in staged.columns and (silent := _count(staged, "leads", "consent IS NULL")):
        verdict.notes.append(
            Phrase("{rows:,} rows say nothing of consent where others do: none is recorded for them", rows=silent)
        )
    counts = con.execute(f"SELECT {', '.join(f'count({name})' for name in _UTM_FIELDS)} FROM typed_leads").fetchall()[0]
    verdict.utm_coverage = {
        name: round(count / max(verdict.rows, 1), 4) for name, count in zip(_UTM_FIELDS, counts, strict=True)
    }
    named = con.execute("SELECT DISTINCT launch_id FROM typed_leads WHERE launch_id IS NOT NULL ORDER BY 1").fetchall()
    known = set(Launch.objects.values_list("key", flat=True))
    verdict.unknown_launches = [key for (key,) in named if key not in known][:_MAX_NAMES]
    if verdict.unknown_launches:
        verdict.notes.append(Phrase("rows name launches that are not there yet; they join them once they are made"))
    fields = [row[0] for row in con.execute("DESCRIBE typed_leads").fetchall() if row[0].startswith(ATTRIBUTE_PREFIX)]
    answers = [name for name in fields if name != EXTERNAL_ID]
    if answers:
        verdict.notes.append(
            Phrase(
                "{fields} answers of forms come in: take only what people said when they signed up, nothing that was "
                "noted about them later",
                fields=len(answers),
            )
        )


def _describe_purchases(staged: StagedRows, verdict: Verdict, currency: str) -> None:
    _describe_times(staged, "purchases", "occurred_at", verdict)
    con = staged.connection
    verdict.statuses = dict(
        con.execute("SELECT status, count(*) FROM typed_purchases GROUP BY 1 ORDER BY 1").fetchall()
    )
    if staged.lines:
        verdict.notes.append(
            Phrase(
                "{rows:,} rows are lines of sales with several: each comes in as a purchase of its own product",
                rows=staged.lines,
            )
        )
    if staged.taken_back:
        verdict.notes.append(
            Phrase(
                "each sale stands once, with its last status: {sales:,} that were taken back come in as paid when they "
                "were sold and as taken back {days} days later, unless it is known when that was",
                sales=staged.taken_back,
                days=GUARANTEE_DAYS,
            )
        )
    if "product_id" not in staged.columns:
        verdict.notes.append(
            Phrase("no column is read as the product: a launch of one product finds no buyers in these sales")
        )
    if "amount" not in staged.columns:
        verdict.notes.append(Phrase("no column is read as the amount: these purchases count as no revenue"))
    if not currency and (without := _count(staged, "purchases", "amount IS NOT NULL AND currency IS NULL")):
        verdict.notes.append(
            Phrase("{rows:,} amounts have no currency: name one, or they count as no spend", rows=without)
        )


def _build_named_sql(staged: StagedRows) -> str:
    """Return SQL of whether a row of leads has anything that could say who it is of."""
    described = {row[0] for row in staged.connection.execute("DESCRIBE typed_leads").fetchall()}
    names = [quote_identifier(name) for name in ("email", "phone", EXTERNAL_ID) if name in described]
    return f"coalesce({', '.join(names)}) IS NOT NULL"


def _count(staged: StagedRows, table: str, condition: str) -> int:
    rows = staged.connection.execute(f"SELECT count(*) FROM typed_{table} WHERE {condition}").fetchall()
    return int(rows[0][0])


def _describe_times(staged: StagedRows, table: str, column: str, verdict: Verdict) -> None:
    named = _build_named_sql(staged) if table == "leads" else "true"
    first, last = staged.connection.execute(
        f"SELECT strftime(min({column}), '%Y-%m-%dT%H:%M:%SZ'), strftime(max({column}), '%Y-%m-%dT%H:%M:%SZ') "
        f"FROM typed_{table} WHERE {named}"
    ).fetchall()[0]
    verdict.first, verdict.last = first or "", last or ""
