"""The three clocks of a session, read without a trace."""

from __future__ import annotations

import datetime
from typing import Any, NamedTuple

from django.conf import settings
from django.utils import timezone

EXPIRY_KEY = "_session_expiry"


def session_end(expiry: Any, now: float) -> float | None:
    """When the session says of itself that it ends, in epoch ms; None: it names no end."""
    if isinstance(expiry, bool):
        return None
    if isinstance(expiry, (int, float)):
        # 0 means at browser close.
        return (now + expiry) * 1000 if expiry else None
    if isinstance(expiry, str):
        try:
            expiry = datetime.datetime.fromisoformat(expiry)
        except ValueError:
            return None
    if isinstance(expiry, datetime.datetime):
        if expiry.tzinfo is None:
            expiry = timezone.make_aware(expiry, timezone.get_default_timezone())
        return float(expiry.timestamp() * 1000)
    return None


class Clocks(NamedTuple):
    """What a session said of its end at a moment: worked out when it is read."""

    #: What lay under `_session_expiry`: a number, a text or a date, or None.
    expiry: Any
    #: Epoch seconds.
    now: float
    #: A load tells nothing of when the store drops the record: only a save sets that.
    is_saved: bool = True

    def told(self) -> dict[str, Any]:
        """The session's own clock, and the store's as it is set by a save at that moment."""
        end = session_end(self.expiry, self.now)
        told: dict[str, Any] = {"sessionAt": end}
        if self.is_saved and end is not None:
            told.update(storeAt=end, storeFrom="set_expiry")
        elif self.is_saved:
            told.update(storeAt=(self.now + settings.SESSION_COOKIE_AGE) * 1000, storeFrom="SESSION_COOKIE_AGE")
        return told
