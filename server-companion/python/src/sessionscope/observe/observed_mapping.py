"""What is known of a session that is a dict of its own: the session libraries of Starlette and Flask."""

from __future__ import annotations

from typing import Any

from ..core.changes import MISSING
from ..core.session_parts import step_of
from ..core.source import Caller
from .observed_session import ObservedSession
from .scope import ExchangeScope


class ObservedMapping(ObservedSession):
    #: The library's own code works on the session: what it reads and writes there is no call of the app's.
    is_library_running = False
    #: The app has called the session.
    has_calls = False
    #: What names the session: its key, or the sealed cookie. None: it has none yet.
    session_key: str | None = None

    def __init__(self, exchange: ExchangeScope, session: dict[Any, Any]) -> None:
        super().__init__(exchange, session)
        #: Held until the exchange ends, however long the framework holds it.
        self._held: Any = session
        #: Keys that the app's calls changed since this was last emptied.
        self.changed: list[str] = []

    def session(self) -> Any:
        return self._held

    def key(self) -> str | None:
        return self.session_key

    def data(self) -> dict[Any, Any] | None:
        """A copy that no recording method has a part in."""
        return None if self._held is None else dict.copy(self._held)

    def take_loaded(self) -> None:
        """The library made the session from a record: it is known as a whole, and all of it may be changed inside."""
        known = self.known()
        known.fill(dict.copy(self._held))
        known.hand_out()

    def release(self) -> None:
        """The exchange has ended."""
        self._held = None

    # ── calls of the app, after the library has carried them out ───────────────

    def note_read(self, caller: Caller, name: str, key: Any) -> None:
        self.known()
        self.has_calls = True
        self.name()
        self._read(caller, name, key, dict.get(self._held, key, MISSING))

    def note_set(self, caller: Caller, name: str, key: Any) -> None:
        self.set(caller, name, key, dict.get(self._held, key))

    def ask(self, caller: Caller, key: Any, is_there: Any) -> None:
        self.has_calls = True
        super().ask(caller, key, is_there)

    def read_all(self, caller: Caller, name: str) -> None:
        self.has_calls = True
        super().read_all(caller, name)

    def _set(self, caller: Caller, name: str, key: Any, value: Any) -> None:
        self.has_calls = True
        super()._set(caller, name, key, value)
        self.changed.append(step_of(key))

    def _delete_key(self, caller: Caller, name: str, key: Any) -> None:
        self.has_calls = True
        if key in self.known():
            self.changed.append(step_of(key))
        super()._delete_key(caller, name, key)

    def note_delete(self, caller: Caller, name: str, key: Any) -> None:
        self.delete_key(caller, name, key)

    def note_clear(self, caller: Caller) -> None:
        """`clear`, after which a library may have kept something."""
        self.has_calls = True
        if self.memory:
            self.changed.append("clear()")
        self.clear(caller)
        if self._held:
            self.known().fill(dict.copy(self._held))
