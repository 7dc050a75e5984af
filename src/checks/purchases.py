"""Purchases: statuses in an order that can be, one currency, amounts of one scale."""

from .codes import finding
from .context import CheckContext
from .finding import CheckResult, Finding, Severity

_NOTED_SHARE = 0.01
#: A product's median amount that changes so many times over is another unit, no other price.
_RESCALED = 40
_FEWEST_SALES = 20

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
    "SELECT currency, count(*) FROM purchases WHERE bought AND currency IS NOT NULL GROUP BY 1 ORDER BY 2 DESC, 1"
)
_MEDIANS = f"""
    WITH sales AS (SELECT product_id, currency, amount, occurred_at,
            ntile(10) OVER (PARTITION BY product_id, currency ORDER BY occurred_at) AS part
        FROM purchases WHERE bought AND amount > 0),
    medians AS (SELECT product_id, currency, part, min(occurred_at) AS since, quantile_disc(amount, 0.5) AS median,
            count(*) AS sold FROM sales GROUP BY ALL HAVING sold >= {_FEWEST_SALES})
    SELECT product_id, max(median) / min(median) AS times, left(CAST(max(since) AS VARCHAR), 10), sum(sold)
    FROM medians GROUP BY product_id, currency HAVING times >= {_RESCALED} ORDER BY times DESC LIMIT 3
"""


def check_statuses(material: CheckContext) -> CheckResult:
    """Transactions whose rows cannot have come in that order."""
    total, wrong, unpaid, wrong_ids, unpaid_ids = material.rows(_ORDER)[0]
    findings: list[Finding] = []
    if wrong:
        what = f"{wrong:,} of {total:,} transactions are refunded before they are paid, or begun after it"
        severity: Severity | None = None if wrong >= _NOTED_SHARE * total else "note"
        findings.append(finding("status-out-of-order", "purchases", "status", wrong, what, wrong_ids[:3], severity))
    if unpaid:
        what = f"{unpaid:,} of {total:,} transactions are refunded, and were never seen paid"
        findings.append(finding("refund-without-purchase", "purchases", "status", unpaid, what, unpaid_ids[:3]))
    return CheckResult("statuses", f"{total:,} transactions", tuple(findings))


def check_amounts(material: CheckContext) -> CheckResult:
    """Currencies, and amounts that change their unit."""
    counts = material.rows(_CURRENCIES)
    findings: list[Finding] = []
    other = sum(count for _, count in counts[1:])
    if other:
        total = other + counts[0][1]
        what = f"{other:,} of {total:,} purchases are not in {counts[0][0]}"
        severity: Severity | None = None if other >= _NOTED_SHARE * total else "note"
        names = [name for name, _ in counts[1:4]]
        findings.append(finding("mixed-currencies", "purchases", "currency", other, what, names, severity))
    for product, times, since, sold in material.rows(_MEDIANS):
        what = f"the usual amount of {product or 'a product'} changes {float(times):,.0f} times over"
        findings.append(finding("amounts-rescaled", "purchases", "amount", sold, what, [since]))
    named = ", ".join(f"{count:,} in {name}" for name, count in counts[:3])
    return CheckResult("amounts", named or "no amounts with a currency", tuple(findings))
