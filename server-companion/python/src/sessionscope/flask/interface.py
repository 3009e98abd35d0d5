"""The session interface that stands in for the app's: it does what that does, and observes it.

A session begins in `open_session` and is decided about in `save_session`: these two are the library's own, whatever
keeps the record. What Flask-Session does with its store passes methods of its interface, which are seen too.
"""

from __future__ import annotations

import copy
import functools
import inspect
import sys
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from contextvars import ContextVar
from types import FrameType
from typing import Any
from weakref import WeakSet

from ..core.source import Caller
from ..observe.activation import say_that_it_is_on, why_on
from ..observe.companion import Companion
from ..observe.mapping_calls import abandon, observed_of
from ..observe.options import Options, parse_options
from .companion import companion_of
from .endpoint import EndpointInApp, replace_response
from .exchange import Exchange
from .interface_exchange import under_way
from .library import FlaskLibrary
from .records import LoadedRecord

#: A call of a panel's that the app was given as its first request.
first_call: ContextVar[tuple[dict[str, Any], Companion] | None] = ContextVar("sessionscope_flask_call", default=None)

#: What a serializer of Flask-Session's writes or reads in the call that is under way.
_passed: ContextVar[list[bytes] | None] = ContextVar("sessionscope_flask_record", default=None)

#: Frames between `open_session` and the app's `wsgi_app`.
_MAX_DEPTH = 12


#: Each class that was made here.
_made: WeakSet[Any] = WeakSet()


def is_observed(interface: Any) -> bool:
    """Whether it is one that `observed_interface` made."""
    return type(interface) in _made


class Observer:
    """What observes the sessions that one interface opens."""

    def __init__(self, base: Any, is_on: bool | None, options: Options) -> None:
        #: The interface as it was given.
        self.base = base
        self._is_on = is_on
        self._options = options
        self._companion: Companion | None = None
        #: By the app's id: one interface may serve several.
        self._libraries: dict[int, tuple[FlaskLibrary, int]] = {}
        self.endpoint = EndpointInApp()

    def is_on(self, app: Any) -> bool:
        return bool(app.debug) and not app.testing if self._is_on is None else self._is_on

    def begin(self, interface: Any, app: Any, request: Any) -> Exchange | None:
        """An exchange for a request that a server brought; None for any other context. Never raises."""
        companion: Companion | None = None
        try:
            frame = _frame_of_request(sys._getframe(2), request)
            if frame is None:
                return None
            companion = companion_of(self._options)
            known = self._library(companion, interface, app)
            if known is None:
                return None
            library, index = known
            environ = request.environ
            port = environ.get("SERVER_PORT")
            companion.record_epoch(bool(environ.get("wsgi.multiprocess", False)), None if port is None else str(port))
            if self.endpoint.takes_over(app, companion, environ):
                first_call.set((environ, companion))
                return None
            exchange = Exchange(companion, library, index, request)
            exchange.start()
            _watch_end(request, exchange)
            return exchange
        except Exception as error:
            if companion is not None:
                companion.faults.note("start", error)
            return None

    def _library(self, companion: Companion, interface: Any, app: Any) -> tuple[FlaskLibrary, int] | None:
        if companion is not self._companion:
            # The first request, or the first in a worker that was forked.
            self._companion = companion
            self._libraries = {}
            say_that_it_is_on("flask.session", why_on(self._is_on), self._options.quiet)
        known = self._libraries.get(id(app))
        if known is None:
            library = FlaskLibrary(companion, app, interface)
            index = companion.add_library(library)
            if index is None:
                return None
            known = self._libraries[id(app)] = library, index
        return known


def _frame_of_request(frame: FrameType | None, request: Any) -> FrameType | None:
    """The app's `wsgi_app` that serves this request: a context of a test or a shell has none."""
    for _ in range(_MAX_DEPTH):
        if frame is None:
            return None
        if frame.f_code.co_name == "wsgi_app" and frame.f_locals.get("environ") is request.environ:
            return frame
        frame = frame.f_back
    return None


def _watch_end(request: Any, exchange: Exchange) -> None:
    """Flask closes the request as its context ends: where it made no response, that is the end."""
    close = request.close

    def closing() -> None:
        # Else the request holds itself.
        request.__dict__.pop("close", None)
        if not exchange.has_response:
            _end(exchange, sys.exc_info()[1])
        close()

    request.close = closing


def _end(exchange: Exchange, error: BaseException | None = None) -> None:
    try:
        exchange.finish(error)
    except Exception as fault:
        exchange.fault("finish", fault)
        abandon(exchange)


def observed_interface(interface: Any, is_on: bool | None, given: Mapping[str, Any]) -> Any:
    """A copy of `interface`, of a subclass of its class, that observes.

    `is_on` None: the app decides. One that is asynchronous is given back as it is, and standard error says so.
    Raises ValueError for an option that is unknown or malformed.
    """
    options, faults = parse_options(given, "observe(…) options")
    if faults:
        raise ValueError(" ".join(faults))
    base: Any = type(interface)
    if inspect.iscoroutinefunction(base.open_session):
        with suppress(OSError, ValueError):
            sys.stderr.write(
                "Sessionscope does not observe these sessions as Flask's: open_session is asynchronous. Quart's are "
                "observed with: from sessionscope.quart import observe\n"
            )
        return interface
    observer = Observer(interface, is_on, options)
    body: dict[str, Any] = {
        "__module__": base.__module__,
        "__qualname__": base.__qualname__,
        "__doc__": base.__doc__,
        "open_session": _open_session(base, observer),
        "save_session": _save_session(base, observer),
    }
    for name, make in _STORE_METHODS.items():
        if hasattr(base, name):
            body[name] = make(getattr(base, name))
    made = copy.copy(interface)
    made.__class__ = type(base)(base.__name__, (base,), body)
    _made.add(made.__class__)
    if hasattr(getattr(interface, "serializer", None), "encode"):
        made.serializer = _noting(interface.serializer)
    return made


def _noting(serializer: Any) -> Any:
    """A copy of a serializer that notes what passes it."""
    base: Any = type(serializer)

    @functools.wraps(base.encode)
    def encode(self: Any, session: Any) -> Any:
        data = base.encode(self, session)
        _note(data)
        return data

    @functools.wraps(base.decode)
    def decode(self: Any, serialized_data: Any) -> Any:
        _note(serialized_data)
        return base.decode(self, serialized_data)

    made = copy.copy(serializer)
    names = {"__module__": base.__module__, "__qualname__": base.__qualname__, "__doc__": base.__doc__}
    made.__class__ = type(base)(base.__name__, (base,), {**names, "encode": encode, "decode": decode})
    return made


def _note(data: Any) -> None:
    passed = _passed.get()
    if passed is not None and isinstance(data, bytes):
        passed.append(data)


def _open_session(base: Any, observer: Observer) -> Callable[..., Any]:
    @functools.wraps(base.open_session)
    def open_session(self: Any, app: Any, request: Any) -> Any:
        if not observer.is_on(app):
            if app.session_interface is self:
                # Decided: from here on it is what it was given as.
                app.session_interface = observer.base
            return base.open_session(self, app, request)
        exchange = observer.begin(self, app, request)
        if exchange is None:
            return base.open_session(self, app, request)
        token = under_way.set(exchange)
        try:
            session = base.open_session(self, app, request)
        except BaseException as error:
            exchange.load_failed(error)
            raise
        finally:
            under_way.reset(token)
        try:
            exchange.take_session(session)
        except Exception as error:
            exchange.fault("open_session", error)
        return session

    return open_session


def _save_session(base: Any, observer: Observer) -> Callable[..., Any]:
    @functools.wraps(base.save_session)
    def save_session(self: Any, app: Any, session: Any, response: Any) -> Any:
        call = first_call.get()
        if call is not None:
            first_call.set(None)
            replace_response(response, *call)
            return None
        observed = observed_of(session)
        exchange: Any = None if observed is None else observed.exchange
        if exchange is None:
            return base.save_session(self, app, session, response)
        cookies = 0
        try:
            cookies = len(response.headers.getlist("Set-Cookie"))
            exchange.before_save()
        except Exception as error:
            exchange.fault("save_session", error)
        token = under_way.set(exchange)
        failed: BaseException | None = None
        try:
            return base.save_session(self, app, session, response)
        except BaseException as error:
            failed = error
            raise
        finally:
            under_way.reset(token)
            try:
                exchange.after_save(response, cookies, failed)
                if failed is None:
                    _leave(exchange, response)
            except Exception as error:
                exchange.fault("save_session", error)
            # Else the frame and its error hold each other.
            failed = None

    return save_session


def _leave(exchange: Exchange, response: Any) -> None:
    """The response is whole but for the header; its body may be made later."""
    response.call_on_close(lambda: _end(exchange))
    exchange.has_response = True
    exchange.announce(response)
    exchange.take_head(response)


# ── Flask-Session ────────────────────────────────────────────────────────────


def _caller(exchange: Exchange) -> Caller | None:
    """Who called a method of the interface: None where Flask's own decision did."""
    if under_way.get() is exchange:
        return None
    caller: Caller = exchange.companion.sources.take(sys._getframe(2))
    return caller


def _ms_since(began: float) -> float:
    return (time.perf_counter() - began) * 1000


def _retrieve(base: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(base)
    def _retrieve_session_data(self: Any, store_id: str) -> Any:
        exchange = under_way.get()
        passed: list[bytes] = []
        token = _passed.set(passed)
        began = time.perf_counter()
        try:
            data = base(self, store_id)
        finally:
            _passed.reset(token)
        if exchange is not None:
            size = len(passed[-1]) if passed else None
            exchange.record = LoadedRecord("missing" if data is None else "found", _ms_since(began), size)
        return data

    return _retrieve_session_data


def _upsert(base: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(base)
    def _upsert_session(self: Any, session_lifetime: Any, session: Any, store_id: str) -> Any:
        observed = observed_of(session)
        exchange: Any = None if observed is None else observed.exchange
        if observed is None or exchange is None:
            return base(self, session_lifetime, session, store_id)
        began = time.perf_counter()
        passed: list[bytes] = []
        token = _passed.set(passed)
        busy, observed.is_library_running = observed.is_library_running, True
        try:
            result = base(self, session_lifetime, session, store_id)
        finally:
            observed.is_library_running = busy
            _passed.reset(token)
        try:
            data = passed[-1] if passed else None
            exchange.note_stored(session, "save_session", _caller(exchange), _ms_since(began), data)
        except Exception as error:
            exchange.fault("save_session", error)
        return result

    return _upsert_session


def _delete(base: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(base)
    def _delete_session(self: Any, store_id: str) -> Any:
        exchange = under_way.get()
        began = time.perf_counter()
        result = base(self, store_id)
        if exchange is not None and exchange.observed is not None:
            try:
                exchange.note_deleted(exchange.observed, _ms_since(began), "delete_session", None)
            except Exception as error:
                exchange.fault("save_session", error)
        return result

    return _delete_session


def _regenerate(base: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(base)
    def regenerate(self: Any, session: Any) -> Any:
        __traceback_hide__ = True
        # An app gives `flask.session`, which is a proxy.
        unwrap = getattr(session, "_get_current_object", None)
        observed = observed_of(session if unwrap is None else unwrap())
        if observed is None or observed.is_library_running:
            return base(self, session)
        before = observed.name()
        began = time.perf_counter()
        observed.is_library_running = True
        try:
            result = base(self, session)
        finally:
            observed.is_library_running = False
        try:
            observed.note_regenerated(  # type: ignore[attr-defined]
                observed.sources.take(sys._getframe(1)), session, before, _ms_since(began)
            )
        except Exception as error:
            observed.fault("regenerate", error)
        return result

    return regenerate


_STORE_METHODS: dict[str, Callable[[Callable[..., Any]], Callable[..., Any]]] = {
    "_retrieve_session_data": _retrieve,
    "_upsert_session": _upsert,
    "_delete_session": _delete,
    "regenerate": _regenerate,
}
