"""Launches: whether each can be scored, and what a score of it would stand on."""

from collections.abc import Iterator
from datetime import timedelta

from ..history import Launch
from .codes import finding
from .context import CheckContext
from .finding import CheckResult, Finding

#: A history that ends so long before a launch opens does not know what its leads did last.
_STALE = timedelta(days=7)
_FEWEST_SALES = 10
_MET = 0.05


def check_launches(material: CheckContext) -> CheckResult:
    """Every launch of the history, and whether captures and purchases meet."""
    findings: list[Finding] = [*_apart(material), *_unknown(material), *_duplicated(material)]
    for launch in [material.only] if material.only else material.history.launches.values():
        findings += launch_findings(material, launch)
    known = len(material.history.launches)
    return CheckResult("launches", f"{len(material.launches)} of {known} have their times", tuple(findings))


def launch_findings(material: CheckContext, launch: Launch) -> list[Finding]:
    """What keeps one launch from being scored, or what its scores lack."""
    problem = launch.problem
    if problem is not None:
        what = f"{launch.launch_id}: {problem.message}"
        return [finding(problem.code, "launches", "", 1, what, [launch.launch_id])]
    return [
        *_nobody(material, launch),
        *_late_captures(material, launch),
        *_stale(material, launch),
        *_unsold(material, launch),
    ]


def _nobody(material: CheckContext, launch: Launch) -> Iterator[Finding]:
    if material.leads(launch).empty:
        what = f"{launch.launch_id} has nobody to score"
        yield finding("empty-cohort", "leads", "", 0, what, [launch.launch_id])


def _late_captures(material: CheckContext, launch: Launch) -> Iterator[Finding]:
    """Of a classic launch; the owners of a paid launch's entry product need no capture."""
    if launch.strategy != "classic":
        return
    named, known = material.rows(
        "SELECT count(*), count(*) FILTER (captured_at <= $as_of) FROM leads WHERE launch_id = $launch_id",
        as_of=launch.as_of,
        launch_id=launch.launch_id,
    )[0]
    if named and not known:
        what = f"all {named:,} captures of {launch.launch_id} came after it opened"
        yield finding("captures-after-as-of", "leads", "captured_at", named, what, [launch.launch_id])


def _stale(material: CheckContext, launch: Launch) -> Iterator[Finding]:
    ended = material.history.ended_at
    if ended is not None and launch.as_of - ended > _STALE:
        days = (launch.as_of - ended).days
        what = f"the last row lies {days:,} days before {launch.launch_id} opens"
        yield finding("history-ends-before-launch", "launches", "", 1, what, [launch.launch_id])


def _unsold(material: CheckContext, launch: Launch) -> Iterator[Finding]:
    if launch.product_id is None:
        return
    sold = material.rows(
        "SELECT count(*) FROM purchases WHERE bought AND product_id = $product_id", product_id=launch.product_id
    )[0][0]
    if sold < _FEWEST_SALES and material.count("purchases"):
        what = f"the product of {launch.launch_id} was sold {sold:,} times in the whole history"
        yield finding("product-never-sold", "launches", "product_id", 1, what, [launch.product_id])


def _apart(material: CheckContext) -> Iterator[Finding]:
    buyers, met = material.rows(
        "SELECT count(*), count(*) FILTER (lead_id IN (SELECT lead_id FROM leads)) "
        "FROM (SELECT DISTINCT lead_id FROM purchases)"
    )[0]
    if material.count("leads") and buyers >= _FEWEST_SALES and met < _MET * buyers:
        what = f"{met:,} of {buyers:,} buyers were ever captured"
        yield finding("id-mismatch", "purchases", "lead_id", buyers - met, what)


def _unknown(material: CheckContext) -> Iterator[Finding]:
    known = list(material.history.launches)
    rows = material.rows(
        "SELECT launch_id, count(*) FROM leads WHERE launch_id IS NOT NULL AND NOT list_contains($known, launch_id) "
        "GROUP BY launch_id ORDER BY 2 DESC, 1",
        known=known,
    )
    if rows:
        total = sum(count for _, count in rows)
        what = f"{total:,} captures name {len(rows):,} launches that the table lacks"
        yield finding("launch-unknown", "leads", "launch_id", total, what, [name for name, _ in rows[:3]])


def _duplicated(material: CheckContext) -> Iterator[Finding]:
    seen: dict[tuple[object, ...], str] = {}
    for launch in material.launches:
        key = (launch.product_id, launch.entry_product_id, launch.strategy, launch.as_of)
        if key in seen:
            what = f"{launch.launch_id} opens with {seen[key]}, for the same product"
            yield finding("launch-duplicated", "launches", "launch_id", 2, what, [seen[key], launch.launch_id])
        seen.setdefault(key, launch.launch_id)
