"""Who may do what: the one table of roles and permissions."""

from django.db import models


class Role(models.TextChoices):
    """What a person works as. Everyone has exactly one."""

    SUPPORT = "support", "Support"
    ADMIN = "admin", "Admin"
    PRIVACY_OFFICER = "privacy", "Privacy officer"
    AUDITOR = "auditor", "Auditor"


class Permission(models.TextChoices):
    """Something a person may do, named by what it lets them do."""

    READ_MEMORY = "read-memory", "read what is remembered"
    TEACH = "teach", "give conversations to learn from"
    CORRECT = "correct", "correct what is remembered"
    CREATE_SUBJECT = "create-subject", "create subjects"


EVERYONE = frozenset(Role)

MAY: dict[Permission, frozenset[Role]] = {
    Permission.READ_MEMORY: EVERYONE,
    Permission.TEACH: frozenset({Role.SUPPORT, Role.ADMIN}),
    Permission.CORRECT: frozenset({Role.SUPPORT, Role.ADMIN}),
    Permission.CREATE_SUBJECT: frozenset({Role.SUPPORT, Role.ADMIN}),
}


def who_may(permission: Permission) -> str:
    """The roles that hold `permission`, in words: "Support or Admin"."""
    return " or ".join(role.label for role in Role if role in MAY[permission])
