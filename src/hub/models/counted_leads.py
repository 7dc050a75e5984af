"""What contacts are in launches by their rows: who is a lead, since which day, by which campaign and in which tier.

A lead of a launch has a capture in it, a present score, or, where the launch is paid, a sale of its entry product.
"""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from ..clock import get_now
from .capture import Capture
from .installation import Installation
from .launch import Launch, Strategy
from .launch_lead import BILLIONTHS, CAMPAIGN_FIELDS, UTM_FIELDS, Campaign, LaunchLead
from .purchase import Purchase, PurchaseStatus
from .score import CurrentScore

_SALES = (PurchaseStatus.APPROVED, PurchaseStatus.COMPLETE)

#: By launch and contact.
LeadsByKey = dict[tuple[int, int], LaunchLead]


def build_counted_leads(contact_ids: Collection[int], launches: Mapping[int, Launch]) -> LeadsByKey:
    """Return what the contacts are in each launch, by their rows: without outcomes, not saved."""
    zone = ZoneInfo(Installation.objects.values_list("time_zone", flat=True).get())
    captures: dict[tuple[int, int], list[Capture]] = defaultdict(list)
    rows = Capture.objects.visible().filter(contact__in=contact_ids, launch__in=launches).order_by("captured_at", "pk")
    for capture in rows.only("launch_id", "contact_id", "captured_at", *UTM_FIELDS):
        captures[capture.launch_id or 0, capture.contact_id].append(capture)
    scores = {
        (score.launch_id, score.contact_id): score
        for score in CurrentScore.objects.filter(contact__in=contact_ids, launch__in=launches).only(
            "launch_id", "contact_id", "tier", "probability", "as_of"
        )
    }
    entries = _read_entries(contact_ids, launches)
    campaigns = find_campaigns({_name_campaign(of_lead) for of_lead in captures.values()} | {_name_campaign([])})
    leads: LeadsByKey = {}
    for key in {*captures, *scores, *entries}:
        own, score = captures.get(key, []), scores.get(key)
        began = own[0].captured_at if own else entries.get(key) or (score.as_of if score else get_now())
        leads[key] = LaunchLead(
            launch_id=key[0],
            contact_id=key[1],
            day=began.astimezone(zone).date(),
            campaign_id=campaigns[_name_campaign(own)],
            tier=score.tier if score else "",
            chance=round(score.probability * BILLIONTHS) if score else 0,
            captures=len(own),
            **{f"with_{name}": sum(bool(getattr(capture, name)) for capture in own) for name in UTM_FIELDS},
        )
    return leads


def _read_entries(contact_ids: Collection[int], launches: Mapping[int, Launch]) -> dict[tuple[int, int], datetime]:
    """Return when the leads of paid launches first bought the entry product, before the cart closed."""
    paid = [launch for launch in launches.values() if launch.strategy == Strategy.PAID and launch.entry_product_id]
    if not paid:
        return {}
    products = {launch.entry_product_id for launch in paid}
    own = Purchase.objects.visible().filter(contact__in=contact_ids, seller_id="")
    sales = own.filter(product_id__in=products, status__in=_SALES)
    first: dict[tuple[int, int], datetime] = {}
    for contact_id, product, at in sales.order_by("-occurred_at").values_list(
        "contact_id", "product_id", "occurred_at"
    ):
        for launch in paid:
            if launch.entry_product_id == product and not (launch.cart_closes_at and at >= launch.cart_closes_at):
                first[launch.pk, contact_id] = at
    return first


def _name_campaign(captures: Sequence[Capture]) -> tuple[str, ...]:
    """Return the campaign of the latest of a lead's captures in time's order."""
    return tuple(getattr(captures[-1], name) if captures else "" for name in CAMPAIGN_FIELDS)


def find_campaigns(names: set[tuple[str, ...]]) -> dict[tuple[str, ...], int]:
    """Return the ids of campaigns, of which new ones are created."""
    wanted = [Campaign.build(name) for name in sorted(names)]
    keys = [campaign.key for campaign in wanted]
    if Campaign.objects.filter(key__in=keys).count() < len(keys):
        Campaign.objects.bulk_create(wanted, ignore_conflicts=True)
    found = Campaign.objects.filter(key__in=keys).values_list(*CAMPAIGN_FIELDS, "pk")
    return {row[:-1]: row[-1] for row in found}
