"""Recording subclasses of sessions that are dicts: they do what the library's class does, and record it.

They keep the name and module of the class that they stand for, add nothing to an instance's dict, and are copied and
pickled as the library's own class. What observes a session is found by its id, for as long as its exchange runs.
"""

from __future__ import annotations

import copyreg
import functools
import sys
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from ..core.source import Caller
from .observed_mapping import ObservedMapping

#: By the session's id; the observed session holds the session, so that no other gets its id meanwhile.
_observed: dict[int, ObservedMapping] = {}

Note = Callable[[ObservedMapping, Caller, str, tuple[Any, ...], dict[str, Any], Any, Any, bool], None]
"""(observed, caller, call, args, kwargs, result, error, was there before)"""


def observe_session(session: Any, observed: ObservedMapping) -> None:
    """From now on the calls of a session of a recording class are recorded."""
    _observed[id(session)] = observed


def forget_session(observed: ObservedMapping) -> None:
    """Its exchange has ended."""
    session = observed.session()
    if session is not None and _observed.get(id(session)) is observed:
        del _observed[id(session)]
    observed.release()


def abandon(exchange: Any) -> None:
    """Nothing is held for an exchange that could not be finished. Never raises."""
    with suppress(Exception):
        exchange.leave()
        observed, exchange.observed = exchange.observed, None
        if observed is not None:
            forget_session(observed)


def observed_of(session: Any) -> ObservedMapping | None:
    """What observes a session; None: nothing does."""
    return _observed.get(id(session))


def _key(args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    return args[0] if args else kwargs.get("key")


def _read(o: ObservedMapping, caller: Caller, call: str, args: Any, kwargs: Any, _r: Any, error: Any, _w: bool) -> None:
    if error is None or isinstance(error, KeyError):
        o.note_read(caller, call, _key(args, kwargs))


def _in(o: ObservedMapping, caller: Caller, _c: str, args: Any, kwargs: Any, found: Any, error: Any, _w: bool) -> None:
    if error is None:
        o.ask(caller, _key(args, kwargs), found)


def _all(o: ObservedMapping, caller: Caller, call: str, _a: Any, _k: Any, _r: Any, error: Any, _w: bool) -> None:
    if error is None:
        o.read_all(caller, call)


def _set(o: ObservedMapping, caller: Caller, call: str, args: Any, kwargs: Any, _r: Any, error: Any, _w: bool) -> None:
    if error is None:
        o.note_set(caller, call, _key(args, kwargs))


def _setdefault(
    o: ObservedMapping, caller: Caller, call: str, args: Any, kwargs: Any, _r: Any, error: Any, was_there: bool
) -> None:
    if error is None:
        (o.note_read if was_there else o.note_set)(caller, call, _key(args, kwargs))


def _delete(
    o: ObservedMapping, caller: Caller, call: str, args: Any, kwargs: Any, _r: Any, error: Any, _w: bool
) -> None:
    if error is None or isinstance(error, KeyError):
        o.note_delete(caller, call, _key(args, kwargs))


def _popitem(o: ObservedMapping, caller: Caller, call: str, _a: Any, _k: Any, item: Any, error: Any, _w: bool) -> None:
    if error is None:
        o.note_delete(caller, call, item[0])


def _update(
    o: ObservedMapping, caller: Caller, call: str, args: Any, kwargs: Any, _r: Any, error: Any, _w: bool
) -> None:
    if error is not None:
        return
    given = args[0] if args else {}
    # An iterator has been used up: what it brought is found at the next checkpoint.
    named = given if isinstance(given, dict) else dict(given) if isinstance(given, (list, tuple)) else {}
    o.update(caller, {**dict.copy(named), **kwargs}, call)


def _clear(o: ObservedMapping, caller: Caller, _c: str, _a: Any, _k: Any, _r: Any, error: Any, _w: bool) -> None:
    if error is None:
        o.note_clear(caller)


#: By the method's name: how it is recorded, and its name on the wire where that differs.
METHODS: dict[str, tuple[Note, str | None]] = {
    "__getitem__": (_read, "[]"),
    "get": (_read, None),
    "__contains__": (_in, "in"),
    "keys": (_all, None),
    "values": (_all, None),
    "items": (_all, None),
    "__setitem__": (_set, "[]="),
    "setdefault": (_setdefault, None),
    "update": (_update, None),
    "__ior__": (_update, "|="),
    "__delitem__": (_delete, "del"),
    "pop": (_delete, None),
    "popitem": (_popitem, None),
    "clear": (_clear, None),
}

_classes: dict[type, type] = {}


def recording_class(base: type, more: Callable[[type], dict[str, Any]] | None = None) -> type:
    """The recording subclass of a session's class; one for each, and of itself itself.

    `more`: what an adapter adds for its library.
    """
    made = _classes.get(base)
    if made is None:
        if base in _classes.values():
            return base
        body: dict[str, Any] = {
            "__module__": base.__module__,
            "__qualname__": base.__qualname__,
            "__doc__": base.__doc__,
            **_as_base(base),
            **(_modified(base) if hasattr(base, "modified") else {}),
            **{name: recorded(getattr(base, name), *of) for name, of in METHODS.items()},
            **({} if more is None else more(base)),
        }
        made = _classes[base] = type(base)(base.__name__, (base,), body)
    return made


def recorded(base: Callable[..., Any], note: Note, call: str | None = None) -> Callable[..., Any]:
    """A method with its recording around it: the same result, the same error, the same arguments."""
    name = call or base.__name__
    is_setdefault = name == "setdefault"

    @functools.wraps(base)
    def recorded(self: Any, *args: Any, **kwargs: Any) -> Any:
        __traceback_hide__ = True
        observed = _observed.get(id(self))
        if observed is None or observed.is_library_running:
            return base(self, *args, **kwargs)
        was_there = is_setdefault and dict.__contains__(self, _key(args, kwargs))
        observed.is_library_running = True
        result = fault = None
        try:
            result = base(self, *args, **kwargs)
        except BaseException as error:
            fault = error
            raise
        finally:
            observed.is_library_running = False
            try:
                note(observed, observed.sources.take(sys._getframe(1)), name, args, kwargs, result, fault, was_there)
            except Exception as error:
                observed.fault(name, error)
        return result

    return recorded


def _as_base(base: Any) -> dict[str, Any]:
    """Copies and pickles are the library's own class; where that has no way of its own to be copied."""
    if base.__reduce_ex__ is not object.__reduce_ex__ or base.__reduce__ is not object.__reduce__:
        return {}

    def __reduce_ex__(self: Any, protocol: Any) -> Any:
        # The standard library's own way back: who reads it needs no companion.
        content: Any = dict.copy(self)
        return copyreg._reconstructor, (base, dict, content), dict(self.__dict__) or None  # type: ignore[attr-defined]

    return {"__reduce_ex__": __reduce_ex__}


def _modified(base: Any) -> dict[str, Any]:
    """The mark by which the library knows that a session has to be saved: where the app sets it, that is recorded."""
    usual = base.modified
    if isinstance(usual, property):
        return {}

    def get_modified(self: Any) -> Any:
        return self.__dict__.get("modified", usual)

    def set_modified(self: Any, value: Any) -> None:
        self.__dict__["modified"] = value
        observed = _observed.get(id(self))
        if observed is None or observed.is_library_running:
            return
        try:
            observed.set_modified(observed.sources.take(sys._getframe(1)), value)
        except Exception as error:
            observed.fault("modified", error)

    return {"modified": property(get_modified, set_modified)}
