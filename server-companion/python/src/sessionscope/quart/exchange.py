"""One request or WebSocket on its way through Quart, as ASGI has it."""

from __future__ import annotations

import time
from typing import Any

from quart.wrappers.response import DataBody

from ..core.discovery import loopback_origin
from ..endpoint.inside import headers_of
from ..flask.interface_exchange import SWITCHING, InterfaceExchange
from ..observe.companion import Companion
from ..observe.exchange import RequestLine
from ..observe.http_facts import ResponseFacts, of_headers
from .library import QuartLibrary
from .verdict import RECORD_ROWS


class Exchange(InterfaceExchange):
    record_rows = RECORD_ROWS
    _failure: BaseException | None = None

    def __init__(self, companion: Companion, library: QuartLibrary, index: int, request: Any) -> None:
        super().__init__(companion, library, index, request)
        self._scope: dict[str, Any] = request.scope
        self._headers = headers_of(self._scope)
        self.is_websocket = self._scope["type"] == "websocket"

    def start(self) -> None:
        """The interface is about to open the session."""
        request, client = self._request, self._scope.get("client")
        line = RequestLine(
            request.method,
            self.companion.identity.without_keys(f"{self._mount}{request.path}"),
            request.scheme in ("https", "wss"),
            of_headers(self._headers, client[0] if client else None),
            "websocket" if self.is_websocket else None,
        )
        self.begin(line, self.take_cookie(self._headers.get("cookie", "")))

    @property
    def _mount(self) -> str:
        return str(self._scope.get("root_path", "")).rstrip("/")

    def announce(self, response: Any) -> None:
        """Puts the discovery header on the response, where the endpoint answers to its host."""
        if not self.companion.endpoint.is_allowed_host(self._headers.get("host")):
            return
        client, server = self._scope.get("client"), self._scope.get("server")
        at = loopback_origin(
            "https" if self._scope.get("scheme") in ("https", "wss") else "http",
            client[0] if client else None,
            str(server[1]) if server and server[1] else None,
        )
        self.announce_at(response, self._mount, at)

    def take_head(self, response: Any) -> None:
        """The response as it leaves Quart."""
        get = response.headers.get
        self.response_facts = ResponseFacts(get("Cache-Control"), get("Vary"), get("Location"))
        # One of Werkzeug's (a page of an error) is whole already.
        if not isinstance(response.response, (DataBody, list)):
            self.head_at = time.perf_counter()

    def is_sent(self, response: Any) -> bool:
        """Whether a response goes to the browser: of a WebSocket only one that refuses it."""
        if response is None or not self.is_websocket:
            return response is not None
        extensions = self._scope.get("extensions") or {}
        return "websocket.http.response" in extensions and not self._is_accepted()

    def _is_accepted(self) -> bool:
        # A connection keeps that to itself; one of another making is taken to have been.
        accept = getattr(self._request, "_accept", None)
        connection = getattr(getattr(accept, "func", None), "__self__", None)
        return bool(getattr(connection, "_accepted", True))

    def take_failure(self, error: BaseException) -> None:
        """The app raised an error: it ends the request where Quart makes no response of it."""
        self._failure = error

    def end_of_task(self) -> None:
        """The response was sent, or the WebSocket was closed."""
        error, self._failure = self._failure, None
        if self.is_websocket and not self.has_response and self._is_accepted():
            self.status = SWITCHING
        self.finish(None if self.has_response else error)
