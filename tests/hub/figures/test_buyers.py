"""Who has bought while a launch runs on."""

from datetime import timedelta

from hotleads.hub.figures.buyers import find_buyers
from tests.hub.installations import Installation
from tests.hub.rows import NOON, build_purchase, create_contact, create_launch


def test_buyers_are_who_bought_the_product_since_it_opened_and_kept_it(installation: Installation) -> None:
    launch = create_launch(cart_opens_at=NOON - timedelta(days=1), cart_closes_at=NOON + timedelta(days=6))
    buyer, owner, refunded, other, of_another = contacts = [create_contact() for _ in range(5)]
    build_purchase(buyer, product_id="course").save()
    build_purchase(owner, product_id="course", occurred_at=NOON - timedelta(days=2)).save()
    build_purchase(refunded, product_id="course").save()
    build_purchase(refunded, 1, product_id="course", status="refunded").save()
    build_purchase(other, product_id="book").save()
    build_purchase(of_another, product_id="course", seller_id="somebody").save()
    assert find_buyers(launch, [contact.pk for contact in contacts]) == {buyer.pk}
