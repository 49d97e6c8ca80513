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
    MANAGE_TEMPLATES = "manage-templates", "define block templates and roll them out"
    MANAGE_SETTINGS = "manage-settings", "manage people, API keys and the connection"
    HANDLE_REQUESTS = "handle-requests", "file and carry out privacy requests"
    APPROVE_ERASURE = "approve-erasure", "approve an erasure that somebody else asked for"
    READ_REQUESTS = "read-requests", "read privacy requests and receipts"
    READ_AUDIT = "read-audit", "read who looked at and changed what"


EVERYONE = frozenset(Role)

MAY: dict[Permission, frozenset[Role]] = {
    Permission.READ_MEMORY: EVERYONE,
    Permission.TEACH: frozenset({Role.SUPPORT, Role.ADMIN}),
    Permission.CORRECT: frozenset({Role.SUPPORT, Role.ADMIN}),
    Permission.CREATE_SUBJECT: frozenset({Role.SUPPORT, Role.ADMIN}),
    Permission.MANAGE_TEMPLATES: frozenset({Role.ADMIN}),
    Permission.MANAGE_SETTINGS: frozenset({Role.ADMIN}),
    Permission.HANDLE_REQUESTS: frozenset({Role.PRIVACY_OFFICER}),
    Permission.APPROVE_ERASURE: frozenset(),
    Permission.READ_REQUESTS: frozenset({Role.PRIVACY_OFFICER, Role.AUDITOR}),
    Permission.READ_AUDIT: frozenset({Role.PRIVACY_OFFICER, Role.AUDITOR}),
}

APPROVERS_MAY = frozenset({Permission.APPROVE_ERASURE, Permission.READ_REQUESTS})
"""What the mark "approver" on a person adds to their role: a second person is somebody trusted, not somebody's job."""


def who_may(permission: Permission) -> str:
    """The roles that hold `permission`, in words: "Support or Admin"."""
    names = [role.label for role in Role if role in MAY[permission]]
    return " or ".join([*names, "an approver"] if permission in APPROVERS_MAY else names)


def duties() -> list[tuple[str, str]]:
    """Of each role, its name and what it may do, in words; the last line is about approvers."""
    lines = [(role.label, "; ".join(p.label for p in Permission if role in MAY[p])) for role in Role]
    return [*lines, ("Approver", "; ".join(p.label for p in Permission if p in APPROVERS_MAY))]
