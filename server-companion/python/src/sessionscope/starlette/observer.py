"""What observes the requests of one SessionMiddleware: from outside of it, and from inside."""

from __future__ import annotations

from contextvars import ContextVar
from typing import Any

from starlette.middleware import sessions as starlettes

from ..core.discovery import format_discovery, loopback_origin
from ..endpoint.inside import answer_asgi, headers_of, is_for_endpoint, path_of
from ..observe.activation import say_that_it_is_on, why_on
from ..observe.companion import Companion
from ..observe.mapping_calls import abandon
from ..observe.options import Options
from .companion import companion_of
from .exchange import Exchange
from .library import StarletteLibrary

#: The exchange that an observed middleware passes on to its app.
current_exchange: ContextVar[Exchange | None] = ContextVar("sessionscope_starlette_exchange", default=None)

_BASE: Any = starlettes.SessionMiddleware


class Observer:
    def __init__(self, middleware: Any, base: Any, options: Options, is_on: bool | None) -> None:
        self._middleware = middleware
        self._call = base.__call__
        self._is_exact = base.__call__ is _BASE.__call__
        self._options = options
        self._companion: Companion | None = None
        self._prefixes: dict[tuple[str, str | None, str], str] = {}
        say_that_it_is_on("request.session", why_on(is_on), options.quiet)

    def _companion_of(self, scope: Any) -> Companion | None:
        try:
            companion = companion_of(self._options)
            if companion is not self._companion:
                # The first request, or the first in a worker that was forked.
                is_tracking = hasattr(starlettes, "Session")
                library = StarletteLibrary(companion, self._middleware, is_tracking)
                index = companion.add_library(library)
                if index is None:
                    return None
                self._library, self._index = library, index
                self._companion = companion
            server = scope.get("server")
            companion.record_epoch(port=str(server[1]) if server and server[1] else None)
            return companion
        except Exception:
            # Without a companion there is nobody to report to: the app goes on.
            return None

    async def serve(self, scope: Any, receive: Any, send: Any) -> None:
        """One request or WebSocket."""
        companion = self._companion_of(scope)
        if companion is None:
            await self._call(self._middleware, scope, receive, send)
            return
        mount, path = path_of(scope)
        if scope["type"] == "http" and is_for_endpoint(path, companion.endpoint):
            await answer_asgi(companion.endpoint, path, scope, receive, send)
            return
        exchange = self._begin(companion, scope, mount)
        token = current_exchange.set(exchange)
        error: BaseException | None = None
        try:
            await self._call(self._middleware, scope, receive, send if exchange is None else _outer(exchange, send))
        except BaseException as raised:
            error = raised
            raise
        finally:
            current_exchange.reset(token)
            if exchange is not None:
                try:
                    exchange.finish(error)
                except Exception as fault:
                    exchange.fault("finish", fault)
                    abandon(exchange)
                # Else the frame, its error and the exchange hold each other.
                error = None

    def _begin(self, companion: Companion, scope: Any, mount: str) -> Exchange | None:
        try:
            prefix = self._prefix(companion, scope, mount)
            exchange = Exchange(companion, self._library, self._index, scope, prefix, self._is_exact)
            exchange.start()
            return exchange
        except Exception as error:
            companion.faults.note("start", error)
            return None

    def _prefix(self, companion: Companion, scope: Any, mount: str) -> str | None:
        """The discovery header up to the exchange's id; None for a host that the endpoint would refuse."""
        if not companion.endpoint.is_allowed_host(headers_of(scope).get("host")):
            return None
        client, server = scope.get("client"), scope.get("server")
        at = loopback_origin(
            "https" if scope.get("scheme") in ("https", "wss") else "http",
            client[0] if client else None,
            str(server[1]) if server and server[1] else None,
        )
        place = (mount, at, companion.log.epoch)
        prefix = self._prefixes.get(place)
        if prefix is None:
            path = mount + companion.endpoint.path
            prefix = format_discovery(path, companion.identity.app, at, companion.log.epoch)
            self._prefixes = {**self._prefixes, place: prefix} if len(self._prefixes) < 64 else {place: prefix}
        return prefix


def _outer(exchange: Exchange, send: Any) -> Any:
    """What the middleware sends to: the server, or a middleware outside of it."""

    async def outer(message: Any) -> None:
        kind = message["type"]
        if exchange.observed is not None:
            exchange.observed.is_library_running = False
        try:
            if kind == "http.response.start":
                message = exchange.send_head(message)
            elif kind == "http.response.body":
                exchange.is_complete = not message.get("more_body", False)
            elif kind == "websocket.accept":
                exchange.status = 101
            elif kind == "websocket.close" and exchange.status is None:
                exchange.status = 403
        except Exception as error:
            exchange.fault("head", error)
        await send(message)

    return outer


class Inner:
    """Stands between the middleware and its app, and is the app for whoever looks at it."""

    def __init__(self, app: Any, observer: Observer) -> None:
        self.app = app
        self._observer = observer

    def __getattr__(self, name: str) -> Any:
        return getattr(self.__dict__["app"], name)

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        exchange = current_exchange.get()
        if exchange is None or exchange.observed is not None or "session" not in scope:
            await self.app(scope, receive, send)
            return
        try:
            exchange.take_session(scope)
        except Exception as error:
            exchange.fault("session", error)

        async def inner(message: Any) -> None:
            if message["type"] != "http.response.start":
                await send(message)
                return
            try:
                exchange.before_decision(message)
            except Exception as error:
                exchange.fault("decision", error)
            failed: BaseException | None = None
            try:
                await send(message)
            except BaseException as error:
                failed = error
                raise
            finally:
                try:
                    exchange.after_decision(failed)
                except Exception as error:
                    exchange.fault("decision", error)
                failed = None

        await self.app(scope, receive, inner)
