"""The middleware, directly before Django's `SessionMiddleware`:

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "django_sessionscope.middleware.SessionscopeMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    …
]
"""

from __future__ import annotations

import asyncio
import ipaddress
from collections.abc import Awaitable, Callable
from typing import Any

from asgiref.sync import iscoroutinefunction, markcoroutinefunction
from django.contrib.sessions.middleware import SessionMiddleware
from django.core.exceptions import MiddlewareNotUsed
from django.http import HttpRequest
from django.http.response import HttpResponseBase

from . import checks  # noqa: F401  (registered even where the app is missing from INSTALLED_APPS)
from .companion import Companion, companion_of
from .conf import is_enabled, read_options
from .core import protocol
from .endpoint.inside import is_for_endpoint, respond, respond_async, to_call
from .exchange import Exchange, current_exchange
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
        self._is_async = iscoroutinefunction(get_response)
        if self._is_async:
            markcoroutinefunction(self)
        self._headers: dict[tuple[str, str, str], str] = {}
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
            return respond_async(await loop.run_in_executor(None, companion.endpoint.answer, call))
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
            companion.tell_epoch(bool(request.META.get("wsgi.multiprocess", False)))
            return companion
        except Exception:
            # Without a companion there is nobody to tell it to: the app goes on.
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
        place = (
            str(meta.get("SCRIPT_NAME", "")),
            str(meta.get("SERVER_NAME", "")),
            str(meta.get("SERVER_PORT", "")),
        )
        prefix = self._headers.get(place)
        if prefix is None:
            companion = exchange.companion
            prefix = protocol.format_discovery(
                place[0].rstrip("/") + companion.endpoint.path,
                companion.identity.app,
                # The socket's own: a proxy's word for it, which `request.scheme` heeds, is another's.
                origin_of(request._get_scheme(), place[1], place[2]),  # type: ignore[attr-defined]
                companion.log.epoch,
            )
            self._headers = {**self._headers, place: prefix} if len(self._headers) < 64 else {place: prefix}
        item = f'{prefix}{exchange.id}"'
        known = response.headers.get(protocol.DISCOVERY_HEADER)
        response.headers[protocol.DISCOVERY_HEADER] = item if known is None else f"{known}, {item}"


def origin_of(scheme: str, host: str, port: str) -> str:
    """The origin of the socket that answered. A server bound to every address, or by name, is asked on loopback."""
    try:
        address = ipaddress.ip_address(host.strip("[]"))
        name = "127.0.0.1" if address.is_unspecified else str(address)
        if address.version == 6 and not address.is_unspecified:
            name = f"[{name}]"
    except ValueError:
        name = "127.0.0.1"
    is_port = port.isascii() and port.isdigit() and 0 < int(port) < 65_536
    return f"{scheme}://{name}:{port}" if is_port else f"{scheme}://{name}"
