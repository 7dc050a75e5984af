"""Purchases: statuses in a possible order, one main currency, amounts of one scale."""

from ..language import Phrase
from .context import CheckContext
from .finding import REPORTED, Check, Code, Finding, Severity

#: A smaller share of transactions or purchases is a note instead of a warning.
_MIN_WARNING_SHARE = 0.01
#: A product's median amount that changes so many times over is in another unit, not at another price.
_MIN_RESCALING = 40
_MIN_SALES = 20

_ORDER = """
    WITH transactions AS (
        SELECT transaction_id, lead_id, min(occurred_at) FILTER (bought) AS bought_at,
            min(occurred_at) FILTER (status IN ('refunded', 'chargeback')) AS taken_at,
            max(occurred_at) FILTER (status IN ('started', 'billet_printed')) AS begun_at
        FROM purchases GROUP BY transaction_id, lead_id
    )
    SELECT count(*), count(*) FILTER (wrong), count(*) FILTER (unpaid),
        list(transaction_id ORDER BY transaction_id) FILTER (wrong),
        list(transaction_id ORDER BY transaction_id) FILTER (unpaid)
    FROM (SELECT transaction_id, coalesce(taken_at < bought_at OR begun_at > bought_at, false) AS wrong,
            taken_at IS NOT NULL AND bought_at IS NULL AS unpaid FROM transactions)
"""
_CURRENCIES = (
    "SELECT currency, count(*), left(CAST(min(occurred_at) AS VARCHAR), 10) FROM purchases "
    "WHERE bought AND currency IS NOT NULL GROUP BY 1 ORDER BY 2 DESC, 1"
)
_MEDIANS = f"""
    WITH sales AS (SELECT product_id, currency, amount, occurred_at,
            ntile(10) OVER (PARTITION BY product_id, currency ORDER BY occurred_at) AS part
        FROM purchases WHERE bought AND amount > 0),
    medians AS (SELECT product_id, currency, part, min(occurred_at) AS since, quantile_disc(amount, 0.5) AS median,
            count(*) AS sold FROM sales GROUP BY ALL HAVING sold >= {_MIN_SALES})
    SELECT product_id, max(median) / min(median) AS times, left(CAST(max(since) AS VARCHAR), 10), sum(sold)
    FROM medians GROUP BY product_id, currency HAVING times >= {_MIN_RESCALING} ORDER BY times DESC LIMIT 3
"""

OUT_OF_ORDER = Code(
    "status-out-of-order",
    "warning",
    "a transaction is refunded before it is paid, or begun after it",
    "the ledger takes rows by their times; what comes first takes effect first",
    "Check the times of those rows, and how their statuses were translated",
)
UNPAID_REFUND = Code(
    "refund-without-purchase",
    "note",
    "money taken back from transactions that were never seen paid",
    "spend is reduced, nothing else",
    "Import earlier purchases; where the export has a sale once, with its last status, write it as paid first too "
    "(docs/importing.md)",
)
MIXED_CURRENCIES = Code(
    "mixed-currencies",
    "warning",
    "purchases in several currencies, some of which have no rate",
    "amounts in the main currency count as spend; the others' purchases are counted, not summed",
    "Give the import a rate for each currency, from the day of its first purchase or before",
)
RESCALED = Code(
    "amounts-rescaled",
    "warning",
    "a product's amounts change by a hundred times or so from some day on",
    REPORTED,
    "Look for cents that are read as whole units",
)


def check_statuses(context: CheckContext) -> tuple[str, list[Finding]]:
    """Find transactions whose rows cannot have come in that order."""
    total, wrong, unpaid, wrong_ids, unpaid_ids = context.query(_ORDER)[0]
    findings: list[Finding] = []
    if wrong:
        message = Phrase(
            "{wrong:,} of {total:,} transactions are refunded before they are paid, or begun after it",
            wrong=wrong,
            total=total,
        )
        severity = _choose_severity(wrong, total)
        findings.append(OUT_OF_ORDER.build_finding("purchases", "status", wrong, message, wrong_ids[:3], severity))
    if unpaid:
        message = Phrase(
            "{unpaid:,} of {total:,} transactions are refunded, and were never seen paid", unpaid=unpaid, total=total
        )
        findings.append(UNPAID_REFUND.build_finding("purchases", "status", unpaid, message, unpaid_ids[:3]))
    return f"{total:,} transactions", findings


def check_amounts(context: CheckContext) -> tuple[str, list[Finding]]:
    """Find purchases outside the main currency, and amounts that change their unit."""
    counts = context.query(_CURRENCIES)
    findings: list[Finding] = []
    main, *others = counts or [("", 0, "")]
    other = sum(count for _, count, _ in others)
    if other:
        total = other + main[1]
        message = Phrase("{other:,} of {total:,} purchases are not in {main}", other=other, total=total, main=main[0])
        base = context.history.manifest.get("currency_base")
        if base is not None:  # what has a rate is in the base already
            lacking = tuple(
                Phrase("{currency} (bought from {first} on)", currency=name, first=str(first))
                for name, _, first in counts
                if name != base
            )
            message = Phrase(
                "{message}; the table of rates to {base} has no rate of {lacking} for some of their days",
                message=message,
                base=base,
                lacking=lacking,
            )
        severity = _choose_severity(other, total)
        currencies = [currency for currency, *_ in others[:3]]
        findings.append(MIXED_CURRENCIES.build_finding("purchases", "currency", other, message, currencies, severity))
    for product, times, since, sold in context.query(_MEDIANS):
        message = Phrase(
            "the usual amount of {product} changes {times:,.0f} times over",
            product=product or Phrase("a product"),
            times=float(times),
        )
        findings.append(RESCALED.build_finding("purchases", "amount", sold, message, [since]))
    summary = ", ".join(f"{count:,} in {currency}" for currency, count, _ in counts[:3])
    return summary or "no amounts with a currency", findings


def _choose_severity(rows: int, total: int) -> Severity | None:
    return None if rows >= _MIN_WARNING_SHARE * total else "note"


STATUS_CHECK = Check(
    "statuses",
    "transactions refunded before they are paid or begun after it; refunds of what was never seen paid",
    (OUT_OF_ORDER, UNPAID_REFUND),
    check_statuses,
)
AMOUNT_CHECK = Check(
    "amounts",
    "purchases outside the main currency; amounts that change by forty times or more",
    (MIXED_CURRENCIES, RESCALED),
    check_amounts,
)
