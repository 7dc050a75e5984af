"""Every place that something about a person is kept in, and what removes it there.

A table with a personal column, or with a key of a contact, belongs to an eraser or to ``KEPT_TABLES``: a test reads
the schema and fails for one that is in neither.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from importlib import import_module


@dataclass(frozen=True)
class ErasedPerson:
    """Whom to erase.

    Attributes
    ----------
    erasure_id
        The receipt that this belongs to.
    contact_ids
        The contact, and those that were merged into it.
    texts
        Addresses, numbers and names as they are known; empty where an erasure goes on after its last step.
    learned_since
        When the first row of the person came; None: none ever did.
    """

    erasure_id: int
    contact_ids: tuple[int, ...]
    texts: tuple[str, ...] = field(repr=False)
    learned_since: datetime | None


#: Removes a person from one kind of place and returns how many rows or files went. It may run again after a crash.
EraseFunction = Callable[[ErasedPerson], int]


@dataclass(frozen=True)
class Eraser:
    """What removes a person from one kind of place.

    Attributes
    ----------
    name
        What the receipt calls the place.
    target
        ``module:function`` of an ``EraseFunction``: upper rooms are named without being imported.
    tables
        The tables that it reaches.
    """

    name: str
    target: str
    tables: tuple[str, ...] = ()

    def load(self) -> EraseFunction:
        """Return the function."""
        module, _, function = self.target.partition(":")
        loaded: EraseFunction = getattr(import_module(module), function)
        return loaded


#: In this order: rows before what is made of them, and last what the person is recognised by.
ERASERS = (
    Eraser(
        "rows",
        "hotleads.hub.privacy.erased_rows:erase_rows",
        (
            "hub_capture",
            "hub_purchase",
            "hub_event",
            "hub_subscription",
            "hub_score",
            "hub_score_current",
            "hub_launch_lead",
            "hub_reviewrequest",
        ),
    ),
    Eraser("inbox", "hotleads.hub.privacy.erased_rows:erase_inbox", ("hub_inboxitem", "hub_inboxitem_contacts")),
    Eraser("uploads", "hotleads.hub.privacy.erased_files:erase_uploads", ("hub_upload",)),
    Eraser("judged_files", "hotleads.hub.privacy.erased_files:erase_judged_files", ("hub_judgement",)),
    Eraser("feed", "hotleads.hub.privacy.erased_files:erase_feed"),
    Eraser("history", "hotleads.hub.privacy.erased_files:erase_history"),
    Eraser("files", "hotleads.hub.privacy.erased_files:erase_lead_files"),
    Eraser("models_marked", "hotleads.hub.privacy.erased_files:mark_models"),
    Eraser(
        "identifiers",
        "hotleads.hub.privacy.erased_rows:erase_identifiers",
        ("hub_contact", "hub_identity", "hub_contactmerge"),
    ),
)

#: Tables that erasure leaves standing, with the reason.
KEPT_TABLES = {
    "hub_auditentry": "who did what, by ids alone",
    "hub_connection": "the secrets of an account of the owner",
    "hub_consentevent": "proof of what was agreed to, with the contact's id alone",
    "hub_erasure": "the receipt, with the contact's id alone",
    "hub_tombstone": "keyed hashes that keep the person out",
    "hub_user": "somebody who works here; an owner removes them on the page Users",
}
