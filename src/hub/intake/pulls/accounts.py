"""Accounts that are pulled: added with their credentials, tested, and asked for what they hold on a schedule."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from django.db import transaction

from ....language import Phrase
from ...connectors.addresses import check_url
from ...connectors.hotmart_client import PRODUCTION_URL, TOKEN_URL
from ...engine.schedules import set_schedule
from ...models import Connection, ConnectionKind, Installation, Pull, User
from ...models.audit import record_action
from ...people.consent import ConsentTerms
from ..connections import ConnectionSetupError, add_connection, name_schedule
from ..hotmart.accounts import AccountSettings, check_country, describe_settings, describe_terms
from ..hotmart.deliveries import DeliveryKind
from ..row_writer import UTM_FIELDS

JOB_KIND = "pull"


@dataclass(frozen=True)
class HotmartCredentials:
    """Credentials as Hotmart's panel shows them (Tools, Hotmart Credentials); ``basic`` may be empty."""

    client_id: str = field(repr=False)
    client_secret: str = field(repr=False)
    basic: str = field(default="", repr=False)


@dataclass(frozen=True)
class HotmartPulls:
    """What is pulled of a Hotmart account.

    Attributes
    ----------
    since
        The first day whose sales and subscriptions are asked for.
    members_areas
        The product's id by the subdomain of its members' area.
    base_url, token_url
        Where Hotmart answers; the sandbox has an address of its own.
    allow_private
        Whether that may be inside the network.
    """

    since: datetime
    members_areas: Mapping[str, str] = field(default_factory=dict)
    base_url: str = PRODUCTION_URL
    token_url: str = TOKEN_URL
    allow_private: bool = False


@dataclass(frozen=True)
class ActiveCampaignPulls:
    """What is pulled of an ActiveCampaign account.

    Attributes
    ----------
    lists
        The ids of the lists whose contacts are taken; none: all contacts.
    utm_fields
        The title or id of the custom field by UTM field, where it is not called like it.
    default_country
        Where phone numbers without a country code are.
    allow_private
        Whether the account's address may be inside the network.
    """

    lists: Sequence[str] = ()
    utm_fields: Mapping[str, str] = field(default_factory=dict)
    default_country: str = ""
    allow_private: bool = False


def add_hotmart_api(
    name: str,
    credentials: HotmartCredentials,
    pulls: HotmartPulls,
    settings: AccountSettings,
    terms: Mapping[DeliveryKind, ConsentTerms],
    actor: User | None = None,
) -> Connection:
    """Add a Hotmart account that is asked by its credentials, every night.

    Parameters
    ----------
    name
        The owner's name for it.
    credentials
        What it is asked by.
    pulls
        What is asked for.
    settings
        How its sales are read, as those of webhooks are.
    terms
        Purpose, basis and text of the consent to record, by the kind of row; none where a kind is missing.
    actor
        Who adds it; None: somebody on the machine itself.

    Raises
    ------
    ConnectionSetupError
        The name is another's, or a value is none.
    """
    if not credentials.client_id.strip() or not credentials.client_secret.strip():
        raise ConnectionSetupError(
            Phrase("give the client id and the client secret: Hotmart, Tools, Hotmart Credentials")
        )
    secrets = {
        "client_id": credentials.client_id.strip(),
        "client_secret": credentials.client_secret.strip(),
        "basic": credentials.basic.strip(),
    }
    chosen = {
        **describe_settings(settings),
        "since": pulls.since.isoformat(),
        "members_areas": dict(pulls.members_areas),
        "base_url": check_url(pulls.base_url, allow_private=pulls.allow_private),
        "token_url": check_url(pulls.token_url, allow_private=pulls.allow_private),
        "allow_private": pulls.allow_private,
    }
    declared = {kind.value: describe_terms(one) for kind, one in terms.items()}
    with transaction.atomic():
        connection = add_connection(
            ConnectionKind.HOTMART_API, name, secrets, settings=chosen, terms=declared, actor=actor
        )
        _schedule_pull(connection)
    return connection


def add_activecampaign(
    name: str,
    url: str,
    api_key: str,
    pulls: ActiveCampaignPulls,
    terms: ConsentTerms | None = None,
    actor: User | None = None,
) -> Connection:
    """Add an ActiveCampaign account whose contacts are pulled every night.

    Parameters
    ----------
    name
        The owner's name for it.
    url, api_key
        The address and the key as ActiveCampaign shows them (Settings, Developer).
    pulls
        What is taken of it.
    terms
        What its contacts agreed to; None: no consent is recorded.
    actor
        Who adds it; None: somebody on the machine itself.

    Raises
    ------
    ConnectionSetupError
        The name is another's, or a value is none.
    """
    if not api_key.strip():
        raise ConnectionSetupError(Phrase("give the API key: ActiveCampaign, Settings, Developer"))
    unknown = set(pulls.utm_fields) - set(UTM_FIELDS)
    if unknown:
        raise ConnectionSetupError(
            Phrase(
                "{unknown}: UTM fields are {known}",
                unknown=", ".join(sorted(unknown)),
                known=", ".join(UTM_FIELDS),
            )
        )
    chosen = {
        "base_url": check_url(url, allow_private=pulls.allow_private),
        "allow_private": pulls.allow_private,
        "lists": [str(number).strip() for number in pulls.lists],
        "utm_fields": dict(pulls.utm_fields),
        "default_country": check_country(pulls.default_country),
    }
    declared = {"contacts": describe_terms(terms)} if terms else {}
    with transaction.atomic():
        connection = add_connection(
            ConnectionKind.ACTIVECAMPAIGN,
            name,
            {"api_key": api_key.strip()},
            settings=chosen,
            terms=declared,
            actor=actor,
        )
        _schedule_pull(connection)
    return connection


def choose_lists(connection: Connection, lists: Sequence[str], actor: User | None = None) -> None:
    """Take the contacts of some lists of an ActiveCampaign account from now on; of none: all contacts.

    The next pull asks for everybody in them again: who is in a list is no change of a contact.
    """
    with transaction.atomic():
        locked = Connection.objects.select_for_update().get(pk=connection.pk, removed_at=None)
        locked.settings = {**locked.settings, "lists": list(lists)}
        locked.save(update_fields=["settings"])
        Pull.objects.filter(connection=locked).update(covered_until=None, cursor=None)
        record_action(actor, "connection.lists_chosen", locked, lists=list(lists))


def _schedule_pull(connection: Connection) -> None:
    """Pull every night, each account at a minute of its own."""
    cron = f"{connection.pk * 7 % 60} 3 * * *"
    zone = Installation.objects.values_list("time_zone", flat=True).first() or "UTC"
    set_schedule(name_schedule(connection), JOB_KIND, {"connection_id": connection.pk}, cron=cron, time_zone=zone)
