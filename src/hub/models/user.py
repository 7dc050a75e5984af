"""The people who use the hub, and their roles."""

from typing import ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.db import models

from ..clock import get_now


class Role(models.TextChoices):
    """What a user may do (docs/hub.md)."""

    OWNER = "owner", "Owner"
    MARKETER = "marketer", "Marketer"
    SELLER = "seller", "Seller"
    VIEWER = "viewer", "Viewer"


class UserManager(BaseUserManager["User"]):
    """Finds and creates users by e-mail address, in upper or lower case."""

    def create_user(self, email: str, role: Role, password: str | None = None) -> "User":
        """Create a user; without a password nobody can sign in as them before they set one."""
        user = self.model(email=email.strip().lower(), role=role)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def get_by_natural_key(self, username: str | None) -> "User":
        """Return the user with an e-mail address."""
        return self.get(email=(username or "").strip().lower())


class User(AbstractBaseUser):
    """Somebody who signs in with an e-mail address."""

    email = models.EmailField(unique=True)
    name = models.CharField(max_length=200, blank=True)
    role = models.CharField(max_length=16, choices=Role.choices, default=Role.VIEWER)
    is_active = models.BooleanField(default=True)
    language = models.CharField(max_length=16, blank=True)
    created_at = models.DateTimeField(default=get_now, editable=False)

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = ["role"]

    objects: ClassVar[UserManager] = UserManager()

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.CheckConstraint(condition=models.Q(role__in=Role.values), name="user_role_is_known")
        ]

    def __str__(self) -> str:
        """Return the id: an address must not get into a log."""
        return f"user {self.pk}"
