"""What is known of one session of Django's: where it keeps its key and its data, and how its end is worked out."""

from __future__ import annotations

from time import time
from typing import Any

from django.contrib.sessions.backends.signed_cookies import SessionStore as CookieStore

from ..core.changes import MISSING
from ..core.source import Caller
from ..observe.observed_session import ObservedSession
from .expiry import EXPIRY_KEY, Clocks

#: Where Django's session keeps its key, read from the instance's dict without changing anything.
_KEY = "_SessionBase__session_key"


class ObservedDjangoSession(ObservedSession):
    #: An `Exchange` of this package, which imports this module.
    exchange: Any

    def key(self) -> str | None:
        """The session's key, read without changing anything."""
        return self.values.get(_KEY)

    def data(self) -> dict[Any, Any] | None:
        """What the session holds in memory; None: nothing was loaded."""
        cache = self.values.get("_session_cache")
        return cache if isinstance(cache, dict) else None

    def clocks(self) -> Clocks:
        """What the session says of its end now."""
        return self.clocks_of(self.data() or {})

    def clocks_of(self, data: dict[Any, Any], is_saved: bool = False) -> Clocks:
        if not is_saved:
            return Clocks(data.get(EXPIRY_KEY), time(), False)
        is_sealed = isinstance(self.session(), CookieStore)
        return Clocks(data.get(EXPIRY_KEY), time(), True, self.store_end, self.has_plain_age, is_sealed)

    def set_expiry(self, caller: Caller, name: str) -> None:
        memory = self.known()
        before = memory.get(EXPIRY_KEY)
        data = self.data() or {}
        clocks = self.clocks()
        clocks_before = Clocks(memory.live.get(EXPIRY_KEY), clocks.now, False)
        fields: dict[str, Any] = {"path": [EXPIRY_KEY], "expiry": clocks}
        if EXPIRY_KEY in data:
            fields["after"] = memory.take(EXPIRY_KEY, data[EXPIRY_KEY])
        else:
            memory.delete(EXPIRY_KEY)
        if before is not MISSING:
            fields["before"] = before
            fields["expiryBefore"] = clocks_before
        self.record("set-expiry", name, caller, **fields)
