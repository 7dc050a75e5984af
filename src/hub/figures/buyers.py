"""Who has bought while a launch runs on: by the purchases that are here now, before its outcomes are read anew."""

from collections.abc import Collection

from ..models import Launch, Purchase
from ..models.purchase import SALE_STATUSES, TAKEN_BACK_STATUSES
from .launches import get_opening


def find_buyers(launch: Launch, contact_ids: Collection[int]) -> set[int]:
    """Return who of some leads has bought the launch's product from its owner since it opened, and kept it."""
    opens = get_opening(launch)
    if opens is None:
        return set()
    since = Purchase.objects.visible().filter(contact__in=contact_ids, occurred_at__gte=opens, seller_id="")
    if launch.product_id:
        since = since.filter(product_id=launch.product_id)
    rows = list(since.values_list("contact_id", "status"))
    taken_back = {contact for contact, status in rows if status in TAKEN_BACK_STATUSES}
    return {contact for contact, status in rows if status in SALE_STATUSES} - taken_back
