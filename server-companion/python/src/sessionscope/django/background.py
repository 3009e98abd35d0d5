"""Sessions that other code writes: a bare `SessionStore`, the admin, a task in the server's process.

Only saves of the session table are seen, by a `post_save` listener. Deletions are not: a listener for them would turn
off Django's fast deletion, and so change the queries of `clearsessions` and `flush`.
"""

from __future__ import annotations

import sys
from typing import Any

from django.conf import settings
from django.db.models.signals import post_save

from ..core.source import resolve
from ..core.viewers import EventOwner
from ..observe.known_values import KnownValues
from .companion import companion_of, current_companion
from .conf import is_enabled, read_options
from .exchange import current_exchange
from .recorded_calls import is_recording


def connect() -> None:
    """Listens, where something is observed at all."""
    if is_enabled(read_options()[0]):
        post_save.connect(session_saved, dispatch_uid="sessionscope")


def session_saved(sender: Any, instance: Any, **_signal: Any) -> None:
    """A record of the session table was written."""
    if is_recording() or not hasattr(instance, "session_data"):
        return
    if current_companion() is None and not settings.DEBUG:
        return
    try:
        _report(instance)
    except Exception as error:
        companion_of().faults.note("post_save", error)


def _report(instance: Any) -> None:
    companion = companion_of()
    fingerprint = companion.identity.fingerprint(str(instance.session_key))
    exchange = current_exchange.get()
    event: dict[str, Any] = {
        "type": "operation-recorded",
        "exchange": None if exchange is None else exchange.id,
        "session": fingerprint,
        "operation": "save",
        "call": f"{type(instance).__name__}.save",
        "actor": "background" if exchange is None else "app",
        "source": resolve(companion.sources.take(sys._getframe(1)).source),
        "outcome": "done",
        "bytes": len(instance.session_data),
        "expiry": {"storeAt": instance.expire_date.timestamp() * 1000},
    }
    data = instance.get_decoded()
    memory = KnownValues(companion.identity.digest)
    memory.fill(data)
    event["stored"] = memory.encoded_state()
    event["keys"] = len(memory)
    whose = EventOwner(owner=fingerprint) if exchange is None else exchange
    companion.log.append(event, len(instance.session_data), whose)
