"""How often the hub may ask another service, counted for all its processes together."""

from django.db import models


class RateBudget(models.Model):
    """The budget of one account at one service; ``next_call_at`` is in seconds since 1970, by the system's clock."""

    key = models.CharField(max_length=100, unique=True)
    next_call_at = models.FloatField(default=0.0)

    def __str__(self) -> str:
        return f"rate budget {self.key}"
