"""Sessions in the database, as Django keeps them; the one of a request is read by a prepared query."""

from datetime import datetime

from django.contrib.sessions.backends import db
from django.contrib.sessions.models import Session
from django.db.models import QuerySet
from django.utils import timezone

from memory_ui.prepared import prepared


@prepared
def _session(key: str, now: datetime) -> QuerySet[Session]:
    return Session.objects.filter(session_key=key, expire_date__gt=now)


class SessionStore(db.SessionStore):
    """Django's, but for how it finds the session: every page and every poll of a card does that first."""

    def _get_session_from_db(self) -> Session | None:
        found = _session.first(self.session_key, timezone.now()) if self.session_key else None
        if found is None:
            self._session_key = None
        return found
