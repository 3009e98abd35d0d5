"""The recording subclass of an engine's `SessionStore`: it does what the engine does, and tells.

It keeps the name, module and qualname of the class that it stands for (the salt of a record's signature is made of
the qualname), adds nothing to an instance's dict, and is copied and pickled as the engine's own class.
"""

from __future__ import annotations

import copyreg
import functools
import inspect
import sys
from collections.abc import Callable
from contextvars import ContextVar
from typing import Any

from django.contrib.sessions.backends.base import SessionBase
from django.contrib.sessions.middleware import SessionMiddleware
from django.contrib.sessions.serializers import JSONSerializer
from django.core import signing

from .core import protocol
from .core.record_text import RecordText
from .exchange import current_exchange
from .tracker import Call, Tracker

#: The session on whose behalf Django's own code runs: what that calls on it is no call of the app.
_inside: ContextVar[Tracker | None] = ContextVar("sessionscope_inside", default=None)


def is_recording() -> bool:
    """Whether a recorded call is under way in this context."""
    return _inside.get() is not None


def _key_of(args: tuple[Any, ...], kwargs: dict[str, Any], name: str = "key") -> Any:
    return args[0] if args else kwargs.get(name)


#: What a call becomes: (tracker, call, the method's name, args, kwargs, its result, its error).
Telling = Callable[[Tracker, Call, str, tuple[Any, ...], dict[str, Any], Any, "BaseException | None"], None]


def _get(t: Tracker, call: Call, name: str, args: Any, kwargs: Any, _r: Any, error: Any) -> None:
    if error is None or isinstance(error, KeyError):
        t.read(call, "[]" if name == "__getitem__" else name, _key_of(args, kwargs))


def _in(t: Tracker, call: Call, _n: str, args: Any, kwargs: Any, result: Any, error: Any) -> None:
    if error is None:
        t.ask(call, _key_of(args, kwargs), result)


def _all(t: Tracker, call: Call, name: str, _a: Any, _k: Any, _r: Any, error: Any) -> None:
    if error is None:
        t.read_all(call, name)


def _set(t: Tracker, call: Call, name: str, args: Any, kwargs: Any, _r: Any, error: Any) -> None:
    if error is None:
        key = _key_of(args, kwargs)
        value = args[1] if len(args) > 1 else kwargs.get("value")
        t.set(call, "[]=" if name == "__setitem__" else name, key, value)


def _del(t: Tracker, call: Call, name: str, args: Any, kwargs: Any, _r: Any, error: Any) -> None:
    if error is None or isinstance(error, KeyError):
        t.delete_key(call, "del" if name == "__delitem__" else name, _key_of(args, kwargs))


def _setdefault(t: Tracker, call: Call, name: str, args: Any, kwargs: Any, _r: Any, error: Any) -> None:
    if error is not None:
        return
    key = _key_of(args, kwargs)
    session = t.session()
    known = t.memory is not None and key in t.memory
    if known or not session.__dict__.get("modified"):
        t.read(call, name, key)
    else:
        t.set(call, name, key, (t.data() or {}).get(key))


def _update(t: Tracker, call: Call, _n: str, args: Any, kwargs: Any, _r: Any, error: Any) -> None:
    if error is None:
        t.update(call, _key_of(args, kwargs, "dict_"))


def _clear(t: Tracker, call: Call, _n: str, _a: Any, _k: Any, _r: Any, error: Any) -> None:
    if error is None:
        t.clear(call)


def _set_expiry(t: Tracker, call: Call, name: str, _a: Any, _k: Any, _r: Any, error: Any) -> None:
    if error is None:
        t.set_expiry(call, name)


def _get_expiry(t: Tracker, call: Call, name: str, _a: Any, kwargs: Any, _r: Any, error: Any) -> None:
    # The middleware asks for its own sake; `expiry=…` asks nothing of the session.
    if error is None and call.caller.actor == "app" and "expiry" not in kwargs:
        t.read(call, name, "_session_expiry")


def _set_test(t: Tracker, call: Call, name: str, _a: Any, _k: Any, _r: Any, error: Any) -> None:
    if error is None:
        session = t.session()
        t.set(call, name, session.TEST_COOKIE_NAME, session.TEST_COOKIE_VALUE)


def _get_test(t: Tracker, call: Call, name: str, _a: Any, _k: Any, _r: Any, error: Any) -> None:
    if error is None:
        t.read(call, name, t.session().TEST_COOKIE_NAME)


def _del_test(t: Tracker, call: Call, name: str, _a: Any, _k: Any, _r: Any, error: Any) -> None:
    if error is None or isinstance(error, KeyError):
        t.delete_key(call, name, t.session().TEST_COOKIE_NAME)


def _save(t: Tracker, call: Call, name: str, _a: Any, _k: Any, _r: Any, error: Any) -> None:
    t.saved(call, name, error)


def _create(t: Tracker, call: Call, _n: str, _a: Any, _k: Any, _r: Any, error: Any) -> None:
    t.created(call, error)


def _delete(t: Tracker, call: Call, _n: str, args: Any, kwargs: Any, _r: Any, error: Any) -> None:
    t.deleted(call, _key_of(args, kwargs, "session_key"), error)


def _flush(t: Tracker, call: Call, name: str, _a: Any, _k: Any, _r: Any, error: Any) -> None:
    t.flushed(call, name, error)


def _cycle(t: Tracker, call: Call, name: str, _a: Any, _k: Any, _r: Any, error: Any) -> None:
    t.cycled(call, name, error)


_TELLINGS: dict[str, Telling] = {
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
_ASYNC_NAMES = {
    "__setitem__": "aset",
    "__getitem__": None,
    "__contains__": None,
    "__delitem__": None,
}

#: Calls before which what was handed out is looked at again.
_CHECKPOINTS = frozenset(["save", "asave", "flush", "aflush", "cycle_key", "acycle_key", "clear"])


#: Django's own decision: it has asked `is_empty`, which is a checkpoint, and asks for the expiry for its own sake.
_DECIDES = SessionMiddleware.process_response.__code__


def _tracker_of(session: Any) -> Tracker | None:
    try:
        tracker: Tracker | None = session._sessionscope
    except AttributeError:
        return None
    return tracker


def _begin(tracker: Tracker, name: str) -> Call | None:
    try:
        frame = sys._getframe(2)
        if name in _CHECKPOINTS and frame.f_code is not _DECIDES:
            tracker.checkpoint()
        return tracker.begin(frame)
    except Exception as error:
        tracker.fault(name, error)
        return None


def _end(
    tracker: Tracker,
    tell: Telling,
    call: Call | None,
    name: str,
    args: Any,
    kwargs: Any,
    result: Any,
    error: Any,
) -> None:
    if call is None:
        return
    try:
        tell(tracker, call, name, args, kwargs, result, error)
    except Exception as fault:
        tracker.fault(name, fault)


def _recorded(base: Callable[..., Any], name: str, tell: Telling) -> Callable[..., Any]:
    is_quiet = tell is _get_expiry

    @functools.wraps(base)
    def recorded(self: Any, *args: Any, **kwargs: Any) -> Any:
        __traceback_hide__ = True  # Django's error page leaves this frame out.
        try:
            tracker = self._sessionscope
        except AttributeError:
            # Made without `__init__`.
            tracker = None
        if tracker is None or _inside.get() is tracker:
            return base(self, *args, **kwargs)
        call = None if is_quiet and sys._getframe(1).f_code is _DECIDES else _begin(tracker, name)
        token = _inside.set(tracker)
        try:
            result = base(self, *args, **kwargs)
        except BaseException as error:
            _inside.reset(token)
            _end(tracker, tell, call, name, args, kwargs, None, error)
            raise
        _inside.reset(token)
        if call is not None:
            # As `_end`, in place.
            try:
                tell(tracker, call, name, args, kwargs, result, None)
            except Exception as fault:
                tracker.fault(name, fault)
        return result

    return recorded


def _recorded_async(base: Callable[..., Any], name: str, tell: Telling) -> Callable[..., Any]:
    @functools.wraps(base)
    async def recorded(self: Any, *args: Any, **kwargs: Any) -> Any:
        __traceback_hide__ = True
        tracker = _tracker_of(self)
        if tracker is None or _inside.get() is tracker:
            return await base(self, *args, **kwargs)
        call = _begin(tracker, name)
        token = _inside.set(tracker)
        try:
            result = await base(self, *args, **kwargs)
        except BaseException as error:
            _inside.reset(token)
            _end(tracker, tell, call, name, args, kwargs, None, error)
            raise
        _inside.reset(token)
        _end(tracker, tell, call, name, args, kwargs, result, None)
        return result

    return recorded


def _tell_load(tracker: Tracker, call: Call | None, name: str, is_lazy: bool, data: Any, error: Any) -> None:
    if call is None:
        return
    try:
        tracker.loaded(call, name, is_lazy, data, error)
    except Exception as fault:
        tracker.fault(name, fault)


def _recorded_load(base: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(base)
    def load(self: Any) -> Any:
        __traceback_hide__ = True
        tracker = _tracker_of(self)
        if tracker is None:
            return base(self)
        # A load inside another call is Django's, which looks for the record at the first touch.
        is_lazy = _inside.get() is tracker
        call = _begin(tracker, "load")
        token = _inside.set(tracker)
        tracker.is_loading = True
        try:
            data = base(self)
        except BaseException as error:
            _inside.reset(token)
            tracker.is_loading = False
            _tell_load(tracker, call, "load", is_lazy, None, error)
            raise
        _inside.reset(token)
        tracker.is_loading = False
        _tell_load(tracker, call, "load", is_lazy, data, None)
        return data

    return load


def _recorded_aload(base: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(base)
    async def aload(self: Any) -> Any:
        __traceback_hide__ = True
        tracker = _tracker_of(self)
        if tracker is None:
            return await base(self)
        is_lazy = _inside.get() is tracker
        call = _begin(tracker, "aload")
        token = _inside.set(tracker)
        try:
            data = await base(self)
        except BaseException as error:
            _inside.reset(token)
            _tell_load(tracker, call, "aload", is_lazy, None, error)
            raise
        _inside.reset(token)
        _tell_load(tracker, call, "aload", is_lazy, data, None)
        return data

    return aload


_classes: dict[type, type] = {}


def recording_class(engine: type[SessionBase]) -> type[SessionBase]:
    """The recording subclass of an engine's `SessionStore`; one for each, and of itself itself."""
    if engine in _classes.values():
        return engine
    if engine not in _classes:
        _classes[engine] = _make(engine)
    return _classes[engine]


def _make(engine: Any) -> type[SessionBase]:
    body: dict[str, Any] = {
        "__slots__": ("_sessionscope",),
        "__module__": engine.__module__,
        "__qualname__": engine.__qualname__,
        "__doc__": engine.__doc__,
    }
    for name, tell in _TELLINGS.items():
        base = getattr(engine, name, None)
        if base is not None:
            body[name] = _recorded(base, name, tell)
        twin_name = _ASYNC_NAMES.get(name, f"a{name}")
        twin = None if twin_name is None else getattr(engine, twin_name, None)
        if twin_name is not None and inspect.iscoroutinefunction(twin):
            body[twin_name] = _recorded_async(twin, twin_name, tell)
    body["load"] = _recorded_load(engine.load)
    aload = getattr(engine, "aload", None)
    # An engine whose `aload` is the base's calls `load`, in a thread: that one tells.
    if inspect.iscoroutinefunction(aload) and aload is not getattr(SessionBase, "aload", None):
        body["aload"] = _recorded_aload(aload)

    base_init = engine.__init__

    @functools.wraps(base_init)
    def __init__(self: Any, *args: Any, **kwargs: Any) -> None:
        self._sessionscope = None
        base_init(self, *args, **kwargs)
        exchange = current_exchange.get()
        if exchange is None:
            return
        try:
            tracker = Tracker(exchange, self)
            if exchange.tracker is None:
                exchange.tracker = tracker
            self._sessionscope = tracker
        except Exception as error:
            exchange.fault("session", error)

    base_is_empty = engine.is_empty

    @functools.wraps(base_is_empty)
    def is_empty(self: Any) -> Any:
        __traceback_hide__ = True
        empty = base_is_empty(self)
        tracker = _tracker_of(self)
        if tracker is not None and _inside.get() is not tracker:
            try:
                tracker.decide(bool(empty))
            except Exception as error:
                tracker.fault("is_empty", error)
        return empty

    base_encode, base_decode = engine.encode, engine.decode
    is_plain = base_encode is SessionBase.encode and base_decode is SessionBase.decode

    def _later(tracker: Tracker, session: Any, text: Any) -> RecordText | None:
        if not is_plain or type(text) is not str or session.serializer is not JSONSerializer:
            return None
        # A larger record is encoded at once, within bounds, and not kept.
        if len(text) > protocol.VALUE_BYTES:
            return None
        return RecordText(text, session.key_salt, tracker.digest)

    @functools.wraps(base_encode)
    def encode(self: Any, *args: Any, **kwargs: Any) -> Any:
        __traceback_hide__ = True
        text = base_encode(self, *args, **kwargs)
        tracker = _tracker_of(self)
        if tracker is not None and isinstance(text, (str, bytes)):
            tracker.record_bytes = len(text)
            tracker.record_text = _later(tracker, self, text)
        return text

    @functools.wraps(base_decode)
    def decode(self: Any, session_data: Any, *args: Any, **kwargs: Any) -> Any:
        __traceback_hide__ = True
        data = base_decode(self, session_data, *args, **kwargs)
        tracker = _tracker_of(self)
        if tracker is not None:
            try:
                tracker.record_bytes = len(session_data)
                tracker.record_text = _later(tracker, self, session_data)
                tracker.decoding = None if data else decoding_fault(self, session_data)
            except Exception as error:
                tracker.fault("decode", error)
        return data

    def get_modified(self: Any) -> Any:
        try:
            return self.__dict__["modified"]
        except KeyError:
            raise AttributeError(f"{type(self).__name__!r} object has no attribute 'modified'") from None

    def set_modified(self: Any, value: Any) -> None:
        self.__dict__["modified"] = value
        tracker = _tracker_of(self)
        if tracker is None or _inside.get() is tracker:
            return
        try:
            caller = tracker.begin(sys._getframe(1)).caller
            tracker.set_modified(caller, value)
        except Exception as error:
            tracker.fault("modified", error)

    def del_modified(self: Any) -> None:
        try:
            del self.__dict__["modified"]
        except KeyError:
            raise AttributeError("modified") from None

    body.update(
        __init__=__init__,
        is_empty=is_empty,
        encode=encode,
        decode=decode,
    )
    if not hasattr(engine, "modified"):
        body["modified"] = property(get_modified, set_modified, del_modified)
    if engine.__reduce_ex__ is object.__reduce_ex__ and engine.__reduce__ is object.__reduce__:

        def __reduce_ex__(self: Any, protocol: Any) -> Any:
            # The standard library's own way back: who reads it needs no companion.
            return copyreg._reconstructor, (engine, object, None), dict(self.__dict__)  # type: ignore[attr-defined]

        body["__reduce_ex__"] = __reduce_ex__
    body["delete"] = _noting_expiry(body["delete"])
    made: type[SessionBase] = type(engine)(engine.__name__, (engine,), body)
    return made


def _noting_expiry(recorded: Callable[..., Any]) -> Callable[..., Any]:
    """The file engine deletes a record inside `load` when it has expired: the only place where that is seen."""

    @functools.wraps(recorded)
    def delete(self: Any, *args: Any, **kwargs: Any) -> Any:
        __traceback_hide__ = True
        tracker = _tracker_of(self)
        if tracker is not None and tracker.is_loading:
            tracker.is_expired = True
        return recorded(self, *args, **kwargs)

    return delete


def decoding_fault(session: Any, text: Any) -> str | None:
    """Why a record reads as empty: `invalid-signature`, `error`, or None: it is empty."""
    if not text:
        return None
    try:
        signing.loads(text, salt=session.key_salt, serializer=session.serializer)
    except signing.BadSignature:
        return "invalid-signature"
    except Exception:
        return "error"
    return None
