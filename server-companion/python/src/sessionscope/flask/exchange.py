"""One request on its way through Flask, as WSGI has it."""

from __future__ import annotations

import time
from typing import Any

from ..core.discovery import loopback_origin
from ..observe.companion import Companion
from ..observe.exchange import RequestLine
from ..observe.http_facts import ResponseFacts, of_environ
from .interface_exchange import InterfaceExchange
from .library import FlaskLibrary


class Exchange(InterfaceExchange):
    def __init__(self, companion: Companion, library: FlaskLibrary, index: int, request: Any) -> None:
        super().__init__(companion, library, index, request)
        self._environ: dict[str, Any] = request.environ

    def start(self) -> None:
        """The interface is about to open the session."""
        request, environ = self._request, self._environ
        identity = self.companion.identity
        path = f"{environ.get('SCRIPT_NAME', '')}{request.path}"
        is_secure = environ.get("wsgi.url_scheme") == "https"
        line = RequestLine(request.method, identity.without_keys(path), is_secure, of_environ(environ))
        self.begin(line, self.take_cookie(environ.get("HTTP_COOKIE", "")))

    def announce(self, response: Any) -> None:
        """Puts the discovery header on the response, where the endpoint answers to its host."""
        environ = self._environ
        if not self.companion.endpoint.is_allowed_host(environ.get("HTTP_HOST") or environ.get("SERVER_NAME")):
            return
        at = loopback_origin(
            environ.get("wsgi.url_scheme", "http"), environ.get("REMOTE_ADDR"), str(environ.get("SERVER_PORT", ""))
        )
        self.announce_at(response, environ.get("SCRIPT_NAME", "").rstrip("/"), at)

    def take_head(self, response: Any) -> None:
        """The response as it leaves Flask."""
        get = response.headers.get
        self.response_facts = ResponseFacts(get("Cache-Control"), get("Vary"), get("Location"))
        if response.is_streamed:
            self.head_at = time.perf_counter()
