"""What became of leads in windows of their own: who bought, when, what they paid, and who owned the product before.

The labels are those of ``build_cohort``, for windows that no launch opens for everybody; a property test holds the two
together.
"""

from collections.abc import Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from .cohort import DEFAULT_MATURITY_DAYS
from .store import History

_OUTCOMES = """
    WITH bought AS (
        SELECT place, transaction_id, lead_id, as_of, until, occurred_at FROM windows JOIN purchases USING (lead_id)
        WHERE bought AND seller_id IS NULL AND occurred_at < until AND ($product IS NULL OR product_id = $product)),
    ended AS (
        SELECT lead_id, transaction_id, min(occurred_at) AS ended_at FROM purchases
        WHERE ends AND $product IS NOT NULL GROUP BY ALL)
    SELECT place, min(occurred_at) FILTER (occurred_at >= as_of) AS bought_at,
        bool_or(occurred_at < as_of AND coalesce(ended_at >= as_of, true)) AS owned
    FROM bought LEFT JOIN ended USING (lead_id, transaction_id) GROUP BY place
"""

_REVENUE = """
    WITH sold AS (
        SELECT place, lead_id, transaction_id, occurred_at AS bought_at FROM purchases JOIN windows USING (lead_id)
        WHERE bought AND seller_id IS NULL AND occurred_at >= as_of AND occurred_at < until
            AND (product IS NULL OR product_id = product))
    SELECT place, CAST(sum(net_amount) AS DOUBLE) AS revenue
    FROM purchases JOIN sold USING (lead_id, transaction_id)
    WHERE occurred_at < bought_at + to_days($days) AND coalesce(currency = $currency, true) GROUP BY place
"""


def read_outcomes(history: History, windows: pd.DataFrame, product_id: str | None) -> pd.DataFrame:
    """Return what each lead did in a window of its own.

    Parameters
    ----------
    history
        Where the purchases lie.
    windows
        ``lead_id``, ``as_of`` and ``until`` (UTC): the half-open window ``[as_of, until)``.
    product_id
        The product whose purchases count; None: any.

    Returns
    -------
    DataFrame
        In the order of ``windows``: ``label`` (1 bought, 0 not), ``bought_at`` (the first such purchase; missing where
        there is none) and ``owned`` (the product was bought before ``as_of`` and not given back by then; never where
        any product counts).
    """
    with history.connect() as con:
        con.register("windows", _number(windows))
        rows = con.sql(_OUTCOMES, params={"product": product_id}).to_arrow_table().to_pandas()
    rows = rows.set_index("place").reindex(range(len(windows)))
    bought_at = rows["bought_at"].astype("datetime64[us, UTC]").reset_index(drop=True)
    owned = rows["owned"].astype("boolean").fillna(False).to_numpy(np.bool_) & (product_id is not None)
    return pd.DataFrame({"label": bought_at.notna().astype(np.int8), "bought_at": bought_at, "owned": owned})


def read_revenues(
    history: History, windows: pd.DataFrame, products: Sequence[str | None], currency: str | None
) -> NDArray[np.float64]:
    """Return what each lead paid in its window, net of what was taken back within the maturity.

    Parameters
    ----------
    history
        Where the purchases lie.
    windows
        As in ``read_outcomes``.
    products
        For each window the product whose purchases count; None: any.
    currency
        The currency that counts; None: all.

    Returns
    -------
    array of float64
        In the order of ``windows``; 0 where nothing was paid.
    """
    with history.connect() as con:
        con.register("windows", _number(windows).assign(product=pd.Series(list(products), dtype="str")))
        values = {"days": DEFAULT_MATURITY_DAYS, "currency": currency}
        rows = con.sql(_REVENUE, params=values).to_arrow_table().to_pandas()
    revenue = rows.set_index("place")["revenue"].reindex(range(len(windows)))
    return np.asarray(revenue.fillna(0.0), np.float64)


def _number(windows: pd.DataFrame) -> pd.DataFrame:
    return windows[["lead_id", "as_of", "until"]].reset_index(drop=True).assign(place=range(len(windows)))
