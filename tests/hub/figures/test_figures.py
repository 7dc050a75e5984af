"""Every figure of the pages equals one counted in the plainest way from the rows, on both databases."""

import random
from datetime import date, timedelta
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd
import pytest

from hotleads.evaluation import compute_wilson_interval, shrink_rates
from hotleads.hub.figures.base import list_tier_counts, read_flows, store_flows
from hotleads.hub.figures.call_list import read_call_list
from hotleads.hub.figures.campaigns import Dimension, Order, read_campaigns, read_spend_figures
from hotleads.hub.figures.day_counts import read_day_counts
from hotleads.hub.figures.first_run import read_first_run
from hotleads.hub.figures.launch_figures import MODEL_KEY, compute_hot_share, describe_worth, read_launch_figures
from hotleads.hub.figures.launches import Phase, choose_current, find_phase, find_previous, list_launches
from hotleads.hub.figures.model_evidence import BACKTEST_SCORES, store_reliability
from hotleads.hub.figures.quality import read_promises, read_reliability
from hotleads.hub.figures.today import read_today
from hotleads.hub.figures.trend import build_growth, build_weekly_cohorts, count_since
from hotleads.hub.models import (
    Campaign,
    Capture,
    Contact,
    CurrentScore,
    Job,
    JobState,
    Launch,
    LaunchLead,
    LaunchRollup,
    Purpose,
    Spend,
    StoredFigures,
    Strategy,
    Tier,
)
from hotleads.hub.models import Installation as InstallationRow
from hotleads.hub.models.launch_lead import UTM_FIELDS
from hotleads.hub.models.rollups import Outcome, recount_launch, update_rollups
from hotleads.hub.people.consent import count_reachable
from hotleads.scoring import forecast_buyers
from hotleads.scoring.forecast import forecast_by_length
from tests.hub.installations import Installation
from tests.hub.rows import NOON, build_capture, build_purchase, create_contact, create_launch

UTC = ZoneInfo("UTC")
OPENS = NOON.replace(month=4)
LEADS = 60
_CAMPAIGNS = ("", "cake", "pie", "tart")


def fill_launch(launch: Launch, seed: int) -> None:
    """Leads with one or two captures, of whom most are scored, and some are judged."""
    draw = random.Random(seed)  # noqa: S311
    contacts = [create_contact() for _ in range(LEADS)]
    for number, contact in enumerate(contacts):
        for capture in range(draw.choice((1, 1, 2))):
            at = OPENS - timedelta(days=draw.randrange(0, 25), hours=draw.randrange(24))
            campaign = draw.choice(_CAMPAIGNS)
            build_capture(
                contact, capture, launch=launch, captured_at=at, utm_campaign=campaign, utm_source=campaign and "ads"
            ).save()
        if number % 7:
            probability = draw.random() ** 3
            tier = "hot" if probability > 0.4 else "warm" if probability > 0.1 else "cold"
            CurrentScore.objects.create(
                contact=contact, launch=launch, state="final", as_of=OPENS, probability=probability, logit=0, score=0,
                tier=tier, tier_policy="", model_version="", feature_hash="", context_hash="",
            )  # fmt: skip
    outcomes = {
        (launch.pk, contact.pk): Outcome(number % 5 == 0, 10_000 * (number % 5 == 0))
        for number, contact in enumerate(contacts[: LEADS // 2])
    }
    update_rollups([contact.pk for contact in contacts], outcomes)


@pytest.fixture
def launch(installation: Installation) -> Launch:
    launch = create_launch(capture_starts_at=NOON, cart_opens_at=OPENS, cart_closes_at=OPENS + timedelta(days=7))
    fill_launch(launch, 1)
    LaunchRollup.objects.update(currency="BRL")
    return launch


def list_firsts(launch: Launch) -> dict[int, Capture]:
    """The first capture of each lead."""
    captures = Capture.objects.filter(launch=launch).order_by("-captured_at", "-pk")
    return {capture.contact_id: capture for capture in captures}


def list_lasts(launch: Launch) -> dict[int, Capture]:
    return {row.contact_id: row for row in Capture.objects.filter(launch=launch).order_by("captured_at", "pk")}


def list_outcomes(launch: Launch) -> dict[int, tuple[bool | None, int]]:
    rows = LaunchLead.objects.filter(launch=launch).values_list("contact_id", "bought", "net_minor")
    return {contact: (bought, net) for contact, bought, net in rows}


def test_tiers_forecast_and_conversion_of_a_launch(launch: Launch) -> None:
    figures = read_launch_figures(launch, read_day_counts(launch))
    scores = list(CurrentScore.objects.filter(launch=launch))
    outcomes = list_outcomes(launch)
    probability, tier = np.array([row.probability for row in scores]), np.array([row.tier for row in scores])
    spread = read_spread_of_no_model()
    forecast = forecast_buyers(probability, tier, spread=spread).set_index("tier")
    for row in figures.tiers:
        expected = forecast.loc[row.tier]
        assert (row.leads, row.low, row.high) == (expected["leads"], expected["low"], expected["high"])
        assert row.expected == pytest.approx(expected["buyers"], abs=1e-6)
        own = [outcomes[score.contact_id] for score in scores if row.tier in (score.tier, "all")]
        judged = [(bought, net) for bought, net in own if bought is not None]
        buyers = sum(bool(bought) for bought, _ in judged)
        assert (row.judged, row.buyers, row.net_minor) == (len(judged), buyers, sum(net for _, net in judged))
        assert row.conversion is not None
        low, high = compute_wilson_interval(buyers, len(judged))
        assert row.conversion == (buyers / len(judged), low, high)
        assert row.net_per_lead == sum(net for _, net in judged) / len(judged)
    hot = sum(row.tier == "hot" for row in scores)
    assert figures.hot_share is not None
    assert figures.hot_share == (hot / len(scores), *compute_wilson_interval(hot, len(scores)))
    assert compute_hot_share(launch) == hot / len(scores)  # in the list of launches
    captures = list(Capture.objects.filter(launch=launch))
    filled = {name: sum(bool(getattr(row, name)) for row in captures) for name in UTM_FIELDS}
    assert figures.coverage == [(name, count, count / len(captures)) for name, count in filled.items()]
    missing = [name for name, count in filled.items() if count < 0.8 * len(captures)]
    assert figures.missing_fields == [name for name in missing if name != "utm_term"]  # no page compares terms
    bought = [net for yes, net in outcomes.values() if yes]
    assert figures.worth is not None
    assert (figures.worth.minor, figures.worth.currency) == (sum(bought) / len(bought), "BRL")


def test_the_revenue_expected_is_that_of_as_many_buyers_as_pay_what_buyers_paid(launch: Launch) -> None:
    figures = read_launch_figures(launch, read_day_counts(launch))
    paid = [net for bought, net in list_outcomes(launch).values() if bought]
    a_buyer = sum(paid) / len(paid)
    worth = describe_worth(figures)
    assert worth is not None
    for name in ("expected", "low", "high"):
        assert worth[name] == round(getattr(figures.scored, name) * a_buyer)
    assert (worth["buyer"], worth["currency"], worth["seen_in"]) == (round(a_buyer), "BRL", launch)


def test_what_came_of_all_leads_counts_those_without_a_score_too(launch: Launch) -> None:
    judged = [(bought, net) for bought, net in list_outcomes(launch).values() if bought is not None]
    buyers = sum(bool(bought) for bought, _ in judged)
    outcome = read_launch_figures(launch, read_day_counts(launch)).outcome
    assert (outcome.judged, outcome.buyers, outcome.net_minor) == (len(judged), buyers, sum(net for _, net in judged))
    assert outcome.conversion == (buyers / len(judged), *compute_wilson_interval(buyers, len(judged)))
    assert outcome.judged > read_launch_figures(launch, read_day_counts(launch)).scored.judged
    assert read_launch_figures(create_launch("new"), []).outcome == (0, 0, None, 0)


def read_spread_of_no_model() -> float:
    from hotleads.scoring.forecast import estimate_launch_spread

    return estimate_launch_spread({})


def test_growth_counts_each_lead_on_the_day_of_the_first_capture(launch: Launch) -> None:
    firsts = list_firsts(launch)
    hot = set(CurrentScore.objects.filter(launch=launch, tier="hot").values_list("contact_id", flat=True))
    points = build_growth(launch, read_day_counts(launch), UTC, OPENS + timedelta(days=30))
    assert points[-1].offset == 0
    for point in points:
        day = OPENS.date() + timedelta(days=point.offset)
        come = {contact for contact, capture in firsts.items() if capture.captured_at.date() <= day}
        assert (point.leads, point.hot) == (len(come), len(come & hot))
    day = OPENS.date() - timedelta(days=6)
    recent = {contact for contact, capture in firsts.items() if capture.captured_at.date() >= day}
    assert count_since(read_day_counts(launch), day) == (len(recent), len(recent & hot))


def test_weekly_cohorts_begin_on_mondays_and_add_up(launch: Launch) -> None:
    firsts, outcomes = list_firsts(launch), list_outcomes(launch)
    cohorts = build_weekly_cohorts(read_day_counts(launch))
    assert sum(cohort.leads for cohort in cohorts) == LEADS
    for cohort in cohorts:
        assert cohort.week.weekday() == 0
        week = {contact for contact, row in firsts.items() if _begin_week(row.captured_at.date()) == cohort.week}
        known = [outcomes[contact][0] for contact in week if outcomes[contact][0] is not None]
        assert (cohort.leads, cohort.judged, cohort.buyers) == (len(week), len(known), sum(map(bool, known)))


def _begin_week(day: date) -> date:
    return day - timedelta(days=day.weekday())


def test_a_lead_counts_for_the_campaign_of_the_latest_capture_and_shares_are_shrunk(launch: Launch) -> None:
    lasts, outcomes = list_lasts(launch), list_outcomes(launch)
    scores = {row.contact_id: row for row in CurrentScore.objects.filter(launch=launch)}
    rows = {row.name: row for row in read_campaigns(launch, Dimension.CAMPAIGN)}
    assert set(rows) == set(_CAMPAIGNS)
    counts = {}
    for name in _CAMPAIGNS:
        own = [contact for contact, capture in lasts.items() if capture.utm_campaign == name]
        scored = [scores[contact] for contact in own if contact in scores]
        judged = [outcomes[contact] for contact in own if outcomes[contact][0] is not None]
        row = rows[name]
        assert (row.leads, row.scored) == (len(own), len(scored))
        assert row.hot == sum(score.tier == "hot" for score in scored)
        assert row.expected == pytest.approx(sum(score.probability for score in scored), abs=1e-6)
        assert (row.judged, row.buyers) == (len(judged), sum(bool(bought) for bought, _ in judged))
        assert row.net_minor == sum(net for _, net in judged)
        assert row.is_small == (len(own) < 30)
        counts[name] = (row.hot, row.scored)
    shrunk = shrink_rates([hot for hot, _ in counts.values()], [scored for _, scored in counts.values()])
    for name, rate in zip(counts, shrunk["rate"], strict=True):
        share = rows[name].hot_share
        assert share is not None
        assert share.value == pytest.approx(rate)
    by_hot = read_campaigns(launch, Dimension.CAMPAIGN, Order.HOT)
    values = [row.hot_share.value for row in by_hot if row.hot_share]
    assert values == sorted(values, reverse=True)
    assert {row.name for row in read_campaigns(launch, Dimension.CAMPAIGN, text="TART")} == {"tart", ""}


def test_what_was_spent_is_added_up_by_campaign_and_divided_by_its_leads(launch: Launch) -> None:
    paid = {("cake", 1): 12_345, ("cake", 2): 1, ("nobody", 1): 700, ("", 1): 50}
    for (name, day), minor in paid.items():
        fields = ("ads" if name else "", "", name, "")
        campaign, _ = Campaign.objects.get_or_create(
            key=Campaign.build(fields).key, defaults={"utm_campaign": name, "utm_source": fields[0]}
        )
        Spend.objects.create(
            launch=launch, day=date(2026, 3, day), campaign=campaign, currency="BRL", amount_minor=minor
        )  # fmt: skip
    lasts, outcomes = list_lasts(launch), list_outcomes(launch)
    rows = {row.name: row for row in read_campaigns(launch, Dimension.CAMPAIGN, Order.SPEND)}
    assert next(iter(rows)) == "cake"
    cake = [contact for contact, capture in lasts.items() if capture.utm_campaign == "cake"]
    hot = CurrentScore.objects.filter(launch=launch, contact__in=cake, tier="hot").count()
    net = sum(outcomes[contact][1] for contact in cake if outcomes[contact][0] is not None)
    row = rows["cake"]
    assert (row.spend_minor, row.cost_per_lead) == (12_346, 12_346 / len(cake))
    assert row.cost_per_hot == (12_346 / hot if hot else None)
    assert row.return_on_spend == net / 12_346
    assert (rows["nobody"].leads, rows["nobody"].spend_minor, rows["nobody"].cost_per_lead) == (0, 700, None)
    assert (rows[""].spend_minor, rows[""].cost_per_lead) == (50, None)
    assert rows["pie"].spend_minor is None
    by_source = {row.name: row.spend_minor for row in read_campaigns(launch, Dimension.SOURCE)}
    assert by_source == {"ads": 13_046, "": 50}
    every = read_spend_figures(launch)
    assert every is not None
    assert (every.currency, every.minor, every.per_lead) == ("BRL", 13_096, 13_096 / LEADS)
    assert every.per_hot == 13_096 / CurrentScore.objects.filter(launch=launch, tier="hot").count()
    assert every.returned == sum(minor for bought, minor in outcomes.values() if bought is not None) / 13_096
    LaunchRollup.objects.update(currency="USD")
    launch.refresh_from_db()
    other = read_spend_figures(launch)
    assert other is not None
    assert other.returned is None


def test_the_first_run_ends_with_the_first_score(installation: Installation) -> None:
    row = InstallationRow.objects.get()
    new = read_first_run(row, NOON)
    assert new is not None
    assert (new.is_empty, new.minutes, new.has_rows, new.is_working) == (True, None, False, False)
    launch = create_launch()
    Launch.objects.update(created_at=NOON - timedelta(minutes=7, seconds=30))
    contact = create_contact()
    build_capture(contact, launch=launch).save()
    job = Job.objects.create(kind="sync", state=JobState.FAILED)
    begun = read_first_run(row, NOON)
    assert begun is not None
    assert (begun.is_empty, begun.minutes, begun.has_leads, begun.has_purchases) == (False, 7, True, False)
    assert (begun.job, begun.is_working) == (job, False)
    assert (begun.has_launches, begun.may_learn) == (False, False)  # one to score, and none to learn from
    build_purchase(contact, 0).save()
    create_launch("past", capture_starts_at=None, cart_opens_at=NOON - timedelta(9), cart_closes_at=NOON - timedelta(2))
    taught = read_first_run(row, NOON)
    assert taught is not None
    assert (taught.has_launches, taught.may_learn) == (True, True)
    running = Job.objects.create(kind="train", state=JobState.RUNNING)
    Job.objects.create(kind="score", state=JobState.QUEUED)
    working = read_first_run(row, NOON)
    assert working is not None
    assert (working.job, working.is_working) == (running, True)
    CurrentScore.objects.create(
        contact=contact, launch=launch, state="final", as_of=OPENS, probability=0.1, logit=0, score=0,
        tier="cold", tier_policy="", model_version="", feature_hash="", context_hash="",
    )  # fmt: skip
    assert read_first_run(row, NOON) is None


def test_chances_and_what_came_of_them_are_those_of_the_backtest(installation: Installation) -> None:
    draw = np.random.default_rng(3)
    chance = draw.uniform(0, 0.5, 500)
    bought = (draw.uniform(size=500) < chance).astype(int)
    path = installation.data / BACKTEST_SCORES
    path.parent.mkdir(parents=True)
    table = {"probability": chance, "label": bought, "launch_id": ["a"] * 250 + ["b"] * 250}
    pd.DataFrame(table).to_parquet(path)
    assert store_reliability() == 500
    bins = read_reliability()
    assert len(bins) == 10
    order = np.argsort(-chance)
    for number, row in enumerate(bins):
        own = order[number * 50 : number * 50 + 50]
        assert (row.leads, row.buyers) == (50, bought[own].sum())
        assert row.promised == pytest.approx(chance[own].mean())
        assert row.realised == pytest.approx(bought[own].mean())
        low, high = compute_wilson_interval(int(bought[own].sum()), 50)
        assert (row.low, row.high) == pytest.approx((float(low), float(high)))
    path.unlink()
    assert store_reliability() == 0
    assert read_reliability() == []


def test_campaigns_beyond_those_shown_are_one_line_together(launch: Launch, monkeypatch: pytest.MonkeyPatch) -> None:
    every = read_campaigns(launch, Dimension.CAMPAIGN)
    monkeypatch.setattr("hotleads.hub.figures.campaigns.MAX_CAMPAIGNS", 1)
    few = read_campaigns(launch, Dimension.CAMPAIGN)
    assert sum(row.others for row in few) == 2
    assert sum(row.leads for row in few) == sum(row.leads for row in every) == LEADS


def test_the_call_list_is_the_hottest_that_there_is_time_for(launch: Launch) -> None:
    hottest = np.sort([row.probability for row in CurrentScore.objects.filter(launch=launch)])[::-1]
    found = read_call_list(launch, 20)
    wanted = forecast_by_length(hottest, np.array([20]), spread=read_spread_of_no_model()).iloc[0]
    assert (found.leads, found.low, found.high) == (20, wanted["low"], wanted["high"])
    assert found.expected == pytest.approx(hottest[:20].sum())
    assert found.probability == hottest[19]
    assert read_call_list(launch, 1_000).leads == len(hottest)


def test_flows_count_who_moved_between_tiers(launch: Launch) -> None:
    after = create_launch("later", cart_opens_at=OPENS + timedelta(days=60), cart_closes_at=OPENS + timedelta(days=67))
    tiers = ("hot", "warm", "cold")
    expected: dict[tuple[str, str], int] = {}
    for number, score in enumerate(CurrentScore.objects.filter(launch=launch).order_by("pk")):
        now = tiers[number % 3] if number % 4 else ""
        if now:
            CurrentScore.objects.create(
                contact_id=score.contact_id, launch=after, state="final", as_of=OPENS, probability=0.1, logit=0,
                score=0, tier=now, tier_policy="", model_version="", feature_hash="", context_hash="",
            )  # fmt: skip
        expected[score.tier, now] = expected.get((score.tier, now), 0) + 1
    recount_launch(after)
    assert store_flows() == 1
    (flow,) = read_flows()
    assert flow.moves == expected
    assert flow.cooled == expected.get(("hot", "warm"), 0) + expected.get(("hot", "cold"), 0)
    counts = list_tier_counts()
    assert [row.launch.key for row in counts] == ["spring", "later"]
    assert sum(counts[1][1:]) == CurrentScore.objects.filter(launch=after).count()


def test_today_compares_with_the_same_day_of_the_launch_before(launch: Launch) -> None:
    before = create_launch(
        "winter", cart_opens_at=OPENS - timedelta(days=60), cart_closes_at=OPENS - timedelta(days=53)
    )
    create_launch("paid", strategy=Strategy.PAID, entry_product_id="e", cart_opens_at=OPENS - timedelta(days=20))
    for number, contact in enumerate(Contact.objects.order_by("pk")[:10]):
        at = before.cart_opens_at - timedelta(days=number)
        build_capture(contact, 50, launch=before, captured_at=at).save()
    recount_launch(before)
    now = OPENS - timedelta(days=3)
    assert find_phase(launch, now) == Phase.CAPTURING
    assert find_previous(launch, list_launches()) == before
    current = choose_current(list_launches(), now)
    assert current is not None
    today = read_today(now, UTC)
    standing = today.launch
    assert standing is not None
    assert standing.launch == launch
    assert standing.days_to_opening == 3
    assert standing.then is not None
    assert standing.then.leads == 7  # those of 3 to 9 days before its opening
    assert not standing.was_scored_before  # so that no hot ones are compared
    firsts = list_firsts(launch)
    new = {contact for contact, row in firsts.items() if row.captured_at.date() > now.date() - timedelta(days=7)}
    hot = set(CurrentScore.objects.filter(launch=launch, tier="hot").values_list("contact_id", flat=True))
    assert (standing.new_leads, standing.new_hot) == (len(new), len(new & hot))
    assert today.hot_reach == count_reachable(launch, Tier.HOT, Purpose.EMAIL_MARKETING)
    assert today.hot_reach is not None
    assert today.hot_reach.people == standing.figures.rollup.hot


def test_a_launch_promises_by_its_scores_until_the_model_has_learned_from_it(launch: Launch) -> None:
    other, unscored = create_launch("other"), create_launch("unscored")
    fill_launch(other, 2)
    launches = [launch, other, unscored]
    window = {"n": 40, "buyers": 9, "mean_probability": 0.2, "roc_auc": 0.8, "lift_10": 2.0}
    values = {"spread": 0.3, "windows": {"other": window}, "learned_from": ["other"]}
    StoredFigures.objects.create(key=MODEL_KEY, values=values)
    promises = read_promises(launches)
    assert set(promises) == {launch.pk, other.pk}
    figures = read_launch_figures(launch, read_day_counts(launch)).scored
    assert promises[launch.pk] == (False, figures.leads, figures.expected, figures.low, figures.high, figures.judged,
                                   figures.buyers)  # fmt: skip
    row = forecast_buyers(np.full(40, 0.2), np.full(40, "cold"), spread=0.3).iloc[-1]
    assert promises[other.pk] == (True, 40, 8.0, row["low"], row["high"], 40, 9)
    StoredFigures.objects.update(values=values | {"windows": {}})  # learned from, and never promised anything of
    assert set(read_promises(launches)) == {launch.pk}


def test_today_says_what_is_wrong_and_at_most_three_things_to_do(launch: Launch) -> None:
    now = OPENS - timedelta(days=1)
    Job.objects.create(kind="sync", state=JobState.SUCCEEDED, ended_at=now - timedelta(hours=2))
    Job.objects.create(kind="sync", state=JobState.FAILED, ended_at=now - timedelta(hours=1))
    Job.objects.create(kind="train", state=JobState.FAILED, ended_at=now - timedelta(hours=2))
    Job.objects.create(kind="train", state=JobState.SUCCEEDED, ended_at=now - timedelta(hours=1))
    for state in (JobState.FAILED, JobState.SUCCEEDED):  # of two at one instant the later one made counts
        Job.objects.create(kind="recount", state=state, ended_at=now - timedelta(hours=1))
    Job.objects.create(kind="pull", state=JobState.FAILED, ended_at=now - timedelta(days=8))
    StoredFigures.objects.create(
        key=MODEL_KEY, values={"spread": 0.3, "quality": {"grade": "weak"}, "learned_from": []}
    )
    today = read_today(now, UTC)
    assert [alert.code for alert in today.alerts] == ["failed_job", "weak_model"]
    assert isinstance(today.alerts[0].subject, Job)
    assert today.alerts[0].subject.kind == "sync"
    assert len(today.tasks) <= 3
    assert [task.code for task in today.tasks][:2] == ["score", "basis"]
    assert today.tasks[0].number == LEADS - CurrentScore.objects.count()
    assert today.tasks[1].number == CurrentScore.objects.filter(tier="hot").count()
    stale = read_today(OPENS - timedelta(minutes=1), UTC)
    last = max(capture.captured_at.date() for capture in list_firsts(launch).values())
    is_stale = (OPENS.date() - last).days >= 3
    assert ("stale_source" in [alert.code for alert in stale.alerts]) == is_stale


def test_without_a_launch_today_says_to_make_one(installation: Installation) -> None:
    today = read_today(NOON, UTC)
    assert today.launch is None
    assert [task.code for task in today.tasks] == ["make_launch"]
