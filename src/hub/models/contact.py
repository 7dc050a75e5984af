"""Contacts, what identifies them, and their merges. A contact's id never changes: it is the history's ``lead_id``."""

from typing import ClassVar

from django.db import models

from ..clock import get_now
from ..sealing.fields import DigestField, SealedTextField


class Contact(models.Model):
    """A person.

    ``merged_into`` is the contact that a merged one belongs to now, never itself merged. A contact came by files only
    (``came_by_file_only``) until it is captured another way or buys from the owner (HL-7's policy). ``said_at`` has the
    instants at which its phone, name, country and language were said: of two the first stays, in any order of rows.
    """

    email = SealedTextField(null=True)
    email_hmac = DigestField(null=True, unique=True)
    phone = SealedTextField(null=True)
    phone_hmac = DigestField(null=True, db_index=True)
    name = SealedTextField(null=True)
    country = models.CharField(max_length=2, blank=True)
    language = models.CharField(max_length=16, blank=True)
    said_at = models.JSONField(default=dict)
    came_by_file_only = models.BooleanField(default=True)
    merged_into = models.ForeignKey(
        "self", null=True, on_delete=models.PROTECT, related_name="merged_contacts", db_index=False
    )
    created_at = models.DateTimeField(default=get_now, editable=False)
    erased_at = models.DateTimeField(null=True, editable=False)

    class Meta:
        indexes: ClassVar[list[models.Index]] = [
            # Of the few that merged: SQLite took an index of all for a short way to those that did not.
            models.Index(
                fields=["merged_into"], condition=models.Q(merged_into__isnull=False), name="contact_that_merged"
            )
        ]

    def __str__(self) -> str:
        return f"contact {self.pk}"


class IdentityKind(models.TextChoices):
    """What an identifier is."""

    EMAIL = "email", "E-mail address"
    PHONE = "phone", "Phone number"
    VENDOR = "vendor", "Id at a vendor"


class Identity(models.Model):
    """One identifier of a contact: an address, a number, or an id at a vendor. Several contacts may share a phone.

    ``is_shared`` marks a phone that came for another contact too; the mark stays when one of the two goes.
    """

    contact = models.ForeignKey(Contact, on_delete=models.CASCADE, related_name="identities", db_index=False)
    kind = models.CharField(max_length=16, choices=IdentityKind.choices)
    source = models.CharField(max_length=32, blank=True)
    value = SealedTextField()
    value_hmac = DigestField()
    first_seen_at = models.DateTimeField(default=get_now, editable=False)
    is_shared = models.BooleanField(default=False, editable=False)

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(
                fields=["kind", "source", "value_hmac"],
                condition=~models.Q(kind="phone"),
                name="identity_belongs_to_one_contact",
            ),
            models.UniqueConstraint(fields=["contact", "kind", "source", "value_hmac"], name="identity_is_noted_once"),
        ]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["value_hmac"], name="identity_value_hmac"),
            models.Index(
                fields=["value_hmac", "contact"], condition=models.Q(is_shared=True), name="identity_that_is_shared"
            ),
        ]

    def __str__(self) -> str:
        return f"identity {self.pk}"


class ContactMerge(models.Model):
    """One merge of two contacts: ``merged`` became part of ``kept``. Undoing it sets ``undone_at``.

    ``moved`` says by ids and names of columns what went over, and is what undoing gives back.
    """

    kept = models.ForeignKey(Contact, on_delete=models.PROTECT, related_name="merges")
    merged = models.ForeignKey(Contact, on_delete=models.PROTECT, related_name="+")
    reason = models.CharField(max_length=32)
    merged_at = models.DateTimeField(default=get_now, editable=False)
    undone_at = models.DateTimeField(null=True, editable=False)
    moved = models.JSONField(default=dict)

    def __str__(self) -> str:
        return f"merge {self.pk}"
