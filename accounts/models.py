"""People, the invitations by which they come, and API keys."""

import hashlib
import secrets
import uuid
from collections.abc import Iterable, Iterator
from datetime import timedelta
from typing import Any, ClassVar

from django.contrib.auth.models import AbstractBaseUser, BaseUserManager
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils import timezone

from accounts.roles import APPROVERS_MAY, MAY, Permission, Role
from memory_ui.loading import Loaded


class UserManager(BaseUserManager["User"]):
    def create_user(self, email: str, password: str | None = None, **fields: Any) -> "User":
        """A new person who signs in with `email`; without a password only a reset link lets them in."""
        user = self.model(email=self.normalize_email(email).lower(), **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def get_by_natural_key(self, username: str | None) -> "User":
        return self.get(email=(username or "").lower())


class User(AbstractBaseUser, Loaded):
    """A person who signs in. Signs in by e-mail; is named to others by `name` and role, and in records by `id`."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    email = models.EmailField(unique=True)
    name = models.CharField(max_length=100, blank=True)
    role = models.CharField(max_length=20, choices=Role.choices, default=Role.SUPPORT)
    is_approver = models.BooleanField(default=False)
    """Whether this person may approve erasures that others asked for, whatever their role."""
    is_active = models.BooleanField(default=True)
    sessions_ended = models.IntegerField(default=0)
    """How often all sessions of this person were ended: sessions from before the last time count no more."""
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

    def get_session_auth_hash(self) -> str:
        """What a session of this person must carry; Django ends those that carry another."""
        return f"{super().get_session_auth_hash()}{self.sessions_ended}"

    def get_session_auth_fallback_hash(self) -> Iterator[str]:
        """The same by the secret keys of before."""
        for before in super().get_session_auth_fallback_hash():
            yield f"{before}{self.sessions_ended}"


def _digest_of(secret: str) -> str:
    # A plain hash is enough: secrets are random and long, so nothing can be guessed from their digests.
    return hashlib.sha256(secret.encode()).hexdigest()


class Invitation(models.Model):
    """A link by which somebody makes their account. It works once, for seven days."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    email = models.EmailField()
    role = models.CharField(max_length=20, choices=Role.choices)
    is_approver = models.BooleanField(default=False)
    digest = models.CharField(max_length=64)
    """SHA-256 of the secret in the link, which is stored nowhere."""
    invited_by = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")
    created_at = models.DateTimeField(default=timezone.now)
    expires_at = models.DateTimeField()
    sent_at = models.DateTimeField(null=True)
    """When the link was last e-mailed; None: it was only shown."""
    accepted_at = models.DateTimeField(null=True)
    accepted_by = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")
    revoked_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["email"],
                condition=models.Q(accepted_at=None, revoked_at=None),
                name="accounts_invitation_one_open",
            )
        ]
        indexes = [models.Index(fields=["-created_at", "-id"], name="accounts_invitation_newest")]

    def __str__(self) -> str:
        return f"invitation {self.pk}"

    @staticmethod
    def digest_of(secret: str) -> str:
        """What is stored of a link's secret."""
        return _digest_of(secret)

    @property
    def is_open(self) -> bool:
        """Whether nobody has accepted or withdrawn it. Its link may have run out all the same."""
        return self.accepted_at is None and self.revoked_at is None

    @property
    def state(self) -> str:
        """Where it stands, in a word."""
        if self.accepted_at:
            return "Accepted"
        if self.revoked_at:
            return "Withdrawn"
        return "Waiting" if self.expires_at > timezone.now() else "Expired"

    @property
    def dot(self) -> str:
        """The mark beside that word."""
        return {"Accepted": "completed", "Withdrawn": "cancelled", "Waiting": "queued", "Expired": "failed"}[self.state]


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

    class Meta:
        indexes = [models.Index(fields=["-created_at", "-id"], name="accounts_apikey_newest")]

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
        """What is stored of a key."""
        return _digest_of(key)

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
