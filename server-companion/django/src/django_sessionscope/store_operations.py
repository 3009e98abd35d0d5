"""How the calls that go to the store become records: load, save, create, delete, flush, a new key."""

from __future__ import annotations

import time
from typing import Any

from .core.source import SESSION_MIDDLEWARE
from .memory import Memory
from .tracker import Call, Tracker, describe
from .verdict import UNFIT_ERRORS, Save


def _outcome(call: Call, error: BaseException | None) -> dict[str, Any]:
    fields: dict[str, Any] = {"durationMs": _took(call), "outcome": "done" if error is None else "error"}
    if error is not None:
        fields["error"] = describe(error)
    return fields


def _took(call: Call) -> float:
    return (time.perf_counter() - call.started_at) * 1000


def _put_state(tracker: Tracker, fields: dict[str, Any], memory: Memory) -> int:
    """The record's content, its size and its keys: from the engine's own text, decoded when somebody reads it."""
    fields["keys"] = len(memory)
    text = tracker.record_text
    if text is None:
        fields["state"] = memory.state()
        size = memory.bytes
    else:
        fields["state"] = text
        size = len(text.text)
    fields["bytes"] = size if tracker.record_bytes is None else tracker.record_bytes
    return size


def loaded(tracker: Tracker, call: Call, name: str, is_lazy: bool, data: Any, error: BaseException | None) -> None:
    """The engine has looked for the record; `is_lazy`: because the app touched the session."""
    key = call.key_before
    outcome = _load_outcome(tracker, key, data, error)
    fields: dict[str, Any] = {"session": tracker.fingerprint(key), "durationMs": _took(call), "outcome": outcome}
    if is_lazy:
        fields["actor"] = "framework"
        tracker.exchange.load = outcome
    if error is not None:
        fields["error"] = describe(error)
    size = 0
    if error is None and isinstance(data, dict):
        memory = Memory(tracker.digest)
        memory.fill(data)
        if outcome == "found":
            size = _put_state(tracker, fields, memory)
            fields["expiry"] = tracker.clocks_of(data, is_saved=False)
        if is_lazy:
            tracker.memory = memory
    tracker.record("load", name, call.caller, size, **fields)
    if outcome == "expired":
        tracker.record("expire", "load", None, session=fields["session"])


def _load_outcome(tracker: Tracker, key: str | None, data: Any, error: BaseException | None) -> str:
    if error is not None:
        return "error"
    if tracker.decoding is not None:
        return tracker.decoding
    if tracker.is_expired:
        return "expired"
    if key is None:
        return "none-sent"
    sessions = tracker.exchange.companion.sessions
    if sessions.is_cookie_store:
        return "found" if data else sessions.cookie_outcome(key)
    return "missing" if tracker.key() is None else "found"


def saved(tracker: Tracker, call: Call, name: str, error: BaseException | None) -> None:
    is_middleware = call.caller.module == SESSION_MIDDLEWARE
    fields = _outcome(call, error)
    memory = tracker.memory or Memory(tracker.digest)
    size = 0
    if error is not None:
        tracker.exchange.saves.append(
            Save(is_middleware, fields["error"]["name"], fields["error"]["message"], isinstance(error, UNFIT_ERRORS))
        )
        fields["keys"] = len(memory)
        fields["session"] = tracker.fingerprint(call.key_before)
    else:
        tracker.exchange.saves.append(Save(is_middleware))
        size = _put_state(tracker, fields, memory)
        fields["expiry"] = tracker.clocks()
        after = tracker.key()
        if after != call.key_before:
            fields["from"] = tracker.fingerprint(call.key_before)
            fields["to"] = tracker.fingerprint(after)
    if is_middleware:
        fields["reason"] = "modified" if call.modified_before else "save-every-request"
    tracker.record("save", name, call.caller, size, **fields)


def created(tracker: Tracker, call: Call, error: BaseException | None) -> None:
    """The app called `create`."""
    memory = tracker.known()
    tracker.record(
        "create",
        "create",
        call.caller,
        memory.bytes,
        state=memory.state(),
        keys=len(memory),
        **{"from": tracker.fingerprint(call.key_before), "to": tracker.name()},
        **_outcome(call, error),
    )


def deleted(tracker: Tracker, call: Call, key: str | None, error: BaseException | None) -> None:
    """The app called `delete`, with a key or without."""
    gone = tracker.fingerprint(key if key is not None else call.key_before)
    lineage = {"session": gone, "from": gone, "to": None}
    tracker.record("flush", "delete", call.caller, **lineage, **_outcome(call, error))


def flushed(tracker: Tracker, call: Call, name: str, error: BaseException | None) -> None:
    memory = tracker.memory
    gone = tracker.fingerprint(call.key_before)
    fields = {"session": gone, "from": gone, "to": None if error is None else tracker.name(), **_outcome(call, error)}
    size = 0
    if memory is not None:
        fields["before"] = memory.state()
        size = memory.bytes
    if error is None:
        tracker.exchange.was_flushed = True
    tracker.forget()
    tracker.record("flush", name, call.caller, size, **fields)


def cycled(tracker: Tracker, call: Call, name: str, error: BaseException | None) -> None:
    memory = tracker.known()
    tracker.record(
        "cycle-key",
        name,
        call.caller,
        memory.bytes,
        state=memory.state(),
        keys=len(memory),
        **{"from": tracker.fingerprint(call.key_before), "to": tracker.name()},
        **_outcome(call, error),
    )
