"""The middleware, directly before Django's `SessionMiddleware`:

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "sessionscope.django.middleware.SessionscopeMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    …
]
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import Any

from asgiref.sync import iscoroutinefunction, markcoroutinefunction
from django.contrib.sessions.middleware import SessionMiddleware
from django.core.exceptions import MiddlewareNotUsed
from django.http import HttpRequest
from django.http.response import HttpResponseBase

from ..core import protocol
from ..core.discovery import format_discovery, header_with, loopback_origin
from ..endpoint.inside import THREADS, is_for_endpoint
from ..observe.activation import say_that_it_is_on
from . import checks  # noqa: F401  registered even where the app is missing from INSTALLED_APPS
from .companion import Companion, companion_of
from .conf import is_enabled, read_options
from .exchange import Exchange, current_exchange
from .inside import respond, respond_async, to_call
from .recording import recording_class

GetResponse = Callable[[HttpRequest], Any]

#: Middlewares looked through for Django's own.
_MAX_DEPTH = 64


def find_session_middleware(get_response: Any) -> SessionMiddleware | None:
    """The `SessionMiddleware` behind a handler: the next one, or further in."""
    todo = [get_response]
    for _ in range(_MAX_DEPTH):
        if not todo:
            return None
        handler = todo.pop(0)
        if isinstance(handler, SessionMiddleware):
            return handler
        for name in ("__wrapped__", "func", "awaitable", "get_response"):
            inner = getattr(handler, name, None)
            if callable(inner):
                todo.append(inner)
    return None


class SessionscopeMiddleware:
    """Observes `request.session`, puts the discovery header on responses, and serves the endpoint.

    Raises MiddlewareNotUsed, and so is no part of the app, unless `DEBUG` is true.
    """

    sync_capable = True
    async_capable = True

    def __init__(self, get_response: GetResponse) -> None:
        options, _ = read_options()
        if not is_enabled(options):
            raise MiddlewareNotUsed("Sessionscope observes in development only (DEBUG = True).")
        self.get_response = get_response
        say_that_it_is_on("request.session", "DEBUG is True", options.quiet)
        self._is_async = iscoroutinefunction(get_response)
        if self._is_async:
            markcoroutinefunction(self)
        self._headers: dict[tuple[str, str | None, str], str] = {}
        self._observes = False
        try:
            sessions = find_session_middleware(get_response)
            if sessions is not None:
                sessions.SessionStore = recording_class(sessions.SessionStore)
                self._observes = True
        except Exception as error:
            companion_of().faults.note("install", error)

    def __call__(self, request: HttpRequest) -> HttpResponseBase | Awaitable[HttpResponseBase]:
        if self._is_async:
            return self.__acall__(request)
        companion = self._companion(request)
        if companion is None:
            return self.get_response(request)  # type: ignore[no-any-return]
        if is_for_endpoint(request.path_info, companion.endpoint):
            no_stream = (
                None
                if request.META.get("wsgi.multithread", True)
                else "This server's worker serves one request at a time, and a stream would hold it."
            )
            return respond(companion.endpoint.answer(to_call(request, companion.endpoint, no_stream)))
        if not self._observes:
            return self.get_response(request)  # type: ignore[no-any-return]
        exchange = self._begin(companion, request)
        token = current_exchange.set(exchange)
        try:
            response = self.get_response(request)
        except BaseException:
            self._cancel(exchange)
            raise
        finally:
            current_exchange.reset(token)
        self._end(exchange, request, response)
        return response  # type: ignore[no-any-return]

    async def __acall__(self, request: HttpRequest) -> HttpResponseBase:
        companion = self._companion(request)
        if companion is None:
            return await self.get_response(request)  # type: ignore[no-any-return]
        if is_for_endpoint(request.path_info, companion.endpoint):
            call = to_call(request, companion.endpoint, None)
            loop = asyncio.get_running_loop()
            return respond_async(await loop.run_in_executor(THREADS, companion.endpoint.answer, call))
        if not self._observes:
            return await self.get_response(request)  # type: ignore[no-any-return]
        exchange = self._begin(companion, request)
        token = current_exchange.set(exchange)
        try:
            response: HttpResponseBase = await self.get_response(request)
        except BaseException:
            self._cancel(exchange)
            raise
        finally:
            current_exchange.reset(token)
        self._end(exchange, request, response)
        return response

    def _companion(self, request: HttpRequest) -> Companion | None:
        try:
            companion = companion_of()
            companion.record_epoch(bool(request.META.get("wsgi.multiprocess", False)), request.META.get("SERVER_PORT"))
            return companion
        except Exception:
            # Without a companion there is nobody to report to: the app goes on.
            return None

    def _begin(self, companion: Companion, request: HttpRequest) -> Exchange | None:
        exchange = None
        try:
            exchange = Exchange(companion, request)
            exchange.start()
        except Exception as error:
            companion.faults.note("start", error)
        return exchange

    def _cancel(self, exchange: Exchange | None) -> None:
        if exchange is None:
            return
        try:
            exchange.finish(None)
        except Exception as error:
            exchange.fault("finish", error)

    def _end(self, exchange: Exchange | None, request: HttpRequest, response: HttpResponseBase) -> None:
        if exchange is None:
            return
        try:
            self._announce(exchange, request, response)
        except Exception as error:
            exchange.fault("header", error)
        try:
            if response.streaming:
                exchange.head_at = time.perf_counter()
                # The app's generator may still change the session: the exchange ends when it does.
                response._resource_closers.append(lambda: self._finish(exchange, response))  # type: ignore[attr-defined]
            else:
                exchange.finish(response)
        except Exception as error:
            exchange.fault("finish", error)

    def _finish(self, exchange: Exchange, response: HttpResponseBase) -> None:
        try:
            exchange.finish(response)
        except Exception as error:
            exchange.fault("finish", error)

    def _announce(self, exchange: Exchange, request: HttpRequest, response: HttpResponseBase) -> None:
        meta = request.META
        companion = exchange.companion
        if not companion.endpoint.is_allowed_host(meta.get("HTTP_HOST") or meta.get("SERVER_NAME")):
            # The endpoint would refuse that host, so that the header would be of no use to a panel.
            return
        # The socket's own scheme: a proxy's word for it, which `request.scheme` heeds, is another's.
        scheme = request._get_scheme()  # type: ignore[attr-defined]
        place = (
            str(meta.get("SCRIPT_NAME", "")).rstrip("/"),
            loopback_origin(scheme, meta.get("REMOTE_ADDR"), meta.get("SERVER_PORT")),
            exchange.log.epoch,
        )
        prefix = self._headers.get(place)
        if prefix is None:
            mount, at, epoch = place
            prefix = format_discovery(mount + companion.endpoint.path, companion.identity.app, at, epoch)
            self._headers = {**self._headers, place: prefix} if len(self._headers) < 64 else {place: prefix}
        known = response.headers.get(protocol.DISCOVERY_HEADER)
        response.headers[protocol.DISCOVERY_HEADER] = header_with(known, f'{prefix}{exchange.id}"')
