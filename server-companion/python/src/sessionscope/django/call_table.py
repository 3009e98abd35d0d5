"""What each method of a session is called in the log, and which part of its arguments is recorded."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ..observe.observed_session import Call
from . import store_operations
from .observed_session import ObservedDjangoSession


def _key_of(args: tuple[Any, ...], kwargs: dict[str, Any], name: str = "key") -> Any:
    return args[0] if args else kwargs.get(name)


#: What a call becomes: (observed, call, the method's name, args, kwargs, its result, its error).
RecordCall = Callable[
    [ObservedDjangoSession, Call, str, tuple[Any, ...], dict[str, Any], Any, "BaseException | None"], None
]


def _get(t: ObservedDjangoSession, call: Call, name: str, args: Any, kwargs: Any, _r: Any, error: Any) -> None:
    if error is None or isinstance(error, KeyError):
        t.read(call.caller, "[]" if name == "__getitem__" else name, _key_of(args, kwargs))


def _in(t: ObservedDjangoSession, call: Call, _n: str, args: Any, kwargs: Any, result: Any, error: Any) -> None:
    if error is None:
        t.ask(call.caller, _key_of(args, kwargs), result)


def _all(t: ObservedDjangoSession, call: Call, name: str, _a: Any, _k: Any, _r: Any, error: Any) -> None:
    if error is None:
        t.read_all(call.caller, name)


def _set(t: ObservedDjangoSession, call: Call, name: str, args: Any, kwargs: Any, _r: Any, error: Any) -> None:
    if error is None:
        key = _key_of(args, kwargs)
        value = args[1] if len(args) > 1 else kwargs.get("value")
        t.set(call.caller, "[]=" if name == "__setitem__" else name, key, value)


def _del(t: ObservedDjangoSession, call: Call, name: str, args: Any, kwargs: Any, _r: Any, error: Any) -> None:
    if error is None or isinstance(error, KeyError):
        t.delete_key(call.caller, "del" if name == "__delitem__" else name, _key_of(args, kwargs))


def _setdefault(t: ObservedDjangoSession, call: Call, name: str, args: Any, kwargs: Any, _r: Any, error: Any) -> None:
    if error is not None:
        return
    key = _key_of(args, kwargs)
    session = t.session()
    known = t.memory is not None and key in t.memory
    if known or not session.__dict__.get("modified"):
        t.read(call.caller, name, key)
    else:
        t.set(call.caller, name, key, (t.data() or {}).get(key))


def _update(t: ObservedDjangoSession, call: Call, _n: str, args: Any, kwargs: Any, _r: Any, error: Any) -> None:
    if error is None:
        t.update(call.caller, _key_of(args, kwargs, "dict_"))


def _clear(t: ObservedDjangoSession, call: Call, _n: str, _a: Any, _k: Any, _r: Any, error: Any) -> None:
    if error is None:
        t.clear(call.caller)


def _set_expiry(t: ObservedDjangoSession, call: Call, name: str, _a: Any, _k: Any, _r: Any, error: Any) -> None:
    if error is None:
        t.set_expiry(call.caller, name)


def _get_expiry(t: ObservedDjangoSession, call: Call, name: str, _a: Any, kwargs: Any, _r: Any, error: Any) -> None:
    # The middleware asks for its own sake; `expiry=…` asks nothing of the session.
    if error is None and call.caller.actor == "app" and "expiry" not in kwargs:
        t.read(call.caller, name, "_session_expiry")


def _set_test(t: ObservedDjangoSession, call: Call, name: str, _a: Any, _k: Any, _r: Any, error: Any) -> None:
    if error is None:
        session = t.session()
        t.set(call.caller, name, session.TEST_COOKIE_NAME, session.TEST_COOKIE_VALUE)


def _get_test(t: ObservedDjangoSession, call: Call, name: str, _a: Any, _k: Any, _r: Any, error: Any) -> None:
    if error is None:
        t.read(call.caller, name, t.session().TEST_COOKIE_NAME)


def _del_test(t: ObservedDjangoSession, call: Call, name: str, _a: Any, _k: Any, _r: Any, error: Any) -> None:
    if error is None or isinstance(error, KeyError):
        t.delete_key(call.caller, name, t.session().TEST_COOKIE_NAME)


def _save(t: ObservedDjangoSession, call: Call, name: str, _a: Any, _k: Any, _r: Any, error: Any) -> None:
    store_operations.saved(t, call, name, error)


def _create(t: ObservedDjangoSession, call: Call, _n: str, _a: Any, _k: Any, _r: Any, error: Any) -> None:
    store_operations.created(t, call, error)


def _delete(t: ObservedDjangoSession, call: Call, _n: str, args: Any, kwargs: Any, _r: Any, error: Any) -> None:
    store_operations.deleted(t, call, _key_of(args, kwargs, "session_key"), error)


def _flush(t: ObservedDjangoSession, call: Call, name: str, _a: Any, _k: Any, _r: Any, error: Any) -> None:
    store_operations.flushed(t, call, name, error)


def _cycle(t: ObservedDjangoSession, call: Call, name: str, _a: Any, _k: Any, _r: Any, error: Any) -> None:
    store_operations.cycled(t, call, name, error)


#: By the method's name.
CALLS: dict[str, RecordCall] = {
    "__getitem__": _get,
    "get": _get,
    "__contains__": _in,
    "has_key": _in,
    "keys": _all,
    "values": _all,
    "items": _all,
    "__setitem__": _set,
    "__delitem__": _del,
    "pop": _del,
    "setdefault": _setdefault,
    "update": _update,
    "clear": _clear,
    "set_expiry": _set_expiry,
    "get_expiry_age": _get_expiry,
    "get_expiry_date": _get_expiry,
    "get_expire_at_browser_close": _get_expiry,
    "set_test_cookie": _set_test,
    "test_cookie_worked": _get_test,
    "delete_test_cookie": _del_test,
    "save": _save,
    "create": _create,
    "delete": _delete,
    "flush": _flush,
    "cycle_key": _cycle,
}

#: `a…` twins (Django 5.1) that are not called as their sync form with an `a` before it.
ASYNC_NAMES = {
    "__setitem__": "aset",
    "__getitem__": None,
    "__contains__": None,
    "__delitem__": None,
}
