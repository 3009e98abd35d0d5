"""A method of the engine's with its telling around it: the same result, the same error, the same arguments.

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

from . import store_operations
from .core.source import NOBODY
from .tellings import Telling
from .tracker import Call, Tracker

#: The call that Django's own code carries out: what that calls on the same session is no call of the app.
under_way: ContextVar[Call | None] = ContextVar("sessionscope_call", default=None)

#: Calls before which what was handed out is looked at again.
_CHECKPOINTS = frozenset(["save", "asave", "flush", "aflush", "cycle_key", "acycle_key", "clear"])

#: Django's own decision: it has asked `is_empty`, which is a checkpoint, and asks for the expiry for its own sake.
_DECIDES = SessionMiddleware.process_response.__code__


def is_recording() -> bool:
    """Whether a recorded call is under way in this context."""
    return under_way.get() is not None


def call_on(tracker: Tracker) -> Call | None:
    """The recorded call on this session that is under way in this context."""
    call = under_way.get()
    return call if call is not None and call.tracker is tracker else None


def tracker_of(session: Any) -> Tracker | None:
    """The tracker of a recording session; None: it is not observed, or was made without `__init__`."""
    try:
        tracker: Tracker | None = session._sessionscope
    except AttributeError:
        return None
    return tracker


def _begin(tracker: Tracker, name: str, frame: FrameType) -> Call:
    try:
        if name in _CHECKPOINTS and frame.f_code is not _DECIDES:
            tracker.checkpoint()
        return tracker.begin(tracker.sources.take(frame))
    except Exception as error:
        tracker.fault(name, error)
        return Call(tracker, NOBODY, 0, None, False)


def _end(call: Call, tell: Telling, name: str, args: Any, kwargs: Any, result: Any, error: Any) -> None:
    try:
        if call.caller is not NOBODY:
            tell(call.tracker, call, name, args, kwargs, result, error)
        call.tracker.name()
    except Exception as fault:
        call.tracker.fault(name, fault)


def recorded(base: Callable[..., Any], name: str, tell: Telling) -> Callable[..., Any]:
    is_quiet = name.startswith("get_expir")

    @functools.wraps(base)
    def recorded(self: Any, *args: Any, **kwargs: Any) -> Any:
        __traceback_hide__ = True  # Django's error page leaves this frame out.
        tracker = tracker_of(self)
        if tracker is None or call_on(tracker) is not None:
            return base(self, *args, **kwargs)
        frame = sys._getframe(1)
        if is_quiet and frame.f_code is _DECIDES:
            return base(self, *args, **kwargs)
        call = _begin(tracker, name, frame)
        token = under_way.set(call)
        try:
            result = base(self, *args, **kwargs)
        except BaseException as error:
            under_way.reset(token)
            _end(call, tell, name, args, kwargs, None, error)
            raise
        under_way.reset(token)
        _end(call, tell, name, args, kwargs, result, None)
        return result

    return recorded


def recorded_async(base: Callable[..., Any], name: str, tell: Telling) -> Callable[..., Any]:
    @functools.wraps(base)
    async def recorded(self: Any, *args: Any, **kwargs: Any) -> Any:
        __traceback_hide__ = True
        tracker = tracker_of(self)
        if tracker is None or call_on(tracker) is not None:
            return await base(self, *args, **kwargs)
        call = _begin(tracker, name, sys._getframe(1))
        token = under_way.set(call)
        try:
            result = await base(self, *args, **kwargs)
        except BaseException as error:
            under_way.reset(token)
            _end(call, tell, name, args, kwargs, None, error)
            raise
        under_way.reset(token)
        _end(call, tell, name, args, kwargs, result, None)
        return result

    return recorded


def _begin_load(tracker: Tracker, name: str, outer: Call | None, frame: FrameType) -> Call:
    """A load inside another call is Django's, which looks for the record at the first touch: who called is known."""
    if outer is None or outer.caller is NOBODY:
        return _begin(tracker, name, frame)
    return tracker.begin(outer.caller)


def _end_load(call: Call, name: str, is_lazy: bool, data: Any, error: Any) -> None:
    try:
        if call.caller is not NOBODY:
            store_operations.loaded(call.tracker, call, name, is_lazy, data, error)
        call.tracker.name()
    except Exception as fault:
        call.tracker.fault(name, fault)


def recorded_load(base: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(base)
    def load(self: Any) -> Any:
        __traceback_hide__ = True
        tracker = tracker_of(self)
        if tracker is None:
            return base(self)
        outer = call_on(tracker)
        call = _begin_load(tracker, "load", outer, sys._getframe(1))
        token = under_way.set(call)
        tracker.is_loading = True
        try:
            data = base(self)
        except BaseException as error:
            under_way.reset(token)
            tracker.is_loading = False
            _end_load(call, "load", outer is not None, None, error)
            raise
        under_way.reset(token)
        tracker.is_loading = False
        _end_load(call, "load", outer is not None, data, None)
        return data

    return load


def recorded_aload(base: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(base)
    async def aload(self: Any) -> Any:
        __traceback_hide__ = True
        tracker = tracker_of(self)
        if tracker is None:
            return await base(self)
        outer = call_on(tracker)
        call = _begin_load(tracker, "aload", outer, sys._getframe(1))
        token = under_way.set(call)
        try:
            data = await base(self)
        except BaseException as error:
            under_way.reset(token)
            _end_load(call, "aload", outer is not None, None, error)
            raise
        under_way.reset(token)
        _end_load(call, "aload", outer is not None, data, None)
        return data

    return aload


def noting_expiry(recorded: Callable[..., Any]) -> Callable[..., Any]:
    """The file engine deletes a record inside `load` when it has expired: the only place where that is seen."""

    @functools.wraps(recorded)
    def delete(self: Any, *args: Any, **kwargs: Any) -> Any:
        __traceback_hide__ = True
        tracker = tracker_of(self)
        if tracker is not None and tracker.is_loading:
            tracker.is_expired = True
        return recorded(self, *args, **kwargs)

    return delete
