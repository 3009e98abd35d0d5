"""The three clocks of a session, read without changing anything."""

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

    #: What was under `_session_expiry`: a number, a text or a date, or None.
    expiry: Any
    #: Epoch seconds.
    now: float
    #: It was saved at that moment. Only a save sets when the store drops the record.
    is_saved: bool = True
    #: The end that the engine itself worked out while it saved, as a date or in seconds; None: it asked for none.
    store_end: Any = None
    #: The engine has Django's own `get_session_cookie_age`, which gives `SESSION_COOKIE_AGE`.
    has_plain_age: bool = True
    #: The cookie is the record: Django takes it for its usual age, whatever the session says of its own end.
    is_sealed: bool = False

    def as_wire(self) -> dict[str, Any]:
        """The session's own clock, and the store's where a save at that moment set it and it is known."""
        end = session_end(self.expiry, self.now)
        fields: dict[str, Any] = {"sessionAt": end}
        if not self.is_saved:
            return fields
        if self.is_sealed:
            if self.has_plain_age:
                fields.update(storeAt=(self.now + settings.SESSION_COOKIE_AGE) * 1000, storeFrom="SESSION_COOKIE_AGE")
            return fields
        if self.store_end is not None:
            store_end = session_end(self.store_end, self.now)
            fields["storeAt"] = self.now * 1000 if store_end is None else store_end
        elif end is not None:
            fields["storeAt"] = end
        elif self.has_plain_age:
            fields["storeAt"] = (self.now + settings.SESSION_COOKIE_AGE) * 1000
        if "storeAt" in fields:
            age = "SESSION_COOKIE_AGE" if self.has_plain_age else "get_session_cookie_age()"
            fields["storeFrom"] = "set_expiry" if end is not None else age
        return fields
