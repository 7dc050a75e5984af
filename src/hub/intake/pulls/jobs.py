"""The job ``pull``: everything that a connection's account holds, and the test that its credentials are right."""

from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import Any

from django.db import transaction

from ....history.progress import ProgressCallback, ignore_progress
from ....language import Phrase
from ...connectors.activecampaign_client import ActiveCampaignAccount, ActiveCampaignClient
from ...connectors.hotmart_client import HotmartAccount, HotmartClient
from ...connectors.retries import RetryPolicy
from ...connectors.sessions import open_session
from ...engine.kinds import Options, Result
from ...engine.queue import enqueue_job
from ...models import Connection, ConnectionKind, Job, JobState, Pull, User
from ...models.audit import record_action
from ...sealing import hash_lookup
from ..connections import ConnectionSetupError
from .accounts import JOB_KIND
from .contacts import pull_contacts
from .products import pull_products
from .runs import PullRun, run_resource
from .sales import pull_sales
from .students import pull_students
from .subscriptions import pull_subscriptions

#: What is pulled of an account, in this order.
RESOURCES: dict[str, dict[str, Callable[[PullRun[Any]], None]]] = {
    ConnectionKind.HOTMART_API: {
        "products": pull_products,
        "sales": pull_sales,
        "subscriptions": pull_subscriptions,
        "students": pull_students,
    },
    ConnectionKind.ACTIVECAMPAIGN: {"contacts": pull_contacts},
}
_WHILE_SOMEBODY_WAITS = RetryPolicy(max_attempts=2, max_wait_seconds=5.0, timeout_seconds=15.0)
_WAITING = (JobState.QUEUED, JobState.RUNNING)


@dataclass(frozen=True)
class TestedAccount:
    """What an account says of itself.

    Attributes
    ----------
    name
        Whose it is, where the service tells.
    lists
        The names of its lists of contacts by id, where it has such.
    """

    name: str = ""
    lists: dict[str, str] | None = None


def run_pull(options: Options, progress: Callable[[str], None]) -> Result:
    """Pull the connection ``connection_id``: the job behind the schedule and the button."""
    connection = Connection.objects.filter(pk=str(options["connection_id"]), removed_at=None).first()
    if connection is None:
        return {}
    pulls = pull_connection(connection, progress)
    return {pull.resource: {"read": pull.rows_read, "new": pull.rows_new} for pull in pulls}


def pull_connection(
    connection: Connection, progress: ProgressCallback = ignore_progress, resources: Collection[str] = ()
) -> list[Pull]:
    """Pull what an account holds.

    Parameters
    ----------
    connection
        The account's connection.
    progress
        Shows what is done.
    resources
        These alone, such as ``sales``; none: everything.

    Returns
    -------
    list of Pull
        What was found, by resource.

    Raises
    ------
    HubError
        The service refuses the credentials or the request, or answers otherwise than it documents.
    UnavailableError
        The service did not answer; the next pull goes on where this one stopped.
    """
    known = _list_resources(connection)
    unknown = sorted(set(resources) - set(known))
    if unknown:
        raise ConnectionSetupError(f"{', '.join(unknown)}: what is pulled here is {', '.join(known)}")
    with open_session(_build_client(connection)) as session:
        return [
            run_resource(connection, resource, session, pull_rows, progress)
            for resource, pull_rows in known.items()
            if not resources or resource in resources
        ]


def request_pull(connection: Connection, user: User | None = None) -> Job:
    """Ask for a pull, or return the one that waits or runs already."""
    _list_resources(connection)
    options = {"connection_id": connection.pk}
    with transaction.atomic():
        Connection.objects.select_for_update().get(pk=connection.pk)  # of two that ask at once one finds the other's
        waiting = Job.objects.filter(kind=JOB_KIND, state__in=_WAITING, options=options).first()
        if waiting is not None:
            return waiting
        record_action(user, "connection.pull_requested", connection)
        return enqueue_job(JOB_KIND, options, created_by=user)


def check_connection(connection: Connection) -> TestedAccount:
    """Ask an account who it is, with the patience of somebody who waits. Raises what ``pull_connection`` raises."""
    _list_resources(connection)
    client = _build_client(connection, _WHILE_SOMEBODY_WAITS)
    with open_session(client) as session:
        if isinstance(client, HotmartClient):
            profile = session.run(client.get_profile())
            return TestedAccount(profile.name or "")
        pages = session.iter_pages(client.list_lists())
        return TestedAccount(lists={str(row.id): row.name or "" for page in pages for row in page.rows})


def _list_resources(connection: Connection) -> dict[str, Callable[[PullRun[Any]], None]]:
    if connection.kind not in RESOURCES:
        raise ConnectionSetupError(
            Phrase("{connection} sends by itself; there is nothing to pull", connection=connection.name)
        )
    return RESOURCES[connection.kind]


def _build_client(connection: Connection, policy: RetryPolicy | None = None) -> HotmartClient | ActiveCampaignClient:
    secrets, settings = connection.read_secrets(), connection.settings
    if connection.kind == ConnectionKind.ACTIVECAMPAIGN:
        key = _name_budget(connection, settings["base_url"])
        url, allow_private = settings["base_url"], settings["allow_private"]
        return ActiveCampaignClient(ActiveCampaignAccount(key, url, secrets["api_key"], allow_private), policy)
    account = HotmartAccount(
        key=_name_budget(connection, secrets["client_id"]),
        client_id=secrets["client_id"],
        client_secret=secrets["client_secret"],
        basic=secrets["basic"],
        base_url=settings["base_url"],
        token_url=settings["token_url"],
        allow_private=settings["allow_private"],
    )
    return HotmartClient(account, policy)


def _name_budget(connection: Connection, account: str) -> str:
    """Name what two connections to one account share: its calls are counted together."""
    return f"{connection.kind}:{hash_lookup('rate budget', account).hex()[:32]}"
