"""The direct door: a listener of the companion's own on loopback, on threads of its own.

No middleware, worker or proxy of the app stands in its way, and its peer is this machine. It keeps no process alive.
"""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .calls import Answer, Request

#: A caller that takes longer than this to send its headers is no panel.
HEADERS_TIMEOUT_S = 10


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A caller that goes away is no news for the app's terminal."""


class Door:
    def __init__(self, path: str, answer: Callable[[Request], Answer]) -> None:
        self._path = path
        self._answer = answer
        self._server: _Server | None = None
        self._lock = threading.Lock()
        self.is_closed = False

    def open(self) -> dict[str, Any]:
        """Opens it at the first call: where it is, or why there is none."""
        try:
            with self._lock:
                if self._server is None:
                    self._server = self._listen()
                port = self._server.server_address[1]
        except OSError as error:
            fault = f"No listener could be opened on 127.0.0.1: {error}"
            return {"door": None, "doorFault": fault[:500]}
        return {"door": {"origin": f"http://127.0.0.1:{port}", "path": self._path}}

    def _listen(self) -> _Server:
        server = _Server(("127.0.0.1", 0), _handler(self._path, self._answer))
        threading.Thread(target=server.serve_forever, name="sessionscope-door", daemon=True).start()
        return server

    def close(self) -> None:
        self.is_closed = True
        server, self._server = self._server, None
        if server is not None:
            # The accepting thread looks up every half second: nobody waits for it.
            threading.Thread(target=_shut, args=(server,), daemon=True).start()


def _shut(server: _Server) -> None:
    server.shutdown()
    server.server_close()


def _handler(path: str, answer: Callable[[Request], Answer]) -> type[BaseHTTPRequestHandler]:
    from .calls import Request

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        timeout = HEADERS_TIMEOUT_S
        server_version = "Sessionscope"
        sys_version = ""

        def setup(self) -> None:
            super().setup()
            self.connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

        def log_message(self, format: str, *args: Any) -> None:
            """The door writes no access log."""

        def send_error(self, code: int, message: str | None = None, explain: str | None = None) -> None:
            # The base class answers unknown methods with 501.
            status = 405 if code == HTTPStatus.NOT_IMPLEMENTED else code
            self.close_connection = True
            self.send_response_only(status)
            self.send_header("Content-Length", "0")
            self.send_header("Connection", "close")
            self.end_headers()

        def _serve(self) -> None:
            if "transfer-encoding" in self.headers:
                # Where a body ends must be beyond doubt, and a panel knows the length of its own.
                self.send_error(HTTPStatus.BAD_REQUEST)
                return
            target, mark, query = self.path.partition("?")
            below = target[len(path) :] if target.startswith(f"{path}/") else "/"
            reply = answer(
                Request(
                    door="direct",
                    peer=self.client_address[0],
                    method=self.command,
                    path=below,
                    query=query if mark else None,
                    headers=_headers(self.headers.items()),
                    read=self._read,
                )
            )
            # One call for each connection: nothing of an unread body is taken for a request.
            self.close_connection = True
            self.send_response_only(reply.status)
            for name, value in reply.headers.items():
                if name != "Content-Encoding":
                    self.send_header(name, value)
            self.send_header("Connection", "close")
            if reply.stream is None:
                self.send_header("Content-Length", str(len(reply.body)))
                self.end_headers()
                if self.command != "HEAD":
                    self.wfile.write(reply.body)
                return
            self.end_headers()
            self.connection.settimeout(None)
            try:
                for piece in reply.stream:
                    self.wfile.write(piece)
            finally:
                reply.stream.close()  # type: ignore[attr-defined]

        def _read(self, limit: int) -> bytes:
            length = self.headers.get("content-length", "0")
            size = int(length) if length.isascii() and length.isdigit() else 0
            if size > limit:
                return b" " * (limit + 1)
            return self.rfile.read(size)

        do_GET = do_HEAD = do_POST = do_PUT = do_PATCH = do_DELETE = do_OPTIONS = _serve

    return Handler


def _headers(items: Any) -> dict[str, str]:
    """By lower-case name; what is sent twice is joined, so that it fits no rule."""
    headers: dict[str, str] = {}
    for name, value in items:
        key = name.lower()
        headers[key] = f"{headers[key]}, {value}" if key in headers else value
    return headers
