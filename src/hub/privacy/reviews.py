"""Requests to review an automated decision, queued for a person."""

from django.db import transaction

from ...language import Phrase
from ..clock import get_now
from ..errors import HubError
from ..models import Contact, ReviewRequest, ReviewState, User
from ..models.audit import record_action


def queue_review(contact: Contact, actor: User | None) -> ReviewRequest:
    """Queue a review of a contact's scores; where one is open it stays the one."""
    with transaction.atomic():
        review, is_new = ReviewRequest.objects.get_or_create(
            contact=contact, state=ReviewState.OPEN, defaults={"requested_by": actor}
        )
        if is_new:
            record_action(actor, "review.requested", review.contact)
    return review


def answer_review(review: ReviewRequest, state: ReviewState, words: str, actor: User) -> None:
    """Answer a review. Raises HubError for one that is answered already."""
    with transaction.atomic():
        changes = {"state": state, "answer": words, "answered_at": get_now(), "answered_by": actor}
        if not ReviewRequest.objects.filter(pk=review.pk, state=ReviewState.OPEN).update(**changes):
            raise HubError(Phrase("review {number} is answered already", number=str(review.pk)))
        record_action(actor, "review.answered", review.contact, state=state)
