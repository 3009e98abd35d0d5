"""The recording subclass of an engine's `SessionStore`: it does what the engine does, and tells.

It keeps the name, module and qualname of the class that it stands for (the salt of a record's signature is made of
the qualname), adds nothing to an instance's dict, and is copied and pickled as the engine's own class.
"""

from __future__ import annotations

import copyreg
import functools
import inspect
import sys
from typing import Any

from django.contrib.sessions.backends.base import SessionBase
from django.contrib.sessions.serializers import JSONSerializer
from django.core import signing

from .core import protocol
from .core.record_text import RecordText
from .exchange import current_exchange
from .quick_calls import quick_call
from .recorded_calls import call_on, noting_expiry, recorded, recorded_aload, recorded_async, recorded_load, tracker_of
from .tellings import ASYNC_NAMES, TELLINGS
from .tracker import Tracker

#: Django's own methods of a session, by their code: where they set `modified`, the call that they serve is told.
_DJANGOS = frozenset(id(method.__code__) for method in vars(SessionBase).values() if inspect.isfunction(method))

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
    for name, tell in TELLINGS.items():
        base = getattr(engine, name, None)
        if base is not None:
            body[name] = quick_call(engine, name, recorded(base, name, tell))
        twin_name = ASYNC_NAMES.get(name, f"a{name}")
        twin = None if twin_name is None else getattr(engine, twin_name, None)
        if twin_name is not None and inspect.iscoroutinefunction(twin):
            body[twin_name] = recorded_async(twin, twin_name, tell)
    body["load"] = recorded_load(engine.load)
    aload = getattr(engine, "aload", None)
    # An engine whose `aload` is the base's calls `load`, in a thread: that one tells.
    if inspect.iscoroutinefunction(aload) and aload is not getattr(SessionBase, "aload", None):
        body["aload"] = recorded_aload(aload)

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
        tracker = tracker_of(self)
        if tracker is not None and call_on(tracker) is None:
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
        tracker = tracker_of(self)
        if tracker is not None and isinstance(text, (str, bytes)):
            tracker.record_bytes = len(text)
            tracker.record_text = _later(tracker, self, text)
        return text

    @functools.wraps(base_decode)
    def decode(self: Any, session_data: Any, *args: Any, **kwargs: Any) -> Any:
        __traceback_hide__ = True
        data = base_decode(self, session_data, *args, **kwargs)
        tracker = tracker_of(self)
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
        if id(sys._getframe(1).f_code) in _DJANGOS:
            return
        tracker = tracker_of(self)
        if tracker is None or call_on(tracker) is not None:
            return
        try:
            tracker.set_modified(tracker.sources.take(sys._getframe(1)), value)
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
    body["delete"] = noting_expiry(body["delete"])
    made: type[SessionBase] = type(engine)(engine.__name__, (engine,), body)
    return made


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
