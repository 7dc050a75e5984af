"""The list of checks, all codes, and the two ways to run them: on a whole history, and before a launch is scored."""

from collections.abc import Collection, Mapping
from datetime import datetime

from ..history import History, Launch, LaunchError
from ..language import Phrase
from . import attribution, duplicates, gaps, launch_shifts, launches, leakage, outcomes, purchases, time_zones
from .codes import LAUNCH_CODES, MODEL_CODES, MONITORING_CODES
from .context import CheckContext
from .finding import Check, CheckResult, Code
from .judge_codes import JUDGE_CODES

#: Every check, in the order in which they run and are shown. A new check is added here.
CHECKS: tuple[Check, ...] = (
    launches.CHECK,
    outcomes.CHECK,
    gaps.CHECK,
    time_zones.CHECK,
    duplicates.CHECK,
    purchases.STATUS_CHECK,
    purchases.AMOUNT_CHECK,
    attribution.CHECK,
    leakage.CHECK,
    launch_shifts.CHECK,
)

#: Every code by its name.
CODES: Mapping[str, Code] = {
    code.name: code
    for codes in (LAUNCH_CODES, MODEL_CODES, *(check.codes for check in CHECKS), MONITORING_CODES, JUDGE_CODES)
    for code in codes
}

_OUTSIDE_MAIN_CURRENCY = """
    SELECT lead_id FROM purchases WHERE bought AND currency IS NOT NULL AND occurred_at < $as_of
    GROUP BY lead_id HAVING count(DISTINCT currency) > 1 OR any_value(currency) != (
        SELECT currency FROM purchases WHERE bought AND currency IS NOT NULL AND occurred_at < $as_of
        GROUP BY currency ORDER BY count(*) DESC, currency LIMIT 1)
"""


def check_history(history: History, launch: Launch | None = None, *, now: datetime | None = None) -> list[CheckResult]:
    """Run every check on a history.

    Parameters
    ----------
    history
        The history to check.
    launch
        Judge only this launch, by those that opened before it; None judges all launches.
    now
        The present, after which no row can be; None takes the clock's.

    Returns
    -------
    list of CheckResult
        One result a check, in the order of ``CHECKS``.

    Examples
    --------
    >>> results = check_history(open_history("data/sample"))
    >>> [finding.code for result in results for finding in result.findings]
    """
    with history.connect() as con:
        context = CheckContext(history, con, launch, now)
        results = []
        for check in CHECKS:
            summary, findings = check.run(context)
            results.append(CheckResult(check.name, summary, tuple(findings)))
        return results


def check_before_scoring(history: History, launch: Launch) -> Mapping[str, Collection[str] | None]:
    """Check a launch that is about to be scored.

    Parameters
    ----------
    history
        The history that holds the launch's leads.
    launch
        The launch to score.

    Returns
    -------
    mapping of str to collection of str, or None
        For each code the ids of the leads that it concerns; None where it concerns every lead of the launch. The
        codes go into the scored rows (``hotleads.scoring.score_launch``).

    Raises
    ------
    LaunchError
        Where the launch cannot be scored, with the code.
    """
    with history.connect() as con:
        context = CheckContext(history, con, launch)
        codes: dict[str, Collection[str] | None] = {}
        for finding in launches.find_launch_problems(context, launch):
            if finding.severity == "error":
                raise LaunchError(
                    Phrase("{message}. {remedy}", message=finding.message, remedy=finding.remedy), finding.code
                )
            codes[finding.code] = None
        by_lead = {
            duplicates.DUPLICATE.name: duplicates.find_duplicated_leads(context),
            purchases.MIXED_CURRENCIES.name: {
                lead for (lead,) in context.query(_OUTSIDE_MAIN_CURRENCY, as_of=launch.as_of)
            },
        }
        return codes | {code: leads for code, leads in by_lead.items() if leads}
