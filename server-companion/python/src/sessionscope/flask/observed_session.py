"""A session of Flask's or Flask-Session's, and its mark `permanent`, by which it names its end."""

from __future__ import annotations

import sys
from typing import Any

from ..core.changes import MISSING
from ..core.source import Caller
from ..observe.mapping_calls import observed_of
from ..observe.observed_mapping import ObservedMapping

#: Where Flask keeps the mark, among the session's data.
PERMANENT = "_permanent"


class ObservedFlaskSession(ObservedMapping):
    def take_begun(self) -> None:
        """What the interface itself put into a new session is no change of the app's."""
        data = self.data()
        if self.memory is None and data:
            self.known().fill(data)

    def note_permanent(self, caller: Caller) -> None:
        """`session.permanent = …`."""
        known = self.known()
        self.has_calls = True
        live = dict.get(self.session(), PERMANENT, MISSING)
        kept, before = known.swap(PERMANENT, live)
        self.changed.append(PERMANENT)
        fields: dict[str, Any] = {"path": [PERMANENT], "after": kept}
        if before is not MISSING:
            fields["before"] = before
        self.record("set-expiry", f"permanent = {bool(live)}", caller, **fields)

    def note_regenerated(self, caller: Caller, session: Any, before: str | None, took_ms: float) -> None:
        """Flask-Session's `regenerate`: the record was deleted, and the session has a new key, not saved yet."""
        known = self.known()
        self.session_key = session.sid
        self.changed.append("regenerate()")
        fields: dict[str, Any] = {"state": known.state(), "keys": len(known), "outcome": "done", "durationMs": took_ms}
        self.record("cycle-key", "regenerate", caller, known.bytes, **fields, **{"from": before, "to": self.name()})

    def note_asked_permanent(self, caller: Caller) -> None:
        """`session.permanent`."""
        self.note_read(caller, "permanent", PERMANENT)


def permanent_of(base: Any) -> dict[str, Any]:
    """The property `permanent` with its recording around it, where the session's class has one."""
    usual = getattr(base, "permanent", None)
    if not isinstance(usual, property) or usual.fget is None or usual.fset is None:
        return {}
    fget, fset = usual.fget, usual.fset

    def get(self: Any) -> Any:
        observed = observed_of(self)
        if observed is None or observed.is_library_running:
            return fget(self)
        observed.is_library_running = True
        try:
            return fget(self)
        finally:
            _end(observed, False, sys._getframe(1))

    def set(self: Any, value: Any) -> None:
        observed = observed_of(self)
        if observed is None or observed.is_library_running:
            fset(self, value)
            return
        observed.is_library_running = True
        try:
            fset(self, value)
        finally:
            _end(observed, True, sys._getframe(1))

    return {"permanent": property(get, set)}


def _end(observed: Any, is_set: bool, frame: Any) -> None:
    observed.is_library_running = False
    try:
        caller = observed.sources.take(frame)
        (observed.note_permanent if is_set else observed.note_asked_permanent)(caller)
    except Exception as error:
        observed.fault("permanent", error)
