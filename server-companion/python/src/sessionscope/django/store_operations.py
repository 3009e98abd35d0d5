"""How the calls that go to the store become records: load, save, create, delete, flush, a new key."""

from __future__ import annotations

import time
from typing import Any

from django.contrib.sessions.backends.cache import SessionStore as CacheStore
from django.contrib.sessions.backends.signed_cookies import SessionStore as CookieStore

from ..observe.known_values import KnownValues
from ..observe.observed_session import Call
from .frames import SESSION_MIDDLEWARE
from .loads import layer_of, load_of
from .observed_session import ObservedDjangoSession
from .stored_form import stored_form
from .verdict_facts import UNFIT_ERRORS, UNREADABLE, Flush, Save

#: Where `django.contrib.auth` keeps the hash of the user's password. Not imported: that app may not be installed.
HASH_SESSION_KEY = "_auth_user_hash"


def _outcome(call: Call, error: BaseException | None) -> dict[str, Any]:
    outcome = "done" if error is None else "gone" if type(error).__name__ == "UpdateError" else "error"
    fields: dict[str, Any] = {"durationMs": _took(call), "outcome": outcome}
    if error is not None:
        fields["error"] = call.observed.describe(error)
    return fields


def _took(call: Call) -> float:
    return (time.perf_counter() - call.started_at) * 1000


def _put_stored(observed: ObservedDjangoSession, fields: dict[str, Any], memory: KnownValues) -> int:
    """The session in memory, and the record that was written of it. Gives their size for the log's account."""
    # A checkpoint came before, and the engine has run since.
    state = memory.state(is_compared=True)
    observed.exchange.stored_state = state
    stored = stored_form(observed, memory, state)
    fields["keys"] = len(memory)
    fields["state"] = state
    if stored.content is not None:
        fields["stored"] = stored.content
    if stored.bytes is not None:
        fields["bytes"] = stored.bytes
    return memory.bytes + stored.size


def _put_loaded(observed: ObservedDjangoSession, fields: dict[str, Any], memory: KnownValues) -> int:
    """What a load gave: from the engine's own text, decoded when somebody reads it, or as it is."""
    fields["keys"] = len(memory)
    text = observed.record_text
    state = memory.state() if text is None else text
    fields["state"] = state
    size = observed.record_bytes
    if isinstance(observed.session(), (CacheStore, CookieStore)):
        size = stored_form(observed, memory, state).bytes
    if size is not None:
        fields["bytes"] = size
    return memory.bytes if text is None else len(text.text)


def loaded(
    observed: ObservedDjangoSession, call: Call, name: str, is_lazy: bool, data: Any, error: BaseException | None
) -> None:
    """The engine has looked for the record; `is_lazy`: because the app touched the session."""
    key = call.key_before
    load = load_of(observed, key, data, error)
    fields: dict[str, Any] = {"session": observed.fingerprint(key), "durationMs": _took(call), "outcome": load.outcome}
    if key is not None:
        fields["layer"] = layer_of(observed)
    if load.reason is not None:
        fields["reason"] = load.reason
    if is_lazy:
        fields["actor"] = "framework"
        observed.exchange.load = load
    if error is not None:
        fields["error"] = observed.describe(error)
    elif load.outcome == "error" and observed.hidden_error is not None:
        fields["error"] = observed.hidden_error
    size = 0
    if error is None and isinstance(data, dict):
        memory = KnownValues(observed.digest)
        memory.fill(data)
        if load.outcome == "found":
            size = _put_loaded(observed, fields, memory)
            fields["expiry"] = observed.clocks_of(data)
        if is_lazy:
            observed.memory = memory
            observed.exchange.stored_state = fields.get("state")
    if load.outcome in UNREADABLE and observed.record_bytes is not None:
        fields["bytes"] = observed.record_bytes
    observed.record("load", name, call.caller, size, **fields)
    if load.outcome == "expired":
        observed.record("expire", "load", None, session=fields["session"])


def saved(observed: ObservedDjangoSession, call: Call, name: str, error: BaseException | None) -> None:
    is_middleware = call.caller.module == SESSION_MIDDLEWARE
    fields = _outcome(call, error)
    memory = observed.memory or KnownValues(observed.digest)
    size = 0
    if error is not None:
        observed.exchange.saves.append(
            Save(is_middleware, fields["error"]["name"], fields["error"]["message"], isinstance(error, UNFIT_ERRORS))
        )
        fields["keys"] = len(memory)
        fields["session"] = observed.fingerprint(call.key_before)
    else:
        observed.exchange.saves.append(Save(is_middleware, keys=len(memory)))
        size = _put_stored(observed, fields, memory)
        fields["expiry"] = observed.saved_clocks = observed.clocks_of(observed.data() or {}, is_saved=True)
        after = observed.key()
        if after != call.key_before:
            fields["from"] = observed.fingerprint(call.key_before)
            fields["to"] = observed.fingerprint(after)
            observed.exchange.was_made_here = True
    if is_middleware:
        fields["reason"] = "modified" if call.modified_before else "save-every-request"
    observed.record("save", name, call.caller, size, **fields)


def created(observed: ObservedDjangoSession, call: Call, error: BaseException | None) -> None:
    """The app called `create`."""
    _rekeyed(observed, call, "create", "create", error)


def deleted(observed: ObservedDjangoSession, call: Call, key: str | None, error: BaseException | None) -> None:
    """The app called `delete`, with a key or without."""
    gone = observed.fingerprint(key if key is not None else call.key_before)
    if error is None and key in (None, call.key_before):
        observed.exchange.stored_state = None
    lineage = {"session": gone, "from": gone, "to": None}
    observed.record("flush", "delete", call.caller, **lineage, **_outcome(call, error))


def flushed(observed: ObservedDjangoSession, call: Call, name: str, error: BaseException | None) -> None:
    memory = observed.memory
    gone = observed.fingerprint(call.key_before)
    fields = {"session": gone, "from": gone, "to": None if error is None else observed.name(), **_outcome(call, error)}
    size = 0
    if memory is not None:
        fields["before"] = memory.state()
        size = memory.bytes
    if error is None:
        has_hash = memory is not None and bool(memory.live.get(HASH_SESSION_KEY))
        observed.exchange.flush = Flush(call.caller.reason, has_hash)
        observed.exchange.stored_state = None
    observed.forget()
    observed.record("flush", name, call.caller, size, **fields)


def cycled(observed: ObservedDjangoSession, call: Call, name: str, error: BaseException | None) -> None:
    _rekeyed(observed, call, "cycle-key", name, error)


def _rekeyed(
    observed: ObservedDjangoSession, call: Call, operation: str, name: str, error: BaseException | None
) -> None:
    """A record was written under a new key."""
    memory = observed.known()
    fields: dict[str, Any] = {"from": observed.fingerprint(call.key_before), "to": observed.name()}
    if error is None:
        observed.exchange.was_made_here = True
        size = _put_stored(observed, fields, memory)
    else:
        fields.update(state=memory.state(), keys=len(memory))
        size = memory.bytes
    observed.record(operation, name, call.caller, size, **fields, **_outcome(call, error))
