"""Hotmart accounts whose webhooks are taken in: their tokens, and what their people agreed to.

Hotmart signs a delivery with one secret of the account, the hottok. When it changes, the one before holds for a week:
deliveries that Hotmart tries again still carry it.
"""

import hashlib
import hmac
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction

from ....language import Phrase
from ...clock import get_now
from ...models import Connection, ConnectionKind, User
from ...models.audit import record_action
from ...people.consent import ConsentTerms, read_terms
from ..connections import ConnectionSetupError, add_connection
from ..countries import find_country
from .deliveries import DeliveryKind
from .tracking import DEFAULT_PATTERN, check_pattern

#: So long the hottok before the present one holds.
FORMER_DAYS = 7
#: Kinds of deliveries that purpose, basis and text are declared for.
DECLARED_KINDS = (DeliveryKind.SALES, DeliveryKind.SLIPS, DeliveryKind.CARTS)
_MIN_HOTTOK, _MAX_HOTTOK = 6, 200
_PRESENT, _FORMER, _FORMER_ENDS = "hottok", "former_hottok", "former_hottok_ends_at"


@dataclass(frozen=True)
class AccountSettings:
    """How an account's deliveries are read.

    Attributes
    ----------
    sck
        How ``sck`` is split into UTM fields.
    default_country
        Where phone numbers without a country code are, unless the checkout says it.
    """

    sck: str = DEFAULT_PATTERN
    default_country: str = ""


def add_account(
    name: str,
    hottok: str,
    settings: AccountSettings,
    terms: Mapping[DeliveryKind, ConsentTerms],
    actor: User | None = None,
) -> Connection:
    """Add an account whose webhooks are taken in.

    Parameters
    ----------
    name
        The owner's name for it.
    hottok
        The token that Hotmart sends with each delivery.
    settings
        How its deliveries are read.
    terms
        Purpose, basis and text of the consent to record, by the kind of delivery; none where a kind is missing.
    actor
        Who adds it; None: somebody on the machine itself.

    Raises
    ------
    ConnectionSetupError
        The name is another's, or the hottok is none or another account's.
    """
    return add_connection(
        ConnectionKind.HOTMART,
        name,
        {_PRESENT: _check_hottok(hottok)},
        settings=describe_settings(settings),
        terms={kind.value: describe_terms(declared) for kind, declared in terms.items()},
        actor=actor,
    )


def describe_settings(settings: AccountSettings) -> dict[str, str]:
    """Return settings as a connection keeps them. Raises HubError for a pattern or a country that is none."""
    return {"sck": check_pattern(settings.sck), "default_country": check_country(settings.default_country)}


def check_country(country: str) -> str:
    """Return the code of a country; empty where none is given. Raises ConnectionSetupError where it is none."""
    code = find_country(country)
    if country and not code:
        raise ConnectionSetupError(Phrase("{country!r} is no country; give a code such as BR", country=country))
    return code


def describe_terms(terms: ConsentTerms) -> dict[str, str]:
    """Return declared terms as a connection keeps them."""
    return {
        "purpose": terms.purpose,
        "basis": terms.basis,
        "text": terms.text,
        "text_version": terms.text_version,
    }


def rotate_hottok(connection: Connection, hottok: str, actor: User | None = None) -> None:
    """Give an account another hottok; the one before holds for a week. Raises as ``add_account`` does."""
    hottok = _check_hottok(hottok)
    ends_at = get_now() + timedelta(days=FORMER_DAYS)
    with transaction.atomic():
        locked = Connection.objects.select_for_update().get(pk=connection.pk, removed_at=None)
        former = locked.read_secrets()[_PRESENT]
        locked.set_secrets({_PRESENT: hottok, _FORMER: former, _FORMER_ENDS: ends_at.isoformat()})
        locked.save(update_fields=["secrets"])
        record_action(actor, "connection.rotated", locked)


def read_settings(connection: Connection) -> AccountSettings:
    """Return how an account's deliveries are read."""
    return AccountSettings(connection.settings["sck"], connection.settings["default_country"])


def read_declared_terms(connection: Connection) -> dict[DeliveryKind, ConsentTerms]:
    """Return what an account declares for its kinds of deliveries."""
    read = {DeliveryKind(kind): read_terms(**declared) for kind, declared in connection.terms.items()}
    return {kind: terms for kind, terms in read.items() if terms is not None}


def load_hottoks() -> list[tuple[int, bytes]]:
    """Return the digests of the tokens that hold now, each with its connection's id."""
    now = get_now()
    hottoks = []
    for connection in Connection.objects.filter(kind=ConnectionKind.HOTMART, removed_at=None):
        secrets = connection.read_secrets()
        hottoks.append((connection.pk, _hash_hottok(secrets[_PRESENT].encode())))
        if _FORMER in secrets and datetime.fromisoformat(secrets[_FORMER_ENDS]) > now:
            hottoks.append((connection.pk, _hash_hottok(secrets[_FORMER].encode())))
    return hottoks


def match_hottok(hottok: bytes, hottoks: Sequence[tuple[int, bytes]]) -> int | None:
    """Return the connection that a token is of, in a time that tells nothing of the tokens; None: of none."""
    digest, found = _hash_hottok(hottok), None
    for connection_id, valid in hottoks:
        if hmac.compare_digest(digest, valid):
            found = connection_id
    return found


def _hash_hottok(hottok: bytes) -> bytes:
    """Return a digest: comparing texts of unequal length tells their length."""
    return hashlib.sha256(hottok).digest()


def _check_hottok(hottok: str) -> str:
    hottok = hottok.strip()
    if not (_MIN_HOTTOK <= len(hottok) <= _MAX_HOTTOK and hottok.isascii() and hottok.isprintable()):
        raise ConnectionSetupError(Phrase("this is no hottok: copy it from Hotmart, Tools, Webhook, Authentication"))
    if match_hottok(hottok.encode(), load_hottoks()) is not None:
        raise ConnectionSetupError(Phrase("a connection has this hottok already"))
    return hottok
