"""The direct listener: a listener of the companion's own on loopback, on threads of its own.

No middleware, worker or proxy of the app stands in its way, and its peer is this machine. It keeps no process alive.
"""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from .messages import Answer, Request

#: A caller that takes longer than this for one read, or to send its whole request, is no panel.
REQUEST_TIMEOUT_S = 10

#: A reader that takes nothing for this time is gone, or stands at a breakpoint: it asks again.
WRITE_TIMEOUT_S = 30

#: Connections at once, each with a thread: more than all streams and the calls beside them.
MAX_CONNECTIONS = 64


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False
    request_queue_size = MAX_CONNECTIONS

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        #: Connections with the time until which their request must be here; None: it is.
        self._until: dict[socket.socket, float | None] = {}
        self._lock = threading.Lock()

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A caller that goes away is no news for the app's terminal."""

    def process_request(self, request: Any, client_address: Any) -> None:
        with self._lock:
            is_full = len(self._until) >= MAX_CONNECTIONS
            if not is_full:
                self._until[request] = time.monotonic() + REQUEST_TIMEOUT_S
        if is_full:
            self.shutdown_request(request)
            return
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        with self._lock:
            self._until.pop(request, None)
        super().shutdown_request(request)

    def is_here(self, request: Any) -> None:
        """The whole request was read."""
        with self._lock:
            if request in self._until:
                self._until[request] = None

    def service_actions(self) -> None:
        """Between two looks for callers: ends those that drip."""
        now = time.monotonic()
        with self._lock:
            late = [request for request, until in self._until.items() if until is not None and until < now]
        for request in late:
            # Its thread reads the end of it, and closes it.
            with suppress(OSError):
                request.shutdown(socket.SHUT_RDWR)


class DirectListener:
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
            return {"directListener": None, "directListenerFault": fault[:500]}
        return {"directListener": {"origin": f"http://127.0.0.1:{port}", "path": self._path}}

    @property
    def port(self) -> int | None:
        """Of the listener, where it is open."""
        server = self._server
        return None if server is None else int(server.server_address[1])

    def _listen(self) -> _Server:
        server = _Server(("127.0.0.1", 0), _handler(self._path, self._answer))
        threading.Thread(target=server.serve_forever, name="sessionscope-listener", daemon=True).start()
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
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        timeout = REQUEST_TIMEOUT_S
        server_version = "Sessionscope"
        sys_version = ""

        def setup(self) -> None:
            super().setup()
            self.connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

        def log_message(self, format: str, *args: Any) -> None:
            """The listener writes no access log."""

        def send_error(self, code: int, message: str | None = None, explain: str | None = None) -> None:
            # The base class answers unknown methods with 501.
            status = 405 if code == HTTPStatus.NOT_IMPLEMENTED else code
            self.close_connection = True
            self.send_response_only(status)
            self.send_header("Content-Length", "0")
            self.send_header("Connection", "close")
            self.end_headers()

        def _serve(self) -> None:
            lengths = self.headers.get_all("content-length", [])
            if "transfer-encoding" in self.headers or len(lengths) > 1:
                # Where a body ends must be beyond doubt, and a panel knows the length of its own.
                self.send_error(HTTPStatus.BAD_REQUEST)
                return
            # As it was sent: the base class takes `//` for `/`.
            target, mark, query = self.requestline.split(" ")[1].partition("?")
            below = target[len(path) :] if target.startswith(f"{path}/") else "/"
            reply = answer(
                Request(
                    listener="direct",
                    peer=self.client_address[0],
                    method=self.command,
                    path=below,
                    query=query if mark else None,
                    headers=_headers(self.headers.items()),
                    read=self._read,
                    watch=lambda: self._is_there,
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
            self.connection.settimeout(WRITE_TIMEOUT_S)
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
            body = self.rfile.read(size)
            self.server.is_here(self.connection)  # type: ignore[attr-defined]
            return body

        def _is_there(self) -> bool:
            """Whether the reader's end is open: nothing more is expected from it."""
            connection = self.connection
            connection.settimeout(0)
            try:
                return len(connection.recv(1, socket.MSG_PEEK)) > 0
            except BlockingIOError:
                return True
            except OSError:
                return False
            finally:
                connection.settimeout(WRITE_TIMEOUT_S)

        do_GET = do_HEAD = do_POST = do_PUT = do_PATCH = do_DELETE = do_OPTIONS = _serve

    return Handler


def _headers(items: Any) -> dict[str, str]:
    """By lower-case name; what is sent twice is joined, so that it fits no rule."""
    headers: dict[str, str] = {}
    for name, value in items:
        key = name.lower()
        headers[key] = f"{headers[key]}, {value}" if key in headers else value
    return headers
