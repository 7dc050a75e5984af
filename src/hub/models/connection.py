"""Connections: the accounts elsewhere that rows come from, with their sealed secrets."""

import json
from collections.abc import Mapping
from typing import ClassVar

from django.db import models

from ..clock import get_now
from ..sealing.fields import SealedTextField


class ConnectionKind(models.TextChoices):
    """What an account is, and how its rows come in."""

    HOTMART = "hotmart", "Hotmart webhooks"
    HOTMART_API = "hotmart-api", "Hotmart API"
    ACTIVECAMPAIGN = "activecampaign", "ActiveCampaign"


class Connection(models.Model):
    """One account. ``secrets`` is JSON; ``terms`` says for each kind of delivery what its people agreed to.

    A removed connection keeps its row, since what came by it names it; its secrets are gone.
    """

    kind = models.CharField(max_length=32, choices=ConnectionKind.choices)
    name = models.CharField(max_length=100)
    secrets = SealedTextField(null=True)
    settings = models.JSONField(default=dict)
    terms = models.JSONField(default=dict)
    created_at = models.DateTimeField(default=get_now, editable=False)
    removed_at = models.DateTimeField(null=True, editable=False)

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(
                fields=["kind", "name"], condition=models.Q(removed_at=None), name="connection_has_its_own_name"
            )
        ]

    def __str__(self) -> str:
        return f"connection {self.pk} ({self.kind})"

    def read_secrets(self) -> dict[str, str]:
        """Return the secrets by name; none for a removed connection."""
        secrets: dict[str, str] = json.loads(self.secrets or "{}")
        return secrets

    def set_secrets(self, secrets: Mapping[str, str]) -> None:
        """Replace the secrets, sealed once the row is saved."""
        self.secrets = json.dumps(dict(secrets))
