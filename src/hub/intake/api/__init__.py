"""Leads, purchases and events as programs send them to ``/v1``: their types, their validation, their rows."""
