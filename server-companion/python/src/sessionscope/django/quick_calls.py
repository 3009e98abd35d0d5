"""The calls that views make most, where the engine has Django's own: each as Django declares it, recorded at once.

They need no mark that Django is inside of one, as `recorded_calls.py` sets it: what Django calls on the session from
within has a frame of the engine's right above it. Where nothing has been loaded yet, the slower way is taken.
"""

from __future__ import annotations

import functools
import sys
from collections.abc import Callable
from typing import Any

from django.contrib.sessions.backends.base import SessionBase

from ..core.changes import MISSING
from .observed_session import ObservedDjangoSession
from .recorded_calls import under_way

Method = Callable[..., Any]

_NOT_GIVEN: Any = object()


def _ready(session: Any) -> ObservedDjangoSession | None:
    """The observed, where the session is observed and loaded, and no slower call is under way."""
    try:
        observed: ObservedDjangoSession | None = session._sessionscope
    except AttributeError:
        # Made without `__init__`.
        return None
    if (
        observed is None
        or observed.memory is None
        or "_session_cache" not in observed.values
        or under_way.get() is not None
    ):
        return None
    return observed


def _getitem(base: Method, slow: Method) -> Method:
    def __getitem__(self: Any, key: Any) -> Any:
        __traceback_hide__ = True
        observed = _ready(self)
        if observed is None:
            return slow(self, key)
        try:
            value = base(self, key)
        except KeyError:
            observed.quick_read(sys._getframe(1), "[]", key, MISSING)
            raise
        observed.quick_read(sys._getframe(1), "[]", key, value)
        return value

    return __getitem__


def _get(base: Method, slow: Method) -> Method:
    def get(self: Any, key: Any, default: Any = None) -> Any:
        __traceback_hide__ = True
        observed = _ready(self)
        if observed is None:
            return slow(self, key, default)
        value = base(self, key, MISSING)
        observed.quick_read(sys._getframe(1), "get", key, value)
        return default if value is MISSING else value

    return get


def _contains(base: Method, slow: Method) -> Method:
    def __contains__(self: Any, key: Any) -> Any:
        __traceback_hide__ = True
        observed = _ready(self)
        if observed is None:
            return slow(self, key)
        is_there = base(self, key)
        observed.quick_ask(sys._getframe(1), key, is_there)
        return is_there

    return __contains__


def _setitem(base: Method, slow: Method) -> Method:
    def __setitem__(self: Any, key: Any, value: Any) -> None:
        __traceback_hide__ = True
        observed = _ready(self)
        if observed is None:
            slow(self, key, value)
            return
        base(self, key, value)
        observed.quick_set(sys._getframe(1), "[]=", key, value)

    return __setitem__


def _setdefault(base: Method, slow: Method) -> Method:
    def setdefault(self: Any, key: Any, value: Any) -> Any:
        __traceback_hide__ = True
        observed = _ready(self)
        if observed is None:
            return slow(self, key, value)
        was_there = key in observed.values["_session_cache"]
        found = base(self, key, value)
        if was_there:
            observed.quick_read(sys._getframe(1), "setdefault", key, found)
        else:
            observed.quick_set(sys._getframe(1), "setdefault", key, found)
        return found

    return setdefault


def _delitem(base: Method, slow: Method) -> Method:
    def __delitem__(self: Any, key: Any) -> None:
        __traceback_hide__ = True
        observed = _ready(self)
        if observed is None:
            slow(self, key)
            return
        try:
            base(self, key)
        except KeyError:
            observed.quick_delete(sys._getframe(1), "del", key)
            raise
        observed.quick_delete(sys._getframe(1), "del", key)

    return __delitem__


def _pop(base: Method, slow: Method) -> Method:
    def pop(self: Any, key: Any, default: Any = _NOT_GIVEN) -> Any:
        __traceback_hide__ = True
        given = () if default is _NOT_GIVEN else (default,)
        observed = _ready(self)
        if observed is None:
            return slow(self, key, *given)
        try:
            value = base(self, key, *given)
        except KeyError:
            observed.quick_delete(sys._getframe(1), "pop", key)
            raise
        observed.quick_delete(sys._getframe(1), "pop", key)
        return value

    return pop


_MAKERS: dict[str, Callable[[Method, Method], Method]] = {
    "__getitem__": _getitem,
    "get": _get,
    "__contains__": _contains,
    "__setitem__": _setitem,
    "setdefault": _setdefault,
    "__delitem__": _delitem,
    "pop": _pop,
}


def quick_call(engine: type, name: str, slow: Method) -> Method:
    """The quick form of a method, where the engine has Django's own and there is one; else `slow`."""
    base = getattr(engine, name)
    if name not in _MAKERS or base is not getattr(SessionBase, name):
        return slow
    return functools.wraps(base)(_MAKERS[name](base, slow))
