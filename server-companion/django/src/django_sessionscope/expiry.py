"""The three clocks of a session, read without a trace."""

from __future__ import annotations

import datetime
import time
from typing import Any

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


def clocks(data: dict[Any, Any]) -> dict[str, Any]:
    """The session's own clock, and the store's as it is set by a save now."""
    expiry = data.get(EXPIRY_KEY)
    now = time.time()
    end = session_end(expiry, now)
    if end is not None:
        return {"sessionAt": end, "storeAt": end, "storeFrom": "set_expiry"}
    age = settings.SESSION_COOKIE_AGE
    return {"sessionAt": None, "storeAt": (now + age) * 1000, "storeFrom": "SESSION_COOKIE_AGE"}
