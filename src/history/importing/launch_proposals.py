"""Launches that fit the exports: from the names of campaigns and the days of captures and sales, with every doubt."""

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from ..sql import quote_identifier, quote_literal
from .column_kinds import has_word, is_free_text, is_time, normalise_name
from .column_matching import MatchedFile
from .launch_names import find_launch_name
from .launch_survey import Label, LaunchSurvey, Sale
from .launch_windows import (
    MAX_CART,
    MIN_SALES,
    add_months,
    describe_cart,
    find_carts,
    find_product,
    floor_day,
    floor_period,
    name_period,
    round_up_to_day,
    split_carts,
)
from .type_inference import are_emails

_CAMPAIGN_WORDS = {"campaign", "campanha", "launch", "lancamento", "turma", "cohort", "list", "lista", "tag", "tags"}
_CERTAIN = {"launch", "lancamento", "turma", "cohort"}
_MAX_NAMES = 400
#: A launch's leads are captured within this, and buy within the days after.
_MAX_CAPTURE, _DAYS_AFTER = timedelta(days=120), 60
_MIN_LEADS = 5
_USUAL_CART = timedelta(days=7)
_HORIZONS = (7, 14, 30, 60, 90)
_MAX_LAUNCHES, _MIN_BUYERS = 12, 10


class ProposedLaunch(NamedTuple):
    """A launch that fits the exports.

    Attributes
    ----------
    name
        Its id.
    times
        Its times, by the contract's names.
    product
        What was sold; None for any product.
    horizon_days
        How long a lead has to buy, of a perpetual launch.
    doubts
        What is unsure about it.
    """

    name: str
    times: Mapping[str, datetime]
    product: str | None = None
    horizon_days: int | None = None
    doubts: tuple[str, ...] = ()


class LaunchProposal(NamedTuple):
    """Launches, and how leads name them.

    Attributes
    ----------
    launches
        In the order of time.
    reason
        What they were found by.
    launch_id
        SQL of the launch that a row of leads names; empty if none does.
    known
        What the SQL was made of.
    """

    launches: list[ProposedLaunch]
    reason: str
    launch_id: str = ""
    known: str = ""


def find_campaign_column(match: MatchedFile) -> str | None:
    """Return the column of a file of leads whose values name launches, or campaigns that may be launches."""
    best: tuple[float, str] | None = None
    for column, values in match.file.samples.items():
        filled = [value for value in values if value]
        name = normalise_name(column)
        taken = column in (match.columns["lead_id"], match.columns["captured_at"])
        if not filled or taken or is_time(values) or are_emails(values) or is_free_text(values):
            continue
        distinct = set(filled)
        names = {find_launch_name(value) for value in distinct} - {None}
        named = sum(find_launch_name(value) is not None for value in filled) / len(filled) if names else 0.0
        called = has_word(column, _CAMPAIGN_WORDS)
        if not called and (len(names) < 2 or len(distinct) > _MAX_NAMES or named < 0.5 or _is_bare(distinct)):
            continue
        rank = 2 * has_word(column, _CERTAIN) + called + (name in ("utm campaign", "launch id")) + 2 * named
        if best is None or rank > best[0]:
            best = (rank, column)
    return best[1] if best else None


def propose_launches(survey: LaunchSurvey, column: str | None) -> LaunchProposal | None:
    """Return launches that fit the files; ``column`` has the campaigns of the leads; None if none fit."""
    sales = survey.list_sales()
    if column is not None:
        proposal = _propose_by_names(survey, column)
        if proposal is not None:
            return proposal
    if not sales:
        return None
    carts = find_carts(sales)
    if carts:
        return _propose_by_carts(survey, carts)
    return _propose_by_sign_up(survey) if survey.count_leads() else _propose_by_calendar(sales)


def _is_bare(values: set[str]) -> bool:
    return all(re.fullmatch(r"[\d\W]*|[a-zA-Z]?\d+", value) for value in values)


def _propose_by_names(survey: LaunchSurvey, column: str) -> LaunchProposal | None:
    launches: dict[str, list[Label]] = {}
    labels = survey.list_labels()
    for label in labels:
        name = find_launch_name(label.name)
        if name is not None:
            name = f"{label.median.year}-{name}" if re.fullmatch(r"\d\d", name) else name
            launches.setdefault(name, []).append(label)
    groups = {name: group for name, group in launches.items() if _are_one_launch(group)}
    if len(groups) < 2 or _count_leads(groups) < sum(label.leads for label in labels) / 2:
        alone = {label.name: [label] for label in labels if _are_one_launch([label])}
        groups = alone if len(alone) > 1 and _count_leads(alone) > _count_leads(groups) else groups
    if not groups or _count_leads(groups) < sum(label.leads for label in labels) / 2:
        return None
    by_label = {label.name: name for name, group in groups.items() for label in group}
    sold = survey.list_sales_by_launch(by_label, _DAYS_AFTER)
    proposed = [_describe_launch(name, group, sold.get(name, [])) for name, group in groups.items()]
    if not any("cart_opens_at" in launch.times for launch in proposed):
        return None
    proposed = _fill_carts(proposed)
    whens = " ".join(f"WHEN {quote_literal(label)} THEN {quote_literal(name)}" for label, name in by_label.items())
    left = [label.name for label in labels if label.name not in by_label]
    rest = f"; no launch is named by {', '.join(left[:5])}{' and others' if len(left) > 5 else ''}" if left else ""
    return LaunchProposal(
        sorted(proposed, key=lambda launch: launch.times["cart_opens_at"]),
        f"the campaigns in {column}, and the days on which their leads bought",
        f"CASE trim({quote_identifier(column)}) {whens} END",
        f"{column} names {len(proposed)} launches{rest}",
    )


def _count_leads(groups: Mapping[str, Sequence[Label]]) -> int:
    return sum(label.leads for group in groups.values() for label in group)


def _are_one_launch(group: Sequence[Label]) -> bool:
    span = max(label.last for label in group) - min(label.first for label in group)
    return sum(label.leads for label in group) >= _MIN_LEADS and span <= _MAX_CAPTURE


def _describe_launch(name: str, group: Sequence[Label], sales: Sequence[Sale]) -> ProposedLaunch:
    """Return a launch with its captures' days, and the cart's if its leads bought in some days."""
    starts, ends = min(label.first for label in group), max(label.last for label in group)
    times = {"capture_starts_at": floor_day(starts), "capture_ends_at": round_up_to_day(ends)}
    cart = max(split_carts(sales), key=len, default=[])
    if len(cart) < MIN_SALES or cart[-1].at - cart[0].at > MAX_CART or len(cart) < len(sales) / 2:
        return ProposedLaunch(name, times)
    times |= describe_cart(cart)
    doubts = []
    if times["cart_opens_at"] < min(label.median for label in group):
        doubts.append("most of its leads were captured after the first sale: is that when the cart opened?")
    if len(cart) < len(sales):
        doubts.append(f"{len(sales) - len(cart):,} of {len(sales):,} sales to its leads lie outside of these days")
    return ProposedLaunch(name, times, find_product(cart), None, tuple(doubts))


def _fill_carts(launches: Sequence[ProposedLaunch]) -> list[ProposedLaunch]:
    """Return the launches, those without sales with a cart like the others', after their captures."""
    lengths = sorted(
        launch.times["cart_closes_at"] - launch.times["cart_opens_at"]
        for launch in launches
        if "cart_opens_at" in launch.times
    )
    usual = lengths[len(lengths) // 2] if lengths else _USUAL_CART
    filled = []
    for launch in launches:
        if "cart_opens_at" in launch.times:
            filled.append(launch)
            continue
        opens = launch.times["capture_ends_at"]
        times = {**launch.times, "cart_opens_at": opens, "cart_closes_at": opens + usual}
        filled.append(launch._replace(times=times, doubts=("no days of its sales are seen: when does its cart open?",)))
    return filled


def _propose_by_carts(survey: LaunchSurvey, carts: Sequence[list[Sale]]) -> LaunchProposal:
    """Return a launch for each cart; its leads are those captured since the cart before."""
    names = Counter[str]()
    launches: list[ProposedLaunch] = []
    since = floor_day(carts[0][0].at - _MAX_CAPTURE)
    for cart in carts[-_MAX_LAUNCHES:]:
        times = describe_cart(cart)
        name = f"{times['cart_opens_at']:%Y-%m}"
        names[name] += 1
        name += f"-{names[name]}" if names[name] > 1 else ""
        if survey.count_captures(since, times["cart_opens_at"]) >= _MIN_LEADS:
            times = {"capture_starts_at": since, "capture_ends_at": times["cart_opens_at"], **times}
        launches.append(ProposedLaunch(name, times, find_product(cart)))
        since = times["cart_closes_at"]
    alone = "" if survey.count_leads() else ". No file tells of those who did not buy: who bought earlier is scored"
    return LaunchProposal(launches, f"the {len(carts)} times when sales came, with pauses between{alone}")


def _propose_by_sign_up(survey: LaunchSurvey) -> LaunchProposal | None:
    """Return a perpetual launch for each month, or quarter, of sign-ups."""
    delay = survey.compute_delay(0.9)
    months = survey.list_months()
    if delay is None or not months:
        return None
    horizon = next((days for days in _HORIZONS if delay <= timedelta(days=days)), _HORIZONS[-1])
    size = 1 if sum(month[2] for month in months) >= _MIN_BUYERS * len(months) else 3
    periods = dict.fromkeys(floor_period(start, size) for start, _, _ in months)
    launches = [
        ProposedLaunch(
            name_period(start, size),
            {"capture_starts_at": start, "capture_ends_at": add_months(start, size)},
            None,
            horizon,
        )
        for start in list(periods)[-_MAX_LAUNCHES:]
    ]
    what = "month" if size == 1 else "quarter"
    return LaunchProposal(
        launches,
        f"the {what}s of the sign-ups, since sales come all the time; 90% of buyers bought within {horizon} days",
    )


def _propose_by_calendar(sales: Sequence[Sale]) -> LaunchProposal | None:
    """Return a launch for each whole month, or quarter, of sales after the first."""
    first, last = sales[0].at, sales[-1].at
    months = (last.year - first.year) * 12 + last.month - first.month + 1
    size = 1 if len(sales) >= 2 * _MIN_BUYERS * months else 3
    starts = []
    start = add_months(floor_period(first, size), size)
    while add_months(start, size) <= last + timedelta(days=1):
        starts.append(start)
        start = add_months(start, size)
    if not starts:
        return None
    launches = [
        ProposedLaunch(name_period(start, size), {"cart_opens_at": start, "cart_closes_at": add_months(start, size)})
        for start in starts[-_MAX_LAUNCHES:]
    ]
    what = "month" if size == 1 else "quarter"
    return LaunchProposal(launches, f"the {what}s of sales: who was known before one may buy in it")
