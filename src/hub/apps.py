"""The hub as a Django application."""

from django.apps import AppConfig


class HubConfig(AppConfig):
    """The application ``hub``: its models are in ``hotleads.hub.models``."""

    name = "hotleads.hub"
    label = "hub"
    default_auto_field = "django.db.models.BigAutoField"
