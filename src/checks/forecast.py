"""The forecast of a launch against what earlier launches brought: a level that is several-fold off shows here."""

from ..history import History, Launch, build_cohorts
from ..language import Phrase, mark
from .codes import FIRST_OF_ITS_KIND, FORECAST_UNLIKE_LAUNCHES
from .finding import Finding
from .usual_rate import estimate_usual_rate

#: A forecast is unlike earlier launches from this factor on, up or down, ...
_MIN_FACTOR = 3.0
#: ... where that is also so many standard errors, by how far launches lie apart and by the luck of their leads.
_MIN_ERRORS = 2.6
_MIN_BUYERS = 10
#: So many of the latest launches say what is usual.
_MAX_LAUNCHES = 6


def check_forecast(history: History, launch: Launch, expected_buyers: float, leads: int) -> Finding | None:
    """Compare how many of a launch's leads are expected to buy with how many of earlier launches' bought.

    Parameters
    ----------
    history
        The history that holds the launches.
    launch
        The launch that was scored.
    expected_buyers
        The sum of its leads' probabilities.
    leads
        How many leads it has.

    Returns
    -------
    Finding or None
        A finding where the two differ several-fold and beyond what chance and the launches' own spread explain, or
        where no launch of the strategy was over when this one opened; else None.
    """
    earlier = _list_earlier_launches(history, launch)
    if not leads:
        return None
    if not earlier:
        message = Phrase(
            "{launch_id} is the first {strategy} launch: that {expected:.2%} of the {leads:,} leads are expected to "
            "buy was learned from launches of other kinds, or from other times",
            launch_id=launch.launch_id,
            strategy=Phrase(launch.strategy),
            expected=expected_buyers / leads,
            leads=leads,
        )
        return FIRST_OF_ITS_KIND.build_finding("launches", "", leads, message)
    names, buyers, scored = [], [], []
    for past, cohort in zip(earlier, build_cohorts(history, earlier), strict=True):
        known = cohort[cohort["until"] <= launch.as_of]
        if len(known):
            names.append(past.launch_id)
            buyers.append(int(known["label"].sum()))
            scored.append(len(known))
    if sum(buyers) < _MIN_BUYERS:
        return None
    usual, expected = estimate_usual_rate(buyers, scored), expected_buyers / leads
    factor = max(expected / usual.rate, usual.rate / expected)
    if factor < _MIN_FACTOR or usual.count_errors(expected, leads) < _MIN_ERRORS:
        return None
    message = Phrase(
        mark(
            "{launch_id}: {expected:.2%} of the {leads:,} leads are expected to buy, {factor:.1f} times less than the "
            "{rate:.2%} who bought in {names}"
        )
        if expected < usual.rate
        else mark(
            "{launch_id}: {expected:.2%} of the {leads:,} leads are expected to buy, {factor:.1f} times more than the "
            "{rate:.2%} who bought in {names}"
        ),
        launch_id=launch.launch_id,
        expected=expected,
        leads=leads,
        factor=factor,
        rate=usual.rate,
        names=", ".join(names),
    )
    return FORECAST_UNLIKE_LAUNCHES.build_finding("launches", "", leads, message)


def _list_earlier_launches(history: History, launch: Launch) -> list[Launch]:
    """Return the latest launches of the strategy that were over, of the same product where there are any.

    Each has the launch's own length, since more buy in a longer time.
    """
    past = [
        other.with_length(launch.length)
        for other in history.launches.values()
        if other.strategy == launch.strategy and other.problem is None and other.as_of < launch.as_of
    ]
    over = [other for other in past if other.as_of + other.length <= launch.as_of]
    of_product = [other for other in over if other.product_id == launch.product_id]
    return (of_product or over)[-_MAX_LAUNCHES:]
