"""Outcomes: whether the history holds what a model learns from, which are purchases by the leads of launches."""

from collections.abc import Iterator
from datetime import datetime
from typing import NamedTuple

from ..history import History, Launch, LaunchError
from ..language import Phrase
from .context import CheckContext
from .finding import Check, Code, Finding

_MAX_PRODUCTS = 3
_SUGGEST = "`hotleads import --suggest` proposes a mapping"

NO_PURCHASES = Code(
    "no-purchases",
    "error",
    "no row is a purchase that was paid",
    "a backtest refuses at once; nothing can be learned",
    f"Map the export that tells who bought to purchases, and its words for paid to approved; {_SUGGEST}",
)
NO_LABELS = Code(
    "no-labels",
    "error",
    "no lead of any launch so far bought in the launch's window",
    "a backtest refuses at once: without a buyer no model can be judged",
    f"Map the launches' times and products to those of the sales, and one id of people in every file; {_SUGGEST}",
)
NO_LEADS = Code(
    "no-leads",
    "warning",
    "a file of leads was imported, and none of its rows is left",
    "launches score whoever bought earlier, and nobody who only signed up",
    f"Mend the condition that keeps rows (keep = ...), or map the file of sign-ups to leads; {_SUGGEST}",
)

_COUNT = """
    WITH windows AS (
        SELECT *, CASE strategy WHEN 'perpetual' THEN capture_starts_at ELSE cart_opens_at END AS opens,
            CASE strategy WHEN 'perpetual' THEN capture_ends_at + to_days(CAST(horizon_days AS INTEGER))
                ELSE cart_closes_at END AS closes,
            launch_id IN (SELECT launch_id FROM leads l WHERE l.captured_at <= cart_opens_at
                AND l.launch_id = launches.launch_id) AS named
        FROM launches),
    captured AS (SELECT lead_id, launch_id, min(captured_at) AS first FROM leads GROUP BY ALL),
    owned AS (SELECT lead_id, product_id, min(occurred_at) AS first FROM purchases WHERE bought GROUP BY ALL),
    known AS (
        SELECT lead_id, min(first) AS first FROM (
            SELECT lead_id, first FROM captured
            UNION ALL SELECT lead_id, min(occurred_at) FROM purchases GROUP BY lead_id
            UNION ALL SELECT lead_id, min(occurred_at) FROM events GROUP BY lead_id)
        GROUP BY lead_id)
    SELECT w.launch_id,
        count(DISTINCT p.transaction_id),
        count(DISTINCT p.transaction_id) FILTER (coalesce(p.product_id = w.product_id, w.product_id IS NULL)),
        count(DISTINCT p.lead_id) FILTER (coalesce(p.product_id = w.product_id, w.product_id IS NULL) AND CASE
            WHEN strategy = 'perpetual' THEN coalesce(c.launch_id = w.launch_id, true)
                AND c.first >= capture_starts_at AND c.first < capture_ends_at
                AND p.occurred_at >= c.first AND p.occurred_at < c.first + to_days(CAST(horizon_days AS INTEGER))
            WHEN strategy = 'classic' AND named THEN c.launch_id = w.launch_id AND c.first <= opens
            WHEN strategy = 'paid' THEN e.first < opens
            ELSE k.first < opens END)
    FROM windows w
        LEFT JOIN purchases p ON p.bought AND p.occurred_at >= w.opens AND p.occurred_at < w.closes
        LEFT JOIN captured c ON c.lead_id = p.lead_id LEFT JOIN known k ON k.lead_id = p.lead_id
        LEFT JOIN owned e ON e.lead_id = p.lead_id AND e.product_id = w.entry_product_id
    GROUP BY w.launch_id
"""


class LaunchOutcome(NamedTuple):
    """What happened in the window of one launch.

    Attributes
    ----------
    purchases
        Purchases in the window, of any product.
    of_product
        Those of the launch's product.
    buyers
        Leads of the launch among those who bought it.
    """

    purchases: int
    of_product: int
    buyers: int


def count_outcomes(history: History) -> dict[str, LaunchOutcome]:
    """Return what happened in the window of each launch that has its times and began within the history.

    Parameters
    ----------
    history
        An imported history.

    Returns
    -------
    dict of str to LaunchOutcome
        Counts by launch id, in the order of the launches. Owners of the product are not left out of them.
    """
    return history.get_or_compute("outcomes", lambda: _count_outcomes(history))


def _count_outcomes(history: History) -> dict[str, LaunchOutcome]:
    ended = history.ended_at
    begun = [name for name, launch in history.launches.items() if ended and _has_begun(launch, ended)]
    if not begun:
        return {}
    with history.connect() as con:
        rows = {name: LaunchOutcome(*counts) for name, *counts in con.execute(_COUNT).fetchall()}
    return {name: rows[name] for name in begun}


def _has_begun(launch: Launch, ended: datetime) -> bool:
    # The last row itself may lie at the instant at which the launch opens: a lead who signed up for it.
    return launch.problem is None and launch.as_of < ended


def check_outcomes(context: CheckContext) -> tuple[str, list[Finding]]:
    """Check that there are purchases, and buyers among the leads of launches."""
    findings = find_missing_outcomes(context.history)
    outcomes = count_outcomes(context.history)
    buyers = sum(outcome.buyers for outcome in outcomes.values())
    return f"{buyers:,} buyers in {len(outcomes)} launches", findings


def find_missing_outcomes(history: History) -> list[Finding]:
    """Return what the history lacks of all that a model is made of: purchases, labels, leads.

    Parameters
    ----------
    history
        An imported history.

    Returns
    -------
    list of Finding
        ``no-purchases``, ``no-labels`` and ``no-leads``, where each holds.
    """
    return [*_find_missing_purchases(history), *_find_missing_leads(history)]


def check_labels(history: History) -> None:
    """Check that some launch of the history has a buyer, or none has begun.

    Parameters
    ----------
    history
        The history to backtest.

    Raises
    ------
    LaunchError
        With the code and what to map, where nothing was bought, or by no lead of any launch.
    """
    for finding in find_missing_outcomes(history):
        if finding.severity == "error":
            raise LaunchError(
                Phrase("{message}. {remedy}", message=finding.message, remedy=finding.remedy), finding.code
            )


def _find_missing_purchases(history: History) -> Iterator[Finding]:
    with history.connect() as con:
        rows, bought, first, last = con.execute(
            "SELECT count(*), count(*) FILTER (bought), strftime(min(occurred_at), '%Y-%m-%d'), "
            "strftime(max(occurred_at), '%Y-%m-%d') FROM purchases"
        ).fetchall()[0]
        statuses = con.execute("SELECT status, count(*) FROM purchases GROUP BY 1 ORDER BY 2 DESC, 1").fetchall()
        sold = con.execute(
            "SELECT product_id FROM purchases WHERE bought AND product_id IS NOT NULL GROUP BY 1 "
            f"ORDER BY count(*) DESC, 1 LIMIT {_MAX_PRODUCTS}"
        ).fetchall()
    if not bought:
        states = ", ".join(f"{count:,} {status}" for status, count in statuses)
        message = (
            Phrase("none of {rows:,} rows is a purchase: {states}", rows=rows, states=states)
            if rows
            else Phrase("there is no row of purchases")
        )
        yield NO_PURCHASES.build_finding("purchases", "status" if rows else "", rows, message)
        return
    outcomes = count_outcomes(history)
    if outcomes and not any(outcome.buyers for outcome in outcomes.values()):
        span = Phrase("{bought:,} purchases from {first} to {last}", bought=bought, first=first, last=last)
        if not any(outcome.purchases for outcome in outcomes.values()):
            message, column = Phrase("{span}, and none of them lies in a launch's window", span=span), "cart_opens_at"
        elif not any(outcome.of_product for outcome in outcomes.values()):
            names = ", ".join(product for (product,) in sold) or "no product"
            message, column = (
                Phrase(
                    "{span}, and none is of a launch's product in its window; sold were {names}", span=span, names=names
                ),
                "product_id",
            )
        else:
            message, column = (
                Phrase("{span}, and none in a launch's window is by one of its leads", span=span),
                "launch_id",
            )
        yield NO_LABELS.build_finding("launches", column, len(outcomes), message)


def _find_missing_leads(history: History) -> Iterator[Finding]:
    left_out = history.manifest.get("rows_left_out", {}).get("leads", 0)
    if history.manifest.get("sources", {}).get("leads") and not history.manifest["rows"]["leads"]:
        message = Phrase("no row of leads is left, {left_out:,} were left out", left_out=left_out)
        yield NO_LEADS.build_finding("leads", "", left_out, message)


CHECK = Check(
    "outcomes",
    "purchases that were paid, leads, and buyers among the leads of the launches",
    (NO_PURCHASES, NO_LABELS, NO_LEADS),
    check_outcomes,
)
