"""What beat wakes up for, and how often. All of it finds its work in the database: one missed costs time only."""

from typing import Any

from celery.schedules import crontab

# Schedules and expiries are in seconds; a wake-up that waited so long is superseded by the next.
TIMETABLE: dict[str, dict[str, Any]] = {
    "sweep-engine-runs": {"task": "engine.tasks.sweep", "schedule": 5.0, "options": {"expires": 5}},
    "embed-passages": {"task": "engine.tasks.embed", "schedule": 5.0, "options": {"expires": 5}},
    "sweep-subject-runs": {"task": "subjects.tasks.sweep", "schedule": 5.0, "options": {"expires": 5}},
    "count-runs": {"task": "subjects.tasks.count_runs", "schedule": 30.0, "options": {"expires": 25}},
    "delete-left-over-scratch-agents": {
        "task": "subjects.tasks.delete_left_over",
        "schedule": 3600.0,
        "options": {"expires": 3000},
    },
    "delete-expired-lists": {
        "task": "subjects.tasks.delete_expired_lists",
        "schedule": 600.0,
        "options": {"expires": 500},
    },
    "sweep-templates": {"task": "schemas.tasks.sweep", "schedule": 5.0, "options": {"expires": 5}},
    "fold-tallies-of-drift": {"task": "schemas.tasks.fold_tallies", "schedule": 10.0, "options": {"expires": 10}},
    "check-drift": {"task": "schemas.tasks.check_drift", "schedule": crontab(hour=3, minute=17)},
    "delete-expired-exports": {
        "task": "privacy.tasks.delete_expired_exports",
        "schedule": 600.0,
        "options": {"expires": 500},
    },
    "sweep-orphans": {"task": "privacy.tasks.sweep_orphans", "schedule": 30.0, "options": {"expires": 25}},
    "apply-retention": {"task": "privacy.tasks.apply_retention", "schedule": 600.0, "options": {"expires": 500}},
    "sweep-privacy-requests": {"task": "privacy.tasks.sweep", "schedule": 5.0, "options": {"expires": 5}},
    "seal-the-audit-log": {"task": "audit.tasks.seal", "schedule": 30.0, "options": {"expires": 25}},
    "verify-the-audit-log": {"task": "audit.tasks.check_daily", "schedule": 3600.0, "options": {"expires": 3000}},
    "delete-left-over-ids": {
        "task": "privacy.tasks.delete_left_over",
        "schedule": 3600.0,
        "options": {"expires": 3000},
    },
    "forget-unbegun-rollouts": {
        "task": "schemas.tasks.forget_unbegun_rollouts",
        "schedule": 3600.0,
        "options": {"expires": 3000},
    },
    "sync-with-letta": {"task": "subjects.tasks.sync", "schedule": 60.0, "options": {"expires": 55}},
}
