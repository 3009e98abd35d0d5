"""The engine `db` with an age of its own."""

from __future__ import annotations

from django.contrib.sessions.backends.db import SessionStore as Store


class SessionStore(Store):
    def get_session_cookie_age(self) -> int:
        return 99
