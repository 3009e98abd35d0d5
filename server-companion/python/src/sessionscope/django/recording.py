"""The recording subclass of an engine's `SessionStore`: it does what the engine does, and records it.

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
from django.contrib.sessions.backends.cache import SessionStore as CacheStore

from .call_table import ASYNC_NAMES, CALLS
from .exchange import current_exchange
from .hidden_errors import watched_cache
from .loads import decoding_fault
from .observed_session import ObservedDjangoSession
from .quick_calls import quick_call
from .recorded_calls import (
    call_on,
    noting_end,
    noting_end_async,
    noting_expiry,
    observed_of,
    recorded,
    recorded_aload,
    recorded_async,
    recorded_load,
)
from .stored_form import record_text

#: Django's own methods of a session, by their code: where they set `modified`, the call that they serve is recorded.
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
    for name, record_call in CALLS.items():
        base = getattr(engine, name, None)
        if base is not None:
            body[name] = quick_call(engine, name, recorded(base, name, record_call))
        twin_name = ASYNC_NAMES.get(name, f"a{name}")
        twin = None if twin_name is None else getattr(engine, twin_name, None)
        if twin_name is not None and inspect.iscoroutinefunction(twin):
            body[twin_name] = recorded_async(twin, twin_name, record_call)
    body["load"] = recorded_load(engine.load)
    aload = getattr(engine, "aload", None)
    # An engine whose `aload` is the base's calls `load`, in a thread: that one records.
    if inspect.iscoroutinefunction(aload) and aload is not getattr(SessionBase, "aload", None):
        body["aload"] = recorded_aload(aload)

    base_init = engine.__init__
    has_plain_age = engine.get_session_cookie_age is SessionBase.get_session_cookie_age

    @functools.wraps(base_init)
    def __init__(self: Any, *args: Any, **kwargs: Any) -> None:
        self._sessionscope = None
        base_init(self, *args, **kwargs)
        exchange = current_exchange.get()
        if exchange is None:
            return
        try:
            observed = ObservedDjangoSession(exchange, self)
            observed.has_plain_age = has_plain_age
            if exchange.observed is None:
                exchange.observed = observed
            self._sessionscope = observed
        except Exception as error:
            exchange.fault("session", error)

    base_is_empty = engine.is_empty

    @functools.wraps(base_is_empty)
    def is_empty(self: Any) -> Any:
        __traceback_hide__ = True
        empty = base_is_empty(self)
        observed = observed_of(self)
        if observed is not None and call_on(observed) is None:
            try:
                observed.decide(bool(empty))
            except Exception as error:
                observed.fault("is_empty", error)
        return empty

    base_encode, base_decode = engine.encode, engine.decode

    @functools.wraps(base_encode)
    def encode(self: Any, *args: Any, **kwargs: Any) -> Any:
        __traceback_hide__ = True
        text = base_encode(self, *args, **kwargs)
        observed = observed_of(self)
        if observed is not None and isinstance(text, (str, bytes)):
            observed.record_bytes = len(text)
            observed.record_text = record_text(self, text, observed.digest)
        return text

    @functools.wraps(base_decode)
    def decode(self: Any, session_data: Any, *args: Any, **kwargs: Any) -> Any:
        __traceback_hide__ = True
        data = base_decode(self, session_data, *args, **kwargs)
        observed = observed_of(self)
        if observed is not None:
            try:
                observed.was_decoded = True
                observed.record_bytes = len(session_data)
                observed.record_text = record_text(self, session_data, observed.digest)
                observed.decoding = None if data else decoding_fault(self, session_data)
            except Exception as error:
                observed.fault("decode", error)
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
        observed = observed_of(self)
        if observed is None or call_on(observed) is not None:
            return
        try:
            observed.set_modified(observed.sources.take(sys._getframe(1)), value)
        except Exception as error:
            observed.fault("modified", error)

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
    if issubclass(engine, CacheStore):
        body["_cache"] = watched_cache()
    if engine.__reduce_ex__ is object.__reduce_ex__ and engine.__reduce__ is object.__reduce__:

        def __reduce_ex__(self: Any, protocol: Any) -> Any:
            # The standard library's own way back: who reads it needs no companion.
            return copyreg._reconstructor, (engine, object, None), dict(self.__dict__)  # type: ignore[attr-defined]

        body["__reduce_ex__"] = __reduce_ex__
    body["delete"] = noting_expiry(body["delete"])
    for name in ("get_expiry_age", "get_expiry_date"):
        body[name] = noting_end(body[name])
        if f"a{name}" in body:
            body[f"a{name}"] = noting_end_async(body[f"a{name}"])
    made: type[SessionBase] = type(engine)(engine.__name__, (engine,), body)
    return made
