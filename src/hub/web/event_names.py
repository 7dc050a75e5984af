"""Types of events as people call them; one that is not here is called by its own name."""

from django.utils.translation import gettext_lazy

from ...language import Phrase
from .formats import register, translate_phrase

_NAMES = {
    "calculator_used": gettext_lazy("Used the calculator"),
    "cart_abandoned": gettext_lazy("Left a cart"),
    "cart_viewed": gettext_lazy("Looked into the cart"),
    "checkout_started": gettext_lazy("Began a checkout"),
    "comparison_page_visit": gettext_lazy("Visited a comparison"),
    "contact_sales": gettext_lazy("Wrote to the seller"),
    "demo_request": gettext_lazy("Asked for a demonstration"),
    "documentation_visit": gettext_lazy("Visited the syllabus"),
    "email_clicked": gettext_lazy("Clicked in an e-mail"),
    "file_downloaded": gettext_lazy("Downloaded a file"),
    "free_registration": gettext_lazy("Registered for free"),
    "live_class_attended": gettext_lazy("Attended a live class"),
    "members_first_access": gettext_lazy("First entered the members' area"),
    "members_module_completed": gettext_lazy("Completed a module"),
    "members_progress": gettext_lazy("Went on in the members' area"),
    "message_to_seller": gettext_lazy("Wrote to the seller"),
    "page_view": gettext_lazy("Looked at a page"),
    "payment_info_entered": gettext_lazy("Entered payment details"),
    "pricing_page_visit": gettext_lazy("Visited the page of prices"),
    "product_added": gettext_lazy("Put a product into the cart"),
    "product_list_viewed": gettext_lazy("Looked at products"),
    "product_rated": gettext_lazy("Rated a product"),
    "return_visit": gettext_lazy("Came back"),
    "sales_page_visit": gettext_lazy("Visited the sales page"),
    "syllabus_visit": gettext_lazy("Visited the syllabus"),
    "trial_started": gettext_lazy("Began a trial"),
    "webinar_attended": gettext_lazy("Attended a live class"),
    "webinar_registered": gettext_lazy("Registered for a live class"),
}


@register.filter("event_name")
def name_event(event_type: str) -> str:
    """Return what people call a type of event."""
    return str(_NAMES.get(event_type, event_type))


@register.filter("signal_name")
def name_signal(signal: str) -> str:
    """Return the name of a signal of the scorecard in the reader's language."""
    return translate_phrase(Phrase(signal))
