"""The session interface that stands in for the app's: it does what that does, and observes it.

A session begins in `open_session` and is decided about in `save_session`. Quart handles each request, and each
WebSocket, in a task of its own, which ends when the response was sent: so does the exchange.
"""

from __future__ import annotations

import asyncio
import copy
import functools
import inspect
import sys
from collections.abc import Callable, Mapping
from contextlib import suppress
from contextvars import ContextVar
from types import FrameType
from typing import Any
from weakref import WeakSet

from quart import signals

from ..flask.interface_exchange import under_way
from ..observe.activation import say_that_it_is_on, why_on
from ..observe.companion import Companion
from ..observe.mapping_calls import abandon, observed_of
from ..observe.options import Options, parse_options
from .companion import companion_of
from .endpoint import EndpointInApp, replace_response
from .exchange import Exchange
from .library import QuartLibrary

#: A call of a panel's that the app was given as its first request.
first_call: ContextVar[tuple[Any, Companion] | None] = ContextVar("sessionscope_quart_call", default=None)

#: The exchange of the task that is under way.
_current: ContextVar[Exchange | None] = ContextVar("sessionscope_quart_exchange", default=None)

#: Frames between `open_session` and the app's `handle_request`.
_MAX_DEPTH = 8

#: By the function that handles a request or a WebSocket: its name for it.
_HANDLERS = {"handle_request": "request", "handle_websocket": "websocket"}

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
        self._libraries: dict[int, tuple[QuartLibrary, int]] = {}
        self.endpoint = EndpointInApp()

    def is_on(self, app: Any) -> bool:
        return bool(app.debug) and not app.testing if self._is_on is None else self._is_on

    def begin(self, interface: Any, app: Any, request: Any) -> Exchange | None:
        """An exchange for what a server brought; None for any other context. Never raises."""
        companion: Companion | None = None
        try:
            if not _is_handled(sys._getframe(2), request):
                return None
            task = asyncio.current_task()
            companion = companion_of(self._options)
            known = self._library(companion, interface, app)
            if known is None or task is None:
                return None
            library, index = known
            server = request.scope.get("server")
            companion.record_epoch(port=str(server[1]) if server and server[1] else None)
            if self.endpoint.takes_over(app, companion, request.scope):
                first_call.set((request, companion))
                return None
            exchange = Exchange(companion, library, index, request)
            exchange.start()
            _current.set(exchange)
            task.add_done_callback(lambda _task: _end(exchange))
            return exchange
        except Exception as error:
            if companion is not None:
                companion.faults.note("start", error)
            return None

    def _library(self, companion: Companion, interface: Any, app: Any) -> tuple[QuartLibrary, int] | None:
        if companion is not self._companion:
            # The first request, or the first in a worker that was forked.
            self._companion = companion
            self._libraries = {}
            say_that_it_is_on("quart.session", why_on(self._is_on), self._options.quiet)
        known = self._libraries.get(id(app))
        if known is None:
            library = QuartLibrary(companion, app, interface)
            index = companion.add_library(library)
            if index is None:
                return None
            known = self._libraries[id(app)] = library, index
            signals.got_request_exception.connect(_note_failure, app)
            signals.got_websocket_exception.connect(_note_failure, app)
        return known


async def _note_failure(_app: Any, exception: BaseException, **_more: Any) -> None:
    """The app raised an error that none of its own handlers took."""
    exchange = _current.get()
    if exchange is not None:
        exchange.take_failure(exception)


def _is_handled(frame: FrameType | None, request: Any) -> bool:
    """Whether the app handles this request: a context of a test or a shell is in no such function."""
    for _ in range(_MAX_DEPTH):
        if frame is None:
            return False
        name = _HANDLERS.get(frame.f_code.co_name)
        if name is not None and frame.f_locals.get(name) is request:
            return True
        frame = frame.f_back
    return False


def _end(exchange: Exchange) -> None:
    try:
        exchange.end_of_task()
    except Exception as fault:
        exchange.fault("finish", fault)
        abandon(exchange)


def observed_interface(interface: Any, is_on: bool | None, given: Mapping[str, Any]) -> Any:
    """A copy of `interface`, of a subclass of its class, that observes.

    `is_on` None: the app decides. One that is not asynchronous is given back as it is, and standard error says so.
    Raises ValueError for an option that is unknown or malformed.
    """
    options, faults = parse_options(given, "observe(…) options")
    if faults:
        raise ValueError(" ".join(faults))
    base: Any = type(interface)
    if not inspect.iscoroutinefunction(base.open_session):
        with suppress(OSError, ValueError):
            sys.stderr.write(
                "Sessionscope does not observe these sessions as Quart's: open_session is not asynchronous. Flask's "
                "are observed with: from sessionscope.flask import observe\n"
            )
        return interface
    observer = Observer(interface, is_on, options)
    body: dict[str, Any] = {
        "__module__": base.__module__,
        "__qualname__": base.__qualname__,
        "__doc__": base.__doc__,
        "open_session": _open_session(base, observer),
        "save_session": _save_session(base),
    }
    made = copy.copy(interface)
    made.__class__ = type(base)(base.__name__, (base,), body)
    _made.add(made.__class__)
    return made


def _open_session(base: Any, observer: Observer) -> Callable[..., Any]:
    @functools.wraps(base.open_session)
    async def open_session(self: Any, app: Any, request: Any) -> Any:
        if not observer.is_on(app):
            if app.session_interface is self:
                # Decided: from here on it is what it was given as.
                app.session_interface = observer.base
            return await base.open_session(self, app, request)
        exchange = observer.begin(self, app, request)
        if exchange is None:
            return await base.open_session(self, app, request)
        token = under_way.set(exchange)
        try:
            session = await base.open_session(self, app, request)
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


def _save_session(base: Any) -> Callable[..., Any]:
    @functools.wraps(base.save_session)
    async def save_session(self: Any, app: Any, session: Any, response: Any) -> Any:
        call = first_call.get()
        if call is not None and response is not None:
            first_call.set(None)
            request, companion = call
            try:
                await replace_response(response, request, companion)
            except Exception as error:
                companion.faults.note("endpoint", error)
            return None
        observed = observed_of(session)
        exchange: Any = None if observed is None else observed.exchange
        if exchange is None:
            return await base.save_session(self, app, session, response)
        cookies = 0
        try:
            cookies = 0 if response is None else len(response.headers.getlist("Set-Cookie"))
            exchange.before_save()
        except Exception as error:
            exchange.fault("save_session", error)
        token = under_way.set(exchange)
        failed: BaseException | None = None
        try:
            return await base.save_session(self, app, session, response)
        except BaseException as error:
            failed = error
            raise
        finally:
            under_way.reset(token)
            try:
                is_sent = exchange.is_sent(response)
                exchange.after_save(response if is_sent else None, cookies, failed)
                if failed is None and is_sent:
                    exchange.has_response = True
                    exchange.announce(response)
                    exchange.take_head(response)
            except Exception as error:
                exchange.fault("save_session", error)
            # Else the frame and its error hold each other.
            failed = None

    return save_session
