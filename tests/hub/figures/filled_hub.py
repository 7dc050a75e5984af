"""One hub with a history of every kind: what the pages' figures are held against, row for row.

What is written is kept beside the hub as it was meant, for what an exported history leaves out: objectors, consents,
spend and subscriptions.
"""

import random
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from unittest import mock

import numpy as np
import pandas as pd
from django.db import transaction

from hotleads.features import hash_declarations
from hotleads.history import History
from hotleads.hub.clock import set_clock
from hotleads.hub.feed.scores import store_scores
from hotleads.hub.feed.sync import run_sync
from hotleads.hub.figures import outcomes
from hotleads.hub.figures.launch_figures import DRIFT_KEY, MODEL_KEY
from hotleads.hub.figures.model_evidence import BACKTEST_SCORES
from hotleads.hub.figures.outcomes import describe_card, run_outcomes
from hotleads.hub.models import (
    Campaign,
    Capture,
    ConsentEvent,
    Contact,
    CsvLeadPolicy,
    CurrentScore,
    InboxItem,
    Job,
    JobState,
    Launch,
    LaunchLead,
    LegalBasis,
    Purchase,
    Purpose,
    ScoreState,
    Spend,
    StoredFigures,
    Strategy,
    Upload,
)
from hotleads.hub.models import Installation as InstallationRow
from hotleads.hub.models.rollups import update_rollups
from hotleads.hub.people.consent import withdraw_consent
from hotleads.hub.people.merging import merge_contacts
from hotleads.hub.sealing import hash_lookup
from hotleads.scoring import ReasonFormatter, TextOptions
from tests.hub.installations import Installation
from tests.hub.rows import EXAMPLE_FEATURES, build_key

#: The hour at which the pages are read: of the next day in UTC, of this one in the installation's time zone.
NOW = datetime(2026, 6, 10, 2, 30, tzinfo=UTC)
ZONE = "America/Sao_Paulo"
PEOPLE = 150
#: When the scores of the launch under way came, a second after the rows were read.
SCORED = NOW - timedelta(hours=3)
CARD = {
    "quality_on_unseen_windows": {
        "winter": {
            "n": 60, "buyers": 14, "base_rate": 14 / 60, "mean_probability": 0.21, "roc_auc": 0.714, "lift_10": 2.45,
        },
        "autumn": {
            "n": 90, "buyers": 40, "base_rate": 40 / 90, "mean_probability": 0.1, "roc_auc": 0.655, "lift_10": None,
        },
    },
    "windows": [{"name": "winter"}, {"name": "autumn"}],
    "notes": [],
    "findings": [],
}  # fmt: skip
_CAMPAIGNS = (("", "", "", ""), ("ads", "cpc", "cake", "red"), ("ads", "cpc", "pie", ""), ("mail", "", "tart", "blue"))


@dataclass
class FilledHub:
    """What was written.

    Attributes
    ----------
    launches
        By key, in the order in which they were made.
    captures, purchases, consents
        The rows, each with the contact that it was written for.
    merged
        By contact the one that it became part of.
    objectors
        Who has withdrawn profiling.
    score_files
        By launch the files of scores, the latest last.
    """

    launches: dict[str, Launch] = field(default_factory=dict)
    captures: list[dict[str, Any]] = field(default_factory=list)
    purchases: list[dict[str, Any]] = field(default_factory=list)
    consents: list[dict[str, Any]] = field(default_factory=list)
    spend: list[dict[str, Any]] = field(default_factory=list)
    merged: dict[int, int] = field(default_factory=dict)
    objectors: set[int] = field(default_factory=set)
    score_files: dict[str, list[Path]] = field(default_factory=dict)


def at(month: int, day: int, hour: int = 12, minute: int = 0) -> datetime:
    return datetime(2026, month, day, hour, minute, tzinfo=UTC)


_LAUNCHES: dict[str, dict[str, Any]] = {
    "winter": {
        "name": "Winter", "product_id": "course",
        "capture_starts_at": at(1, 5), "cart_opens_at": at(2, 2, 13), "cart_closes_at": at(2, 9, 13),
    },
    "spring": {
        "name": "Spring", "product_id": "course",
        "capture_starts_at": at(3, 2), "cart_opens_at": at(4, 6, 1), "cart_closes_at": at(4, 13, 1),
    },
    "club": {
        "name": "Club", "strategy": Strategy.PERPETUAL, "product_id": "club", "horizon_days": 14,
        "capture_starts_at": at(3, 1), "capture_ends_at": at(7, 1),
    },
    "mentoring": {
        "name": "Mentoring", "strategy": Strategy.PAID, "product_id": "mentoring", "entry_product_id": "ebook",
        "cart_opens_at": at(5, 4, 13), "cart_closes_at": at(5, 11, 13),
    },
    "summer": {
        "name": "Summer", "product_id": "course",
        "capture_starts_at": at(5, 20), "cart_opens_at": at(6, 15, 13), "cart_closes_at": at(6, 22, 13),
    },
}  # fmt: skip


class _Filler:
    """Writes the rows of one hub, and keeps them as they were meant."""

    def __init__(self) -> None:
        self.hub = FilledHub()
        self.draw = random.Random(23)  # noqa: S311
        self.people: list[Contact] = []

    def create_people(self) -> None:
        for number in range(PEOPLE):
            first, second = "abcdefghij"[number % 10], "klmnopqrstuvwxy"[number // 10]
            email, name = f"{first}{second}@example.org", f"{first.upper()}na {second.upper()}im Silva"
            fields = {"email": email, "email_hmac": hash_lookup("email", email), "name": name}
            self.people.append(Contact(came_by_file_only=number % 9 == 4, **fields))
        Contact.objects.bulk_create(self.people)
        self.people = list(Contact.objects.order_by("pk"))

    def create_launches(self) -> None:
        for key, fields in _LAUNCHES.items():
            values = {"strategy": Strategy.CLASSIC} | fields
            self.hub.launches[key] = Launch.objects.create(key=key, **values)

    def capture(self, number: int, launch: str, when: datetime, campaign: int) -> None:
        source, medium, name, content = _CAMPAIGNS[campaign]
        fields = {
            "captured_at": when,
            "launch_key": launch,
            "utm_source": source,
            "utm_medium": medium,
            "utm_campaign": name,
            "utm_content": content,
            "utm_term": "oven" if campaign == 1 and number % 2 else "",
        }
        self.hub.captures.append({"contact": self.people[number].pk, **fields})

    def buy(self, number: int, transaction_id: str, when: datetime, **fields: Any) -> None:
        values = {"product_id": "course", "status": "approved", "amount_minor": 49_700, "currency": "BRL"} | fields
        row = {"transaction_id": transaction_id, "occurred_at": when, "seller_id": "", **values}
        self.hub.purchases.append({"contact": self.people[number].pk, **row})

    def write_captures(self) -> None:
        for number in range(70):  # one lead in two of spring was in winter
            opens = at(2, 2, 13)
            self.capture(number, "winter", opens - timedelta(hours=self.draw.randrange(1, 600)), number % 4)
        for number in range(35, 120):
            for again in range(1 + (number % 5 == 0)):
                hours = self.draw.randrange(1, 800)
                self.capture(
                    number, "spring", at(4, 6, 1) - timedelta(hours=hours, minutes=again), (number + again) % 4
                )
        self.capture(36, "spring", at(4, 8), 1)  # in the cart, of one who came before
        self.capture(120, "spring", at(4, 8), 1)  # in the cart for the first time: a lead that the launch scores not
        for number in range(20, 150):
            self.capture(number, "summer", at(5, 20, 2, 59) + timedelta(hours=self.draw.randrange(0, 503)), number % 3)
        for hour in (2, 3):  # on both sides of the midnight from which new leads count
            self.capture(hour, "summer", at(6, 3, hour), 3)
        for number in range(0, 120, 2):
            self.capture(number, "club", at(3, 1) + timedelta(hours=self.draw.randrange(0, 2_400)), number % 4)
        self.capture(7, "mentoring", at(4, 30), 2)
        for number in range(1, 30, 3):
            self.capture(number, "", at(1, 20), 1)  # of no launch

    def write_purchases(self) -> None:
        for number in range(0, 70, 5):  # winter's
            self.buy(number, f"W{number}", at(2, 3) + timedelta(hours=number))
        self.buy(5, "W5", at(2, 20), status="refunded", amount_minor=None)
        self.buy(10, "W10", at(2, 21), status="refunded", amount_minor=9_700)
        self.buy(15, "W15", at(5, 21), status="refunded", amount_minor=None)  # later than a month: it stays
        self.buy(20, "W20", at(2, 25), status="chargeback", amount_minor=49_700)
        self.buy(2, "W2", at(2, 9, 13))  # as the cart closes: too late
        self.buy(3, "W3", at(2, 2, 13))  # as it opens
        for number in range(36, 120, 6):  # spring's, in two currencies
            currency = "USD" if number % 4 == 0 else "BRL"
            self.buy(
                number, f"S{number}", at(4, 7) + timedelta(hours=number % 60), currency=currency, amount_minor=19_901
            )
            self.buy(number, f"S{number}", at(4, 7) + timedelta(hours=number % 60 + 1), currency=currency,
                     amount_minor=19_901, status="complete")  # fmt: skip
        self.buy(42, "S42", at(4, 20), status="refunded", amount_minor=None, currency="")
        for number in range(100, 112):  # begun and never paid: no sale of any currency
            self.buy(number, f"B{number}", at(4, 8), status="billet_printed", currency="USD")
        self.buy(50, "O50", at(4, 9), seller_id="other", amount_minor=10_000)
        for number in range(0, 120, 12):
            self.buy(
                number, f"C{number}", at(6, 1) - timedelta(days=number % 90), product_id="club", amount_minor=2_990
            )
        for number in range(0, 60, 2):  # the entry product, and some of the main one
            self.buy(
                number, f"E{number}", at(5, 1, 1) - timedelta(hours=number * 7), product_id="ebook", amount_minor=4_700
            )
            if number % 3 == 0:
                self.buy(number, f"M{number}", at(5, 6), product_id="mentoring", amount_minor=199_700, currency="BRL")
        self.buy(8, "E8", at(5, 2), product_id="ebook", status="refunded", amount_minor=None)
        self.buy(61, "E61", at(5, 6), product_id="ebook", amount_minor=4_700)  # while the cart is open
        self.buy(63, "E63", at(5, 11, 13), product_id="ebook", amount_minor=4_700)  # as it closes: no lead
        self.buy(149, "L149", at(6, 9, 23), product_id="bread", amount_minor=1_000)  # so long are purchases known

    def write_consents(self) -> None:
        for number in range(0, PEOPLE, 3):
            self.hub.consents.append({"contact": self.people[number].pk, "granted": True, "at": at(3, 1)})
            if number % 4 == 0:
                self.hub.consents.append({"contact": self.people[number].pk, "granted": False, "at": at(5, 1)})
            if number % 8 == 0:
                self.hub.consents.append({"contact": self.people[number].pk, "granted": True, "at": at(5, 9)})

    def write_spend(self) -> None:
        for launch, currency in (("spring", "BRL"), ("summer", "USD")):
            for number, (campaign, minor) in enumerate(((1, 123_456), (1, 1), (2, 70_001), (0, 55), (-1, 9_999))):
                names = ("ads", "cpc", "nobody", "") if campaign < 0 else _CAMPAIGNS[campaign]
                row = {"launch": launch, "day": date(2026, 3, 3 + number), "campaign": names, "currency": currency}
                self.hub.spend.append({**row, "minor": minor})

    def save(self) -> None:
        launches = self.hub.launches
        Capture.objects.bulk_create(
            Capture(
                contact_id=row["contact"], original_contact_id=row["contact"], source="csv",
                launch=launches.get(row["launch_key"]), row_key=build_key("capture", number),
                **{name: value for name, value in row.items() if name != "contact"},
            )
            for number, row in enumerate(self.hub.captures)
        )  # fmt: skip
        Purchase.objects.bulk_create(
            Purchase(
                contact_id=row["contact"], original_contact_id=row["contact"], source="csv",
                row_key=build_key("purchase", number),
                **{name: value for name, value in row.items() if name != "contact"},
            )
            for number, row in enumerate(self.hub.purchases)
        )  # fmt: skip
        ConsentEvent.objects.bulk_create(
            ConsentEvent(
                contact_id=row["contact"], original_contact_id=row["contact"], purpose=Purpose.EMAIL_MARKETING,
                granted=row["granted"], basis=LegalBasis.CONSENT if row["granted"] else "", occurred_at=row["at"],
                source="csv", row_key=build_key("consent", number),
            )
            for number, row in enumerate(self.hub.consents)
        )  # fmt: skip
        for row in self.hub.spend:
            wanted = Campaign.build(row["campaign"])
            names = dict(zip(("utm_source", "utm_medium", "utm_campaign", "utm_content"), row["campaign"], strict=True))
            campaign, _ = Campaign.objects.get_or_create(key=wanted.key, defaults=names)
            Spend.objects.create(launch=launches[row["launch"]], day=row["day"], campaign=campaign,
                                 currency=row["currency"], amount_minor=row["minor"])  # fmt: skip

    def merge(self) -> None:
        for one, other in ((30, 90), (41, 3), (100, 101)):
            with transaction.atomic():
                kept, merged = merge_contacts(self.people[one], self.people[other], reason="test")
            self.hub.merged[merged.pk] = kept.pk
            self.people = [Contact.objects.get(pk=person.pk) if person.pk in (kept.pk, merged.pk) else person
                           for person in self.people]  # fmt: skip

    def count(self) -> None:
        ids = [person.pk for person in self.people]
        for start in range(0, len(ids), 100):
            with transaction.atomic():
                update_rollups(ids[start : start + 100])

    def score(self, folder: Path) -> None:
        """Score the leads of spring, club and mentoring once, and those of summer on two days: few, then nearly all."""
        formatter = ReasonFormatter(EXAMPLE_FEATURES, TextOptions(currency="BRL"))
        plan = (
            ("spring", at(4, 6, 1), ScoreState.FINAL, at(4, 6, 2), "one", 1.0),
            ("club", at(4, 30), ScoreState.FINAL, at(5, 1), "one", 0.8),
            ("mentoring", at(5, 4, 13), ScoreState.FINAL, at(5, 4, 14), "one", 1.0),
            ("summer", at(6, 1), ScoreState.PROVISIONAL, at(6, 1, 4), "one", 0.6),
            ("summer", SCORED - timedelta(seconds=1), ScoreState.PROVISIONAL, SCORED, "two", 0.9),
        )
        for number, (key, as_of, state, when, version, share) in enumerate(plan):
            launch = self.hub.launches[key]
            leads = LaunchLead.objects.filter(launch=launch).order_by("contact_id").values_list("contact_id", flat=True)
            path = folder / f"{key}-{number}.parquet"
            rows = [self._score_one(lead, launch, as_of, version) for lead in leads if self.draw.random() < share]
            pd.DataFrame(rows).to_parquet(path)
            with set_clock(lambda when=when: when):
                store_scores(path, launch, state, formatter)
            self.hub.score_files.setdefault(key, []).append(path)

    def _score_one(self, lead: int, launch: Launch, as_of: datetime, version: str) -> dict[str, Any]:
        probability = round(self.draw.random() ** 3, 3)
        spent = float(self.draw.randrange(50, 900))
        tier = "hot" if probability >= 0.4 else "warm" if probability > 0.1 else "cold"
        return {
            "lead_id": str(lead), "launch_id": launch.key, "as_of": as_of, "probability": probability, "logit": 0.1,
            "score": 100 * probability, "tier": tier, "tier_policy": "reference",
            "reasons": [{"feature": "spend", "group": "money", "value": spent, "contribution": 0.2, "text": "Spent"}],
            "findings": [], "model_version": version, "feature_hash": hash_declarations(EXAMPLE_FEATURES),
            "context_hash": "c",
        }  # fmt: skip

    def object(self) -> None:
        """Withdraw profiling for one who was never scored, and for one who was: the next scoring takes that away."""
        for number in (55, 75, 140):
            person = self.people[number]
            with set_clock(lambda: at(5, 30)):
                withdraw_consent(person, [Purpose.PROFILING], "page")
            self.hub.objectors.add(person.pk)

    def receive(self) -> None:
        """Let some arrive by webhook, each scored some seconds later; leave a file waiting, and a job failed."""
        scores = CurrentScore.objects.filter(launch=self.hub.launches["summer"], scored_at=SCORED).order_by("pk")[:5]
        for score, seconds in zip(scores, (2, 3, 3, 11, 0.5), strict=True):  # of the last the scores do not know yet
            item = InboxItem.objects.create(
                source="hotmart", envelope_id=str(seconds) + str(score.pk), outcome="processed",
                received_at=score.scored_at - timedelta(seconds=seconds),
            )  # fmt: skip
            item.contacts.add(score.contact)
        Upload.objects.create(kind="leads")
        Job.objects.create(kind="sync", state=JobState.FAILED, ended_at=NOW - timedelta(hours=2))


def fill_hub(installation: Installation, policy: CsvLeadPolicy) -> FilledHub:
    """Fill an empty hub, and bring its figures up to date as its jobs do."""
    InstallationRow.objects.update(time_zone=ZONE, csv_lead_policy=policy, created_at=at(1, 1))
    filler = _Filler()
    with set_clock(lambda: NOW):
        filler.create_people()
        filler.create_launches()
        for write in (filler.write_captures, filler.write_purchases, filler.write_consents, filler.write_spend):
            write()
        filler.save()
        filler.merge()
        filler.count()
        filler.object()
        filler.score(installation.data)
        filler.receive()
        _write_backtest(installation.data / BACKTEST_SCORES)
        run_sync({}, lambda message: None)
        with mock.patch.multiple(outcomes, store_model=_store_card, store_drift=_store_drift):  # there is no registry
            run_outcomes({}, lambda message: None)
    return filler.hub


def _store_card() -> str:
    StoredFigures.objects.create(key=MODEL_KEY, values=describe_card(CARD) | {"version": "two"}, computed_at=NOW)
    return "two"


def _store_drift(_history: History) -> str:
    words = {"meaning": "all is as before", "reasons": [], "signals": [], "notes": []}
    drift = {"launch": "summer", "compared_with": ["winter", "spring"], "diagnosis": "none", "action": "keep",
             "texts": {"en": words, "pt_BR": words}}  # fmt: skip
    StoredFigures.objects.create(key=DRIFT_KEY, values=drift, computed_at=NOW)
    return "none"


def _write_backtest(path: Path) -> None:
    """Keep 400 chances of a backtest and what came of them."""
    draw = np.random.default_rng(7)
    chance = draw.uniform(0, 0.6, 400)
    bought = (draw.uniform(size=400) < chance).astype(int)
    path.parent.mkdir(parents=True)
    launches = ["winter"] * 200 + ["spring"] * 200
    pd.DataFrame({"probability": chance, "label": bought, "launch_id": launches}).to_parquet(path)


@contextmanager
def read_at_now() -> Iterator[None]:
    """Let the clock stand at ``NOW``."""
    with set_clock(lambda: NOW):
        yield
