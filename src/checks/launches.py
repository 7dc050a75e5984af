"""Launches: whether each can be scored, and what a score of it would rest on."""

from collections.abc import Iterator
from datetime import timedelta

from ..history import Launch
from ..language import Phrase
from .context import CheckContext
from .finding import REFUSED, REPORTED, Check, Code, Finding

#: A history that ends so long before a launch opens lacks what its leads did last.
_MAX_LAG = timedelta(days=7)
_MIN_SALES = 10
_MIN_MATCHED_SHARE = 0.05

INCOMPLETE = Code(
    "launch-incomplete",
    "error",
    "the launch lacks a time or a product that its strategy needs",
    REFUSED,
    "Add it to the launches table",
)
REVERSED = Code(
    "launch-reversed", "error", "the launch ends before it begins", REFUSED, "Mend its times in the launches table"
)
EMPTY_COHORT = Code(
    "empty-cohort",
    "error",
    "there is nobody to score: no lead was known, or all own the product",
    REFUSED,
    "Import the launch's captures, or mend its times or its product",
)
STALE_HISTORY = Code(
    "history-ends-before-launch",
    "warning",
    "the last row lies well before the launch opens, so that what leads did last is not known",
    "a backtest refuses the launch, since no label is known; a score is given from what is there",
    "Export again up to the day before the launch",
)
LATE_CAPTURES = Code(
    "captures-after-as-of",
    "warning",
    "captures name the launch, and all of them came after it opened",
    "everyone known before it opened is scored, as for a launch without captures",
    "Check the zone of the captures' times, and when the cart opened",
)
NEVER_SOLD = Code(
    "product-never-sold",
    "note",
    "the launch's product was hardly ever sold before it opened",
    "the model learns from purchases of any product; where most leads buy something anyhow, nobody is scored",
    "Nothing, for a new product; else check that the launch and the purchases name it alike",
)
DUPLICATED = Code(
    "launch-duplicated",
    "warning",
    "two launches of one product open at one time",
    "both are scored, and both are learned from",
    "Keep one of them in the launches table",
)
UNKNOWN_LAUNCH = Code(
    "launch-unknown",
    "warning",
    "captures name a launch that the launches table lacks",
    "those captures count as captures of no launch",
    "Add the launch, or mend its id",
)
ID_MISMATCH = Code(
    "id-mismatch",
    "error",
    "hardly any purchase is by a lead that was ever captured",
    REPORTED,
    "Check that leads and purchases use the same id; an e-mail address in one and a number in the other never match",
)
_PROBLEMS = {code.name: code for code in (INCOMPLETE, REVERSED)}


def check_launches(context: CheckContext) -> tuple[str, list[Finding]]:
    """Check every launch of the history, and whether the ids of captures and purchases match."""
    findings = [*_find_id_mismatch(context), *_find_unknown_launches(context), *_find_duplicates(context)]
    for launch in [context.only] if context.only else context.history.launches.values():
        findings += find_launch_problems(context, launch)
    total = len(context.history.launches)
    return f"{len(context.launches)} of {total} have their times", findings


def find_launch_problems(context: CheckContext, launch: Launch) -> list[Finding]:
    """Return what keeps one launch from being scored, or what its scores lack."""
    problem = launch.problem
    if problem is not None:
        message = Phrase("{launch_id}: {message}", launch_id=launch.launch_id, message=problem.message)
        return [_PROBLEMS[problem.code].build_finding("launches", "", 1, message, [launch.launch_id])]
    return [
        *_find_empty_cohort(context, launch),
        *_find_late_captures(context, launch),
        *_find_stale_history(context, launch),
        *_find_unsold_product(context, launch),
    ]


def _find_empty_cohort(context: CheckContext, launch: Launch) -> Iterator[Finding]:
    if context.read_cohort(launch).empty:
        message = Phrase("{launch_id} has nobody to score", launch_id=launch.launch_id)
        yield EMPTY_COHORT.build_finding("leads", "", 0, message, [launch.launch_id])


def _find_late_captures(context: CheckContext, launch: Launch) -> Iterator[Finding]:
    """Of a classic launch; the owners of a paid launch's entry product need no capture."""
    if launch.strategy != "classic":
        return
    total, in_time = context.query(
        "SELECT count(*), count(*) FILTER (captured_at <= $as_of) FROM leads WHERE launch_id = $launch_id",
        as_of=launch.as_of,
        launch_id=launch.launch_id,
    )[0]
    if total and not in_time:
        message = Phrase(
            "all {total:,} captures of {launch_id} came after it opened", total=total, launch_id=launch.launch_id
        )
        yield LATE_CAPTURES.build_finding("leads", "captured_at", total, message, [launch.launch_id])


def _find_stale_history(context: CheckContext, launch: Launch) -> Iterator[Finding]:
    ended = context.history.ended_at
    if ended is not None and launch.as_of - ended > _MAX_LAG:
        days = (launch.as_of - ended).days
        message = Phrase(
            "the last row lies {days:,} days before {launch_id} opens", days=days, launch_id=launch.launch_id
        )
        yield STALE_HISTORY.build_finding("launches", "", 1, message, [launch.launch_id])


def _find_unsold_product(context: CheckContext, launch: Launch) -> Iterator[Finding]:
    if launch.product_id is None:
        return
    sold = context.query(
        "SELECT count(*) FROM purchases WHERE bought AND product_id = $product_id", product_id=launch.product_id
    )[0][0]
    if sold < _MIN_SALES and context.count_rows("purchases"):
        message = Phrase(
            "the product of {launch_id} was sold {sold:,} times in the whole history",
            launch_id=launch.launch_id,
            sold=sold,
        )
        yield NEVER_SOLD.build_finding("launches", "product_id", 1, message, [launch.product_id])


def _find_id_mismatch(context: CheckContext) -> Iterator[Finding]:
    buyers, captured = context.query(
        "SELECT count(*), count(*) FILTER (lead_id IN (SELECT lead_id FROM leads)) "
        "FROM (SELECT DISTINCT lead_id FROM purchases)"
    )[0]
    if context.count_rows("leads") and buyers >= _MIN_SALES and captured < _MIN_MATCHED_SHARE * buyers:
        message = Phrase("{captured:,} of {buyers:,} buyers were ever captured", captured=captured, buyers=buyers)
        yield ID_MISMATCH.build_finding("purchases", "lead_id", buyers - captured, message)


def _find_unknown_launches(context: CheckContext) -> Iterator[Finding]:
    rows = context.query(
        "SELECT launch_id, count(*) FROM leads WHERE launch_id IS NOT NULL AND NOT list_contains($known, launch_id) "
        "GROUP BY launch_id ORDER BY 2 DESC, 1",
        known=list(context.history.launches),
    )
    if rows:
        total = sum(count for _, count in rows)
        message = Phrase("{total:,} captures name {rows:,} launches that the table lacks", total=total, rows=len(rows))
        yield UNKNOWN_LAUNCH.build_finding("leads", "launch_id", total, message, [name for name, _ in rows[:3]])


def _find_duplicates(context: CheckContext) -> Iterator[Finding]:
    first: dict[tuple[object, ...], str] = {}
    for launch in context.launches:
        key = (launch.product_id, launch.entry_product_id, launch.strategy, launch.as_of)
        if key in first:
            message = Phrase(
                "{launch_id} opens with {first}, for the same product", launch_id=launch.launch_id, first=first[key]
            )
            yield DUPLICATED.build_finding("launches", "launch_id", 2, message, [first[key], launch.launch_id])
        first.setdefault(key, launch.launch_id)


CHECK = Check(
    "launches",
    "times, an empty cohort, captures that all came too late, products never sold, ids of captures and purchases that "
    "never match",
    (
        INCOMPLETE,
        REVERSED,
        EMPTY_COHORT,
        STALE_HISTORY,
        LATE_CAPTURES,
        NEVER_SOLD,
        DUPLICATED,
        UNKNOWN_LAUNCH,
        ID_MISMATCH,
    ),
    check_launches,
)
