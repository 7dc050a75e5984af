"""What may be sent to whom: grants, withdrawals, and the counts that pages show."""

from datetime import timedelta

from hotleads.hub.clock import get_now, set_clock
from hotleads.hub.models import ConsentEvent, Contact, CurrentScore, Launch, LegalBasis, Purpose, Tier
from hotleads.hub.people.consent import (
    ConsentTerms,
    Grant,
    Reachable,
    Suppression,
    count_reachable,
    find_suppressions,
    list_permitted,
    record_consent,
    withdraw_consent,
)
from hotleads.hub.people.merging import merge_contacts
from tests.hub.installations import Installation
from tests.hub.rows import NOON, create_contact, create_launch

MAIL = Purpose.EMAIL_MARKETING


def grant(contact: Contact, origin: bytes = b"row") -> None:
    terms = ConsentTerms(MAIL, LegalBasis.CONSENT, "I agree", "2026-01")
    record_consent(terms, [Grant(contact, get_now() - timedelta(minutes=1), "upload 1", origin)], "csv")


def score(contact: Contact, launch: Launch, tier: Tier = Tier.HOT) -> None:
    CurrentScore.objects.create(
        contact=contact, launch=launch, state="final", as_of=NOON, probability=0.2, logit=0, score=0,
        tier=tier, tier_policy="", model_version="", feature_hash="", context_hash="",
    )  # fmt: skip


def test_a_launch_counts_which_hot_leads_it_may_write_to_and_why_not_the_others(installation: Installation) -> None:
    launch = create_launch()
    permitted, withdrawn, unknown, elsewhere, cold, doubled = (create_contact() for _ in range(6))
    for contact in (permitted, withdrawn, unknown, doubled):
        score(contact, launch)
    score(elsewhere, create_launch("autumn"))
    score(cold, launch, Tier.COLD)
    for contact in (permitted, withdrawn, elsewhere, cold):
        grant(contact, str(contact.pk).encode())
    withdraw_consent(withdrawn, [MAIL], "unsubscribe")
    merge_contacts(permitted, doubled, reason="same_email")  # one person is counted once
    reachable = count_reachable(launch, Tier.HOT, MAIL)
    assert reachable == Reachable(people=3, permitted=1, withdrawn=1, without_basis=1)
    assert count_reachable(launch, Tier.HOT, Purpose.ADS_SHARING) == Reachable(3, 0, 0, 3)


def test_nothing_is_sent_without_a_grant_or_after_a_withdrawal(installation: Installation) -> None:
    ana, bruno, carla = (create_contact() for _ in range(3))
    grant(ana, b"ana")
    grant(bruno, b"bruno")
    withdraw_consent(bruno, [MAIL], "unsubscribe")
    assert find_suppressions([ana.pk, bruno.pk, carla.pk], MAIL) == {
        bruno.pk: Suppression.WITHDRAWN,
        carla.pk: Suppression.NO_BASIS,
    }


def test_a_withdrawal_is_recorded_once_also_where_nothing_was_granted(installation: Installation) -> None:
    ana = create_contact()
    assert withdraw_consent(ana, list(Purpose), "preferences") == list(Purpose)
    assert withdraw_consent(ana, [MAIL], "unsubscribe") == []
    assert ConsentEvent.objects.filter(contact=ana, granted=False).count() == len(Purpose)


def test_a_later_grant_counts_again(installation: Installation) -> None:
    ana = create_contact()
    with set_clock(lambda: NOON):
        withdraw_consent(ana, [MAIL], "unsubscribe")
    grant(ana)
    assert list_permitted([ana.pk], MAIL) == {ana.pk}
