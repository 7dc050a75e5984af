"""Links by which people take consent back without signing in: signed, without an end, and without anybody's name."""

from django.core.signing import BadSignature, Signer

from ..errors import HubError
from ..models import Contact, Purpose

#: The purposes that a person decides over; ``service`` goes with a purchase.
CHOSEN_PURPOSES = (Purpose.EMAIL_MARKETING, Purpose.PHONE_MARKETING, Purpose.ADS_SHARING, Purpose.PROFILING)
_SALT = "hotleads.hub.consent"


class ConsentLinkError(HubError):
    """The link was changed or cut, or its person is gone."""

    code = "consent-link"


def build_consent_token(contact: Contact, purpose: Purpose | None = None) -> str:
    """Return the token of a link: of one purpose, or of all that a person decides over."""
    return Signer(salt=_SALT).sign_object([contact.pk, purpose.value if purpose else ""])


def read_consent_token(token: str) -> tuple[Contact, tuple[Purpose, ...]]:
    """Return whose link it is, after all merges, and the purposes that it is for. Raises ConsentLinkError."""
    try:
        contact_id, purpose = Signer(salt=_SALT).unsign_object(token)
    except (BadSignature, ValueError):
        raise ConsentLinkError("the link is incomplete; open it from the mail again") from None
    contact = Contact.objects.filter(pk=contact_id).select_related("merged_into").first()
    contact = contact and (contact.merged_into or contact)
    if contact is None or contact.erased_at is not None:
        raise ConsentLinkError("nothing is kept of the person of this link")
    return contact, (Purpose(purpose),) if purpose else CHOSEN_PURPOSES
