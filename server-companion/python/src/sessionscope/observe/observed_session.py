"""What is known of one recording session, and how what the app reads and changes becomes records of the log."""

from __future__ import annotations

import weakref
from abc import ABC, abstractmethod
from time import perf_counter
from types import FrameType
from typing import Any, NamedTuple

from ..core import protocol
from ..core.changes import MISSING, Missing
from ..core.encode import UNDEFINED, shorten
from ..core.event_log import REVOKING
from ..core.session_parts import SHORT_KEY, step_of
from ..core.snapshot import UNCOUNTED_TEXT, size_of
from ..core.source import Caller
from ..core.stored_text import StoredText
from ..core.viewers import Record
from .known_values import SCALARS, KnownValues
from .records import ASKED, DELETED, OPERATION, READ, SET
from .scope import ExchangeScope

#: Characters of an error's message.
MAX_MESSAGE = 1_000

#: Keys of one `update` that are recorded one by one.
MAX_UPDATES = 100

_MAX = protocol.MAX_SAFE_INTEGER
#: Besides short texts and usual numbers: what is kept as it is without a second look.
_SIMPLE = frozenset([bool, float, type(None), Missing])

#: Operations that make the session in memory another than the record that was written of it last.
CHANGING = frozenset({"set", "delete", "clear", "flush", "set-expiry"})


class Call(NamedTuple):
    """A call on the session while Django carries it out."""

    observed: Any
    #: `UNKNOWN_CALLER`: it could not be found out, and the call is not recorded.
    caller: Caller
    started_at: float
    key_before: str | None
    modified_before: bool


class ObservedSession(ABC):
    #: None: nothing has been loaded or begun.
    memory: KnownValues | None = None
    #: Length of the record that the engine last encoded or decoded.
    record_bytes: int | None = None
    #: That record, where it can be decoded later without running the app's code.
    record_text: StoredText | None = None
    #: Why the record could not be decoded: `invalid-signature`, `malformed`.
    decoding: str | None = None
    #: The engine decoded a record in the load that is under way.
    was_decoded = False
    #: An error of the store's that the engine caught while it loaded.
    hidden_error: dict[str, str] | None = None
    #: The end of the record, as the engine worked it out in the call that is under way: a date, or seconds.
    store_end: Any = None
    #: Whether the engine's records live for `SESSION_COOKIE_AGE` where the session names no end.
    has_plain_age = True
    #: The clocks as the last save set them.
    saved_clocks: Any = None
    #: The engine dropped an expired record while it loaded.
    is_expired = False
    #: The engine's `load` is under way.
    is_loading = False
    _known_key: str | None = None
    _known_name: str | None = None
    #: The last call that handed out everything.
    _read_all: Record | None = None

    def __init__(self, exchange: ExchangeScope, session: Any) -> None:
        companion = exchange.companion
        self.exchange = exchange
        self._take_direct = companion.sources.take_direct
        self._session = weakref.ref(session)
        #: The session's own dict, which is read without changing anything; to hold it is not to hold the session.
        self.values: dict[str, Any] = session.__dict__
        self.sources = companion.sources
        self._put = exchange.log.put
        #: The last record that handed a key's value out: a nested change found later came through it.
        self._reads: dict[str, Record] = {}

    @property
    def digest(self) -> Any:
        return self.exchange.digest

    def session(self) -> Any:
        return self._session()

    @abstractmethod
    def key(self) -> str | None:
        """The session's key, read without changing anything."""

    @abstractmethod
    def data(self) -> dict[Any, Any] | None:
        """What the session has in memory, read without changing anything; None: nothing was loaded."""

    def fault(self, where: str, error: BaseException) -> None:
        self.exchange.fault(where, error)

    def begin(self, caller: Caller) -> Call:
        self.store_end = self.record_bytes = self.record_text = None
        return Call(self, caller, perf_counter(), self.key(), self.values.get("modified", False))

    def begin_load(self) -> None:
        """The engine looks for the record now."""
        self.is_loading = True
        self.was_decoded = self.is_expired = False
        self.hidden_error = self.decoding = None

    # ── what goes to the log ───────────────────────────────────────────────────

    def fingerprint(self, key: str | None) -> str | None:
        return None if key is None else self.exchange.companion.identity.fingerprint(key)

    def name(self) -> str | None:
        """The session's fingerprint, which the calls that can change its key recompute."""
        key = self.key()
        if key is not self._known_key:
            self._known_key, self._known_name = key, self.fingerprint(key)
        return self._known_name

    def record(self, operation: str, call: str, caller: Caller | None, size: int = 0, /, **fields: Any) -> Record:
        """Tells an operation; `fields` may hold what is encoded when it is read."""
        record = (
            OPERATION,
            self.exchange,
            size,
            perf_counter(),
            self.name(),
            caller,
            call,
            operation,
            fields,
        )
        if operation in CHANGING:
            self.exchange.is_all_stored = False
        gone = fields.get("from")
        if operation in REVOKING and gone is not None and fields.get("outcome") == "done":
            self.exchange.log.revoke(gone, record)
        self._put(record)
        return record

    def known(self) -> KnownValues:
        """What the session held before this call; a session that nothing loaded begins empty."""
        memory = self.memory
        if memory is None:
            memory = self.memory = KnownValues(self.digest)
            if self.key() is None:
                self.record("create", "session", None, state={}, keys=0)
        return memory

    def forget(self) -> None:
        """The session is empty now, and what was handed out is no part of it."""
        self.memory = KnownValues(self.digest)
        self._reads.clear()

    def _infer(self, changes: list[Any]) -> None:
        for path, before, after in changes:
            is_gone = after is MISSING and len(path) == 1
            fields: dict[str, Any] = {
                "path": path,
                "inferred": True,
                "before": UNDEFINED if before is MISSING else before,
                "after": UNDEFINED if after is MISSING else after,
                "actor": "app",
            }
            read = self._reads.get(path[0]) or self._read_all
            if read is not None:
                fields["via"] = read
                fields["source"] = read[5].source
            call = "nested change" if len(path) > 1 else "unseen change"
            self.record("delete" if is_gone else "set", call, None, 64, **fields)
            self.exchange.inferred.append(str(path[0]))

    def checkpoint(self) -> None:
        """Compares what was handed out with what it is now, and records what changed unseen."""
        data = self.data()
        if self.memory is not None and data is not None:
            changes = self.memory.compare(data)
            if changes:
                self._infer(changes)

    def decide(self, is_empty: bool) -> None:
        """Somebody asked whether the session is empty: Django's middleware does, and then decides."""
        values = self.values
        self.exchange.decided_on = (
            bool(values.get("accessed")),
            bool(values.get("modified")),
            is_empty,
        )
        self.checkpoint()

    # ── reads ──────────────────────────────────────────────────────────────────

    def read(self, caller: Caller, name: str, key: Any) -> None:
        """`get`, `[]`, `setdefault` of a key that was there."""
        self.known()
        data = self.data()
        self.name()
        self._read(caller, name, key, MISSING if data is None else data.get(key, MISSING))

    def quick_read(self, frame: FrameType, name: str, key: Any, live: Any) -> None:
        """As `read`, of a session that is loaded, for `frame`; `live`: what the key holds. Never raises."""
        try:
            caller = self._take_direct(frame)
            if caller is not None:
                self._read(caller, name, key, live)
        except Exception as error:
            self.fault(name, error)

    def _read(self, caller: Caller, name: str, key: Any, live: Any) -> None:
        memory: Any = self.memory
        kind = type(live)
        if kind is str:
            is_simple = len(live) <= UNCOUNTED_TEXT
        elif kind is int:
            is_simple = -_MAX <= live <= _MAX
        else:
            is_simple = kind in _SIMPLE
        step = key if type(key) is str and len(key) < SHORT_KEY else step_of(key)
        if is_simple and (live is memory.live.get(key, MISSING) or live is MISSING):
            self._put((READ, self.exchange, 0, perf_counter(), self._known_name, caller, name, step, live))
            return
        # Assigned unseen, or changed inside.
        self._infer(memory.look(key, live))
        kept = memory.get(key)
        size = size_of(kept)
        record = (READ, self.exchange, size, perf_counter(), self._known_name, caller, name, step, kept)
        self._put(record)
        if kind not in SCALARS:
            self._reads[step] = record

    def ask(self, caller: Caller, key: Any, is_there: Any) -> None:
        """`in`, `has_key`."""
        self.known()
        self.name()
        self._ask(caller, key, is_there)

    def quick_ask(self, frame: FrameType, key: Any, is_there: Any) -> None:
        """As `ask`, of a session that is loaded, for `frame`. Never raises."""
        try:
            caller = self._take_direct(frame)
            if caller is not None:
                self._ask(caller, key, is_there)
        except Exception as error:
            self.fault("in", error)

    def _ask(self, caller: Caller, key: Any, is_there: Any) -> None:
        step = step_of(key)
        clock = perf_counter()
        self._put((ASKED, self.exchange, 0, clock, self._known_name, caller, "in", step, bool(is_there)))

    def read_all(self, caller: Caller, name: str) -> None:
        """`keys`, `values`, `items`."""
        memory = self.known()
        record = self.record("get", name, caller, hit=True, keys=len(memory))
        if name != "keys":
            memory.hand_out()
            self._read_all = record

    # ── changes ────────────────────────────────────────────────────────────────

    def set(self, caller: Caller, name: str, key: Any, value: Any) -> None:
        """`[]=`, `setdefault` of a key that was not there, one key of `update`."""
        self.known()
        self.name()
        self._set(caller, name, key, value)

    def quick_set(self, frame: FrameType, name: str, key: Any, value: Any) -> None:
        """As `set`, of a session that is loaded, for `frame`. Never raises."""
        try:
            caller = self._take_direct(frame)
            if caller is not None:
                self._set(caller, name, key, value)
        except Exception as error:
            self.fault(name, error)

    def _set(self, caller: Caller, name: str, key: Any, value: Any) -> None:
        memory: Any = self.memory
        kept, before = memory.swap(key, value)
        step = step_of(key)
        clock, size = perf_counter(), size_of(kept)
        record = (SET, self.exchange, size, clock, self._known_name, caller, name, step, kept, before)
        self.exchange.is_all_stored = False
        self._put(record)
        if type(value) not in SCALARS:
            # The app still holds what it stored: a later change inside it came through this line.
            self._reads[step] = record

    def update(self, caller: Caller, values: Any, name: str = "update") -> None:
        data = self.data() or {}
        for key in list(dict(values))[:MAX_UPDATES]:
            if key in data:
                self.set(caller, name, key, data[key])

    def delete_key(self, caller: Caller, name: str, key: Any) -> None:
        """`del`, `pop`: of a key that was there or not."""
        self.known()
        self.name()
        self._delete_key(caller, name, key)

    def quick_delete(self, frame: FrameType, name: str, key: Any) -> None:
        """As `delete_key`, of a session that is loaded, for `frame`. Never raises."""
        try:
            caller = self._take_direct(frame)
            if caller is not None:
                self._delete_key(caller, name, key)
        except Exception as error:
            self.fault(name, error)

    def _delete_key(self, caller: Caller, name: str, key: Any) -> None:
        memory: Any = self.memory
        before = memory.get(key)
        memory.delete(key)
        if before is not MISSING:
            self.exchange.is_all_stored = False
        clock, size = perf_counter(), size_of(before)
        self._put((DELETED, self.exchange, size, clock, self._known_name, caller, name, step_of(key), before))

    def clear(self, caller: Caller) -> None:
        memory = self.memory
        fields: dict[str, Any] = {"state": {}, "keys": 0}
        size = 0
        if memory is not None:
            fields["before"] = memory.state()
            size = memory.bytes
        self.forget()
        self.record("clear", "clear", caller, size, **fields)

    def set_modified(self, caller: Caller, value: Any) -> None:
        self.record("touch", f"modified = {bool(value)}", caller)

    def describe(self, error: BaseException) -> dict[str, str]:
        """An error as the wire has it. Session keys are taken out now: they may be forgotten when it is read."""
        try:
            message = shorten(str(error), MAX_MESSAGE)
        except Exception:
            message = ""
        without_keys = self.exchange.companion.identity.without_keys
        return {"name": shorten(type(error).__name__, protocol.NAME_LENGTH), "message": without_keys(message)}
