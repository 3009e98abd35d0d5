"""What is known of one recording session, and how each call on it becomes an operation of the log."""

from __future__ import annotations

import time
import weakref
from typing import TYPE_CHECKING, Any, NamedTuple

from . import expiry
from .core import protocol
from .core.changes import MISSING
from .core.encode import UNDEFINED, shorten
from .core.source import SESSION_MIDDLEWARE, Caller, Source
from .memory import SCALARS, Memory, step_of
from .verdict import Save

if TYPE_CHECKING:
    from .core.record_text import RecordText
    from .exchange import Exchange

#: Keys of one `update` that are told one by one.
MAX_UPDATES = 100


class Read(NamedTuple):
    """The last read of a key in this exchange: a nested change found later came through it."""

    via: int
    source: Source


class Call(NamedTuple):
    """A call on the session while Django carries it out."""

    caller: Caller
    started_at: float
    key_before: str | None
    modified_before: bool


class Tracker:
    __slots__ = (
        "_append",
        "_exchange",
        "_named",
        "_read_all",
        "_reads",
        "_session",
        "_sources",
        "_values",
        "decoding",
        "digest",
        "is_expired",
        "is_loading",
        "memory",
        "record_bytes",
        "record_text",
    )

    def __init__(self, exchange: Exchange, session: Any) -> None:
        self._exchange = exchange
        self._session = weakref.ref(session)
        #: The session's own dict, which is read without a trace; to hold it is not to hold the session.
        self._values: dict[str, Any] = session.__dict__
        self._sources = exchange.companion.sources
        self._append = exchange.companion.log.append
        self.digest = exchange.companion.identity.digest
        self._named: tuple[str | None, str | None] = (None, None)
        self._reads: dict[Any, Read] = {}
        self._read_all: Read | None = None
        #: None: nothing has been loaded or begun.
        self.memory: Memory | None = None
        #: Length of the record that the engine last encoded or decoded.
        self.record_bytes: int | None = None
        #: That record, where it can be decoded later without running the app's code.
        self.record_text: RecordText | None = None
        #: How decoding the record went: `invalid-signature`, `error`.
        self.decoding: str | None = None
        #: The engine dropped an expired record while it loaded.
        self.is_expired = False
        #: The engine's `load` is under way.
        self.is_loading = False

    def session(self) -> Any:
        return self._session()

    def key(self) -> str | None:
        """The session's key, read without a trace."""
        return self._values.get("_SessionBase__session_key")

    def data(self) -> dict[Any, Any] | None:
        """What the session holds in memory; None: nothing was loaded."""
        cache = self._values.get("_session_cache")
        return cache if isinstance(cache, dict) else None

    def fault(self, where: str, error: BaseException) -> None:
        self._exchange.fault(where, error)

    def clocks(self) -> dict[str, Any]:
        return expiry.clocks(self.data() or {})

    def begin(self, frame: Any) -> Call:
        values = self._values
        return Call(
            self._sources.take(frame),
            time.perf_counter(),
            values.get("_SessionBase__session_key"),
            values.get("modified", False),
        )

    # ── what goes to the log ───────────────────────────────────────────────────

    def _fingerprint(self, key: str | None) -> str | None:
        return None if key is None else self._exchange.companion.identity.fingerprint(key)

    def _record(self, operation: str, call: str, caller: Caller | None, size: int = 0, /, **fields: Any) -> int:
        exchange = self._exchange
        event: dict[str, Any] = {
            "type": "operation-recorded",
            "exchange": exchange.id,
            "offsetMs": (time.perf_counter() - exchange.started_at) * 1000,
            "session": self._name(),
            "operation": operation,
            "call": call,
            **fields,
        }
        if caller is None:
            event.setdefault("actor", "framework")
        else:
            source, actor, _, reason = caller
            event.setdefault("actor", actor)
            event["source"] = source
            if reason is not None and "reason" not in fields:
                event["reason"] = reason
        return self._append(event, size, exchange.owner)

    def _name(self) -> str | None:
        """The session's fingerprint."""
        key = self._values.get("_SessionBase__session_key")
        if key is not self._named[0]:
            self._named = (key, None if key is None else self._exchange.companion.identity.fingerprint(key))
        return self._named[1]

    def _tell(self, operation: str, name: str, call: Call, path: str) -> dict[str, Any]:
        """The event of a call that is made often: as `_record`, up to what only that call knows."""
        exchange = self._exchange
        source, actor, _, reason = call[0]
        key = self._values.get("_SessionBase__session_key")
        event: dict[str, Any] = {
            "type": "operation-recorded",
            "exchange": exchange.id,
            "offsetMs": (time.perf_counter() - exchange.started_at) * 1000,
            "session": self._named[1] if key is self._named[0] else self._name(),
            "operation": operation,
            "call": name,
            "actor": actor,
            "source": source,
            "path": path,
        }
        if reason is not None:
            event["reason"] = reason
        return event

    def _memory(self) -> Memory:
        """What the session held before this call; a session that nothing loaded begins empty."""
        memory = self.memory
        if memory is None:
            memory = self.memory = Memory(self._exchange.companion.identity.digest)
            if self.key() is None:
                self._record("create", "session", None, state={}, keys=0)
        return memory

    def _infer(self, memory: Memory, changes: list[Any]) -> None:
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
                fields["via"] = read.via
                fields["source"] = read.source
            call = "nested change" if len(path) > 1 else "unseen change"
            self._record("delete" if is_gone else "set", call, None, 64, **fields)
            self._exchange.inferred.append(str(path[0]))

    def checkpoint(self) -> None:
        """Compares what was handed out with what it is now, and records what changed unseen."""
        data = self.data()
        if data is not None and self.memory is not None:
            self._infer(self.memory, self.memory.compare(data))

    # ── reads ──────────────────────────────────────────────────────────────────

    def read(self, call: Call, name: str, key: Any) -> None:
        """`get`, `[]`, `setdefault` of a key that was there."""
        memory = self.memory if self.memory is not None else self._memory()
        data = self._values.get("_session_cache")
        live = data.get(key, MISSING) if type(data) is dict else MISSING
        path = key if type(key) is str and len(key) < 100 else step_of(key)
        event = self._tell("get", name, call, path)
        owner = self._exchange.owner
        if live is MISSING:
            event["hit"] = False
            self._append(event, 0, owner)
            return
        changes = memory.look(key, live)
        if changes:
            self._infer(memory, changes)
        encoded, size = memory.known(key)
        event["hit"] = True
        event["after"] = encoded
        via = self._append(event, size, owner)
        if type(live) not in SCALARS:
            self._reads[path] = Read(via, call[0][0])

    def ask(self, call: Call, key: Any, is_there: Any) -> None:
        if self.memory is None:
            self._memory()
        event = self._tell("get", "in", call, step_of(key))
        event["hit"] = bool(is_there)
        self._append(event, 0, self._exchange.owner)

    def read_all(self, call: Call, name: str) -> None:
        """`keys`, `values`, `items`."""
        memory = self._memory()
        via = self._record("get", name, call.caller, hit=True, keys=len(memory))
        if name != "keys":
            memory.hand_out()
            self._read_all = Read(via, call.caller.source)

    # ── changes ────────────────────────────────────────────────────────────────

    def set(self, call: Call, name: str, key: Any, value: Any) -> None:
        memory = self.memory if self.memory is not None else self._memory()
        before = memory.get(key)
        encoded, size = memory.take(key, value)
        path = key if type(key) is str and len(key) < 100 else step_of(key)
        event = self._tell("set", name, call, path)
        event["after"] = encoded
        if before is not MISSING:
            event["before"] = before
        via = self._append(event, size, self._exchange.owner)
        if type(value) not in SCALARS:
            # The app still holds what it stored: a later change inside it came through this line.
            self._reads[path] = Read(via, call[0][0])

    def update(self, call: Call, values: Any) -> None:
        data = self.data() or {}
        for key in list(dict(values))[:MAX_UPDATES]:
            if key in data:
                self.set(call, "update", key, data[key])

    def delete_key(self, call: Call, name: str, key: Any) -> None:
        memory = self._memory()
        before = memory.get(key)
        memory.delete(key)
        if before is MISSING:
            self._record("delete", name, call.caller, path=step_of(key), hit=False)
        else:
            self._record("delete", name, call.caller, path=step_of(key), hit=True, before=before)

    def clear(self, call: Call) -> None:
        memory = self.memory
        fields: dict[str, Any] = {"state": {}, "keys": 0}
        if memory is not None:
            fields["before"] = memory.state()
        self.memory = Memory(self._exchange.companion.identity.digest)
        self._reads.clear()
        self._record("clear", "clear", call.caller, **fields)

    def set_modified(self, caller: Caller, value: Any) -> None:
        self._record("touch", f"modified = {bool(value)}", caller)

    def set_expiry(self, call: Call, name: str) -> None:
        memory = self._memory()
        before = memory.get(expiry.EXPIRY_KEY)
        data = self.data() or {}
        now = time.time()
        fields: dict[str, Any] = {"path": expiry.EXPIRY_KEY, "expiry": self.clocks()}
        if expiry.EXPIRY_KEY in data:
            fields["after"] = memory.take(expiry.EXPIRY_KEY, data[expiry.EXPIRY_KEY]).value
        else:
            memory.delete(expiry.EXPIRY_KEY)
        if before is not MISSING:
            fields["before"] = before
            fields["expiryBefore"] = {"sessionAt": expiry.session_end(before, now)}
        self._record("set-expiry", name, call.caller, **fields)

    # ── the store ──────────────────────────────────────────────────────────────

    def loaded(self, call: Call, name: str, is_lazy: bool, data: Any, error: BaseException | None) -> None:
        """The engine has looked for the record; `is_lazy`: because the app touched the session."""
        duration = self._took(call)
        key = call.key_before
        fields: dict[str, Any] = {"session": self._fingerprint(key), "durationMs": duration}
        if is_lazy:
            fields["actor"] = "framework"
        if error is not None:
            fields["outcome"] = "error"
            fields["error"] = describe(error)
        elif self.decoding is not None:
            fields["outcome"] = self.decoding
        elif self.is_expired:
            fields["outcome"] = "expired"
        elif key is None:
            fields["outcome"] = "none-sent"
        elif self._exchange.companion.sessions.is_cookie_store:
            fields["outcome"] = self._cookie_outcome(key, data)
        elif self.key() is None:
            fields["outcome"] = "missing"
        else:
            fields["outcome"] = "found"
        if is_lazy:
            self._exchange.load = fields["outcome"]
        if fields["outcome"] == "found" and isinstance(data, dict):
            memory = Memory(self._exchange.companion.identity.digest)
            memory.fill(data)
            size = self._put_state(fields, memory)
            fields["expiry"] = expiry.clocks(data)
            del fields["expiry"]["storeAt"], fields["expiry"]["storeFrom"]
            if is_lazy:
                self.memory = memory
            self._record("load", name, call.caller, size, **fields)
        else:
            if is_lazy and error is None:
                self.memory = Memory(self._exchange.companion.identity.digest)
                if isinstance(data, dict):
                    self.memory.fill(data)
            self._record("load", name, call.caller, **fields)
            if fields["outcome"] == "expired":
                self._record("expire", "load", None, session=fields["session"])

    def _cookie_outcome(self, key: str, data: Any) -> str:
        if data:
            return "found"
        return self._exchange.companion.sessions.cookie_outcome(key)

    def _took(self, call: Call) -> float:
        return (time.perf_counter() - call.started_at) * 1000

    def _put_state(self, fields: dict[str, Any], memory: Memory) -> int:
        """The record's content, its size and its keys: from the engine's own text, decoded when somebody reads it."""
        fields["keys"] = len(memory)
        text = self.record_text
        if text is None:
            fields["state"] = memory.state()
            size = memory.bytes
        else:
            fields["state"] = text
            size = len(text.text)
        fields["bytes"] = size if self.record_bytes is None else self.record_bytes
        return size

    def saved(self, call: Call, name: str, error: BaseException | None) -> None:
        exchange = self._exchange
        is_middleware = call.caller.module == SESSION_MIDDLEWARE
        exchange.saves.append(Save(is_middleware, error))
        memory = self.memory or Memory(exchange.companion.identity.digest)
        fields: dict[str, Any] = {"durationMs": self._took(call), "keys": len(memory)}
        size = 0
        if error is not None:
            fields["outcome"] = "error"
            fields["error"] = describe(error)
            fields["session"] = self._fingerprint(call.key_before)
        else:
            fields["outcome"] = "done"
            size = self._put_state(fields, memory)
            fields["expiry"] = self.clocks()
            after = self.key()
            if after != call.key_before:
                fields["from"] = self._fingerprint(call.key_before)
                fields["to"] = self._fingerprint(after)
        if is_middleware:
            fields["reason"] = "modified" if call.modified_before else "save-every-request"
        self._record("save", name, call.caller, size, **fields)

    def created(self, call: Call, error: BaseException | None) -> None:
        """The app called `create`."""
        memory = self._memory()
        fields: dict[str, Any] = {
            "state": memory.state(),
            "keys": len(memory),
            "durationMs": self._took(call),
            "from": self._fingerprint(call.key_before),
            "to": self._fingerprint(self.key()),
            "outcome": "done" if error is None else "error",
        }
        if error is not None:
            fields["error"] = describe(error)
        self._record("create", "create", call.caller, memory.bytes, **fields)

    def deleted(self, call: Call, key: str | None, error: BaseException | None) -> None:
        """The app called `delete`, with a key or without."""
        gone = key if key is not None else call.key_before
        fields: dict[str, Any] = {
            "session": self._fingerprint(gone),
            "from": self._fingerprint(gone),
            "to": None,
            "durationMs": self._took(call),
            "outcome": "done" if error is None else "error",
        }
        if error is not None:
            fields["error"] = describe(error)
        self._record("flush", "delete", call.caller, **fields)

    def flushed(self, call: Call, name: str, error: BaseException | None) -> None:
        memory = self.memory
        fields: dict[str, Any] = {
            "session": self._fingerprint(call.key_before),
            "from": self._fingerprint(call.key_before),
            "to": self._fingerprint(self.key()) if error is not None else None,
            "durationMs": self._took(call),
            "outcome": "done" if error is None else "error",
        }
        if memory is not None:
            fields["before"] = memory.state()
        if error is not None:
            fields["error"] = describe(error)
        else:
            self._exchange.was_flushed = True
        self.memory = Memory(self._exchange.companion.identity.digest)
        self._reads.clear()
        self._record("flush", name, call.caller, **fields)

    def cycled(self, call: Call, name: str, error: BaseException | None) -> None:
        memory = self._memory()
        fields: dict[str, Any] = {
            "from": self._fingerprint(call.key_before),
            "to": self._fingerprint(self.key()),
            "state": memory.state(),
            "keys": len(memory),
            "durationMs": self._took(call),
            "outcome": "done" if error is None else "error",
        }
        if error is not None:
            fields["error"] = describe(error)
        self._record("cycle-key", name, call.caller, memory.bytes, **fields)

    def decide(self, is_empty: bool) -> None:
        """Somebody asked whether the session is empty: Django's middleware does, and then decides."""
        values = self._values
        self._exchange.decided_on = (
            bool(values.get("accessed")),
            bool(values.get("modified")),
            is_empty,
        )
        self.checkpoint()


def describe(error: BaseException) -> dict[str, str]:
    """An error as the wire tells it."""
    try:
        message = str(error)
    except Exception:
        message = ""
    return {
        "name": shorten(type(error).__name__, protocol.NAME_LENGTH),
        "message": shorten(message, 1_000),
    }
