"""People and API keys."""

import hashlib
import secrets
import uuid
from collections.abc import Iterable
from datetime import timedelta
from typing import Any, ClassVar

from django.contrib.auth.models import AbstractBaseUser, BaseUserManager
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils import timezone

from accounts.roles import APPROVERS_MAY, MAY, Permission, Role


class UserManager(BaseUserManager["User"]):
    def create_user(self, email: str, password: str | None = None, **fields: Any) -> "User":
        """A new person who signs in with `email`; without a password only a reset link lets them in."""
        user = self.model(email=self.normalize_email(email).lower(), **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def get_by_natural_key(self, username: str | None) -> "User":
        return self.get(email=(username or "").lower())


class User(AbstractBaseUser):
    """A person who signs in. Signs in by e-mail; is named to others by `name` and role, and in records by `id`."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    email = models.EmailField(unique=True)
    name = models.CharField(max_length=100, blank=True)
    role = models.CharField(max_length=20, choices=Role.choices, default=Role.SUPPORT)
    is_approver = models.BooleanField(default=False)
    """Whether this person may approve erasures that others asked for, whatever their role."""
    is_active = models.BooleanField(default=True)
    date_joined = models.DateTimeField(default=timezone.now)

    objects: ClassVar[UserManager] = UserManager()

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"

    def __str__(self) -> str:
        return self.name or self.email

    def may(self, permission: Permission) -> bool:
        """Whether this person's role, or being an approver, gives them `permission`."""
        if not self.is_active:
            return False
        return Role(self.role) in MAY[permission] or (self.is_approver and permission in APPROVERS_MAY)


class Scope(models.TextChoices):
    """What an API key may be used for."""

    READ = "read", "read memory"
    LEARN = "learn", "give messages to learn from"
    MANAGE = "manage", "create, change and delete agents and blocks"
    PRIVACY = "privacy", "file privacy requests"


ENGINE_SCOPES = (Scope.READ, Scope.LEARN, Scope.MANAGE)
"""All of Letta's API."""


class ApiKey(models.Model):
    """A bearer key for /v1 and /api. The key itself is shown once and kept only as a SHA-256 of its 256 random bits."""

    PREFIX = "mui-"
    # Writing the time of every request would turn each read into a write.
    LAST_USED_PRECISION = timedelta(minutes=1)

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    name = models.CharField(max_length=100)
    start = models.CharField(max_length=12)
    """The first characters of the key, to recognise it by."""
    digest = models.CharField(max_length=64, unique=True)
    scopes = ArrayField(models.CharField(max_length=10, choices=Scope.choices), default=list)
    created_at = models.DateTimeField(default=timezone.now)
    created_by = models.ForeignKey(User, null=True, on_delete=models.SET_NULL)
    last_used_at = models.DateTimeField(null=True)
    revoked_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"{self.name} ({self.start}…)"

    @classmethod
    def issue(
        cls, name: str, created_by: User | None = None, scopes: Iterable[Scope] = ENGINE_SCOPES
    ) -> tuple["ApiKey", str]:
        """Make a key; returns the row and the key, which cannot be read again."""
        key = cls.PREFIX + secrets.token_urlsafe(32)
        row = cls.objects.create(
            name=name, start=key[:12], digest=cls.digest_of(key), created_by=created_by, scopes=list(scopes)
        )
        return row, key

    @staticmethod
    def digest_of(key: str) -> str:
        # A plain hash is enough: the key is random and long, so nothing can be guessed from its digest.
        return hashlib.sha256(key.encode()).hexdigest()

    @classmethod
    def verify(cls, key: str) -> "ApiKey | None":
        """The live key that `key` is, noting that it was used; None when it is unknown or revoked."""
        row = cls.objects.filter(digest=cls.digest_of(key), revoked_at=None).first()
        if row is None:
            return None
        now = timezone.now()
        if row.last_used_at is None or now - row.last_used_at > cls.LAST_USED_PRECISION:
            cls.objects.filter(pk=row.pk).update(last_used_at=now)
        return row

    def may(self, scope: Scope) -> bool:
        """Whether this key may be used for `scope`."""
        return scope.value in self.scopes

    def revoke(self) -> None:
        """Refuse this key from now on."""
        self.revoked_at = timezone.now()
        self.save(update_fields=["revoked_at"])
