"""Find the person that somebody names by an address."""

from ...language import Phrase
from ..errors import HubError
from ..models import Contact, Identity, IdentityKind, Tombstone
from ..people.identifiers import normalise_email
from ..people.tombstones import hash_lookups
from ..sealing import hash_lookup


def find_person(email: str) -> Contact:
    """Return the contact who has an address, now or by a merge; an erased one too.

    Raises HubError, without the address, where it is none or nobody has it.
    """
    normal = normalise_email(email)
    if normal is None:
        raise HubError(Phrase("this is no e-mail address; give one of the person's as they wrote it"))
    key = hash_lookup("email", normal)
    contact = Contact.objects.filter(email_hmac=key).first()
    if contact is None:
        identity = Identity.objects.filter(kind=IdentityKind.EMAIL, value_hmac=key).select_related("contact").first()
        contact = identity.contact if identity else _find_erased(key)
    if contact is None:
        raise HubError(
            Phrase("nobody has this e-mail address; look for other addresses of the person on the page Leads")
        )
    return contact.merged_into or contact


def _find_erased(key: bytes) -> Contact | None:
    digests = hash_lookups([(IdentityKind.EMAIL, key)], [])
    stones = Tombstone.objects.filter(digest__in=digests, erasure__isnull=False)
    stone = stones.select_related("erasure__contact").first()
    return stone.erasure.contact if stone and stone.erasure else None
