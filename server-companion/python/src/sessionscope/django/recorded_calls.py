"""A method of the engine's with its recording around it: the same result, the same error, the same arguments.

`quick_calls.py` has those that are called most often, in the shape that costs least.
"""

from __future__ import annotations

import functools
import sys
from collections.abc import Callable
from contextvars import ContextVar
from types import FrameType
from typing import Any

from django.contrib.sessions.middleware import SessionMiddleware

from ..core.source import UNKNOWN_CALLER
from ..observe.observed_session import Call
from . import store_operations
from .call_table import RecordCall
from .observed_session import ObservedDjangoSession

#: The call that Django's own code carries out: what that calls on the same session is no call of the app.
under_way: ContextVar[Call | None] = ContextVar("sessionscope_call", default=None)

#: Calls before which what was handed out is looked at again.
_CHECKPOINTS = frozenset(["save", "asave", "flush", "aflush", "cycle_key", "acycle_key", "clear"])

#: Django's own decision: it has asked `is_empty`, which is a checkpoint, and asks for the expiry for its own sake.
_DECIDES = SessionMiddleware.process_response.__code__


def is_recording() -> bool:
    """Whether a recorded call is under way in this context."""
    return under_way.get() is not None


def call_on(observed: ObservedDjangoSession) -> Call | None:
    """The recorded call on this session that is under way in this context."""
    call = under_way.get()
    return call if call is not None and call.observed is observed else None


def observed_of(session: Any) -> ObservedDjangoSession | None:
    """The observed of a recording session; None: it is not observed, or was made without `__init__`."""
    try:
        observed: ObservedDjangoSession | None = session._sessionscope
    except AttributeError:
        return None
    return observed


def _begin(observed: ObservedDjangoSession, name: str, frame: FrameType) -> Call:
    try:
        if name in _CHECKPOINTS and frame.f_code is not _DECIDES:
            observed.checkpoint()
        return observed.begin(observed.sources.take(frame))
    except Exception as error:
        observed.fault(name, error)
        return Call(observed, UNKNOWN_CALLER, 0, None, False)


def _end(call: Call, record_call: RecordCall, name: str, args: Any, kwargs: Any, result: Any, error: Any) -> None:
    try:
        if call.caller is not UNKNOWN_CALLER:
            record_call(call.observed, call, name, args, kwargs, result, error)
        call.observed.name()
    except Exception as fault:
        call.observed.fault(name, fault)


def recorded(base: Callable[..., Any], name: str, record_call: RecordCall) -> Callable[..., Any]:
    is_quiet = name.startswith("get_expir")

    @functools.wraps(base)
    def recorded(self: Any, *args: Any, **kwargs: Any) -> Any:
        __traceback_hide__ = True  # Django's error page leaves this frame out.
        observed = observed_of(self)
        if observed is None or call_on(observed) is not None:
            return base(self, *args, **kwargs)
        frame = sys._getframe(1)
        if is_quiet and frame.f_code is _DECIDES:
            return base(self, *args, **kwargs)
        call = _begin(observed, name, frame)
        token = under_way.set(call)
        try:
            result = base(self, *args, **kwargs)
        except BaseException as error:
            under_way.reset(token)
            _end(call, record_call, name, args, kwargs, None, error)
            raise
        under_way.reset(token)
        _end(call, record_call, name, args, kwargs, result, None)
        return result

    return recorded


def recorded_async(base: Callable[..., Any], name: str, record_call: RecordCall) -> Callable[..., Any]:
    @functools.wraps(base)
    async def recorded(self: Any, *args: Any, **kwargs: Any) -> Any:
        __traceback_hide__ = True
        observed = observed_of(self)
        if observed is None or call_on(observed) is not None:
            return await base(self, *args, **kwargs)
        call = _begin(observed, name, sys._getframe(1))
        token = under_way.set(call)
        try:
            result = await base(self, *args, **kwargs)
        except BaseException as error:
            under_way.reset(token)
            _end(call, record_call, name, args, kwargs, None, error)
            raise
        under_way.reset(token)
        _end(call, record_call, name, args, kwargs, result, None)
        return result

    return recorded


def _begin_load(observed: ObservedDjangoSession, name: str, outer: Call | None, frame: FrameType) -> Call:
    """A load inside another call is Django's, which looks for the record at the first touch: who called is known."""
    if outer is None or outer.caller is UNKNOWN_CALLER:
        return _begin(observed, name, frame)
    return observed.begin(outer.caller)


def _end_load(call: Call, name: str, is_lazy: bool, data: Any, error: Any) -> None:
    try:
        if call.caller is not UNKNOWN_CALLER:
            store_operations.loaded(call.observed, call, name, is_lazy, data, error)
        call.observed.name()
    except Exception as fault:
        call.observed.fault(name, fault)


def recorded_load(base: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(base)
    def load(self: Any) -> Any:
        __traceback_hide__ = True
        observed = observed_of(self)
        if observed is None:
            return base(self)
        outer = call_on(observed)
        call = _begin_load(observed, "load", outer, sys._getframe(1))
        token = under_way.set(call)
        observed.begin_load()
        try:
            data = base(self)
        except BaseException as error:
            under_way.reset(token)
            observed.is_loading = False
            _end_load(call, "load", outer is not None, None, error)
            raise
        under_way.reset(token)
        observed.is_loading = False
        _end_load(call, "load", outer is not None, data, None)
        return data

    return load


def recorded_aload(base: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(base)
    async def aload(self: Any) -> Any:
        __traceback_hide__ = True
        observed = observed_of(self)
        if observed is None:
            return await base(self)
        outer = call_on(observed)
        call = _begin_load(observed, "aload", outer, sys._getframe(1))
        token = under_way.set(call)
        observed.begin_load()
        try:
            data = await base(self)
        except BaseException as error:
            under_way.reset(token)
            observed.is_loading = False
            _end_load(call, "aload", outer is not None, None, error)
            raise
        under_way.reset(token)
        observed.is_loading = False
        _end_load(call, "aload", outer is not None, data, None)
        return data

    return aload


def noting_expiry(recorded: Callable[..., Any]) -> Callable[..., Any]:
    """The file engine deletes a record inside `load` when it has expired: the only place where that is seen."""

    @functools.wraps(recorded)
    def delete(self: Any, *args: Any, **kwargs: Any) -> Any:
        __traceback_hide__ = True
        observed = observed_of(self)
        if observed is not None and observed.is_loading:
            observed.is_expired = True
        return recorded(self, *args, **kwargs)

    return delete


def noting_end(recorded: Callable[..., Any]) -> Callable[..., Any]:
    """`get_expiry_age` and `get_expiry_date` as the engine asks them while it saves: the end that the record gets."""

    @functools.wraps(recorded)
    def end_of(self: Any, *args: Any, **kwargs: Any) -> Any:
        __traceback_hide__ = True
        end = recorded(self, *args, **kwargs)
        observed = observed_of(self)
        if observed is not None and call_on(observed) is not None:
            observed.store_end = end
        return end

    return end_of


def noting_end_async(recorded: Callable[..., Any]) -> Callable[..., Any]:
    """As `noting_end`, of the `a…` twins."""

    @functools.wraps(recorded)
    async def end_of(self: Any, *args: Any, **kwargs: Any) -> Any:
        __traceback_hide__ = True
        end = await recorded(self, *args, **kwargs)
        observed = observed_of(self)
        if observed is not None and call_on(observed) is not None:
            observed.store_end = end
        return end

    return end_of
