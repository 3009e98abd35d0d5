"""The endpoint inside an app, as WSGI and ASGI have requests: for adapters whose framework gives them these."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Iterator, MutableMapping
from concurrent.futures import ThreadPoolExecutor
from http import HTTPStatus
from typing import Any, NamedTuple

from ..core import protocol
from .calls import Endpoint
from .messages import Answer, Request
from .streams import MAX_INSIDE

#: Threads for calls and streams inside an asynchronous app, whose own executor is left to it.
THREADS = ThreadPoolExecutor(MAX_INSIDE + 4, "sessionscope-inside")

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]


def is_for_endpoint(path: str, endpoint: Endpoint) -> bool:
    """Whether a request is for the endpoint: anything at or below its path."""
    return path.startswith(endpoint.path) and path[len(endpoint.path) :][:1] in ("", "/")


class CallTarget(NamedTuple):
    #: Below the endpoint's path; empty where it was not sent to the letter.
    path: str
    #: None: there is none.
    query: str | None


def call_target(path: str, query: str, sent: str | None, endpoint: Endpoint) -> CallTarget:
    """What a request asks the endpoint for. Servers decode a path before an app gets it.

    `sent`: the request's target as it came, for servers that pass that on. Without it a path that was sent encoded, and
    a query with nothing in it, can't be told from a call's own.
    """
    below = path[len(endpoint.path) :]
    if sent is None:
        return CallTarget(below, query or None)
    target, mark, rest = sent.partition("?")
    # What stands before it says where the app is mounted; behind a host it is another server's.
    is_literal = target.startswith("/") and target.endswith(endpoint.path + below)
    return CallTarget(below if is_literal else "", rest if mark else None)


def sent_over_wsgi(environ: dict[str, Any]) -> str | None:
    """The target as it was sent: gunicorn and Werkzeug name it `RAW_URI`, uWSGI and mod_wsgi `REQUEST_URI`."""
    sent: str | None = environ.get("RAW_URI") or environ.get("REQUEST_URI")
    return sent


def sent_over_asgi(scope: MutableMapping[str, Any]) -> str | None:
    """The same. Whether a `?` with nothing behind it was sent is not in it."""
    raw: bytes | None = scope.get("raw_path")
    if raw is None:
        return None
    query: bytes = scope.get("query_string", b"")
    return (raw + b"?" + query if query else raw).decode("latin-1")


# ── WSGI ─────────────────────────────────────────────────────────────────────


def answer_wsgi(endpoint: Endpoint, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
    """Answers a call that came as a WSGI request."""
    headers: dict[str, str] = {}
    for name, value in environ.items():
        if name.startswith("HTTP_"):
            headers[name[5:].replace("_", "-").lower()] = value
    for name in ("CONTENT_TYPE", "CONTENT_LENGTH"):
        if environ.get(name):
            headers[name.replace("_", "-").lower()] = environ[name]

    def read(limit: int) -> bytes:
        length = environ.get("CONTENT_LENGTH") or "0"
        if not length.isdigit() or int(length) > limit:
            return b" " * (limit + 1)
        body: bytes = environ["wsgi.input"].read(int(length))
        return body

    target = call_target(
        environ.get("PATH_INFO", ""), environ.get("QUERY_STRING", ""), sent_over_wsgi(environ), endpoint
    )
    answer = endpoint.answer(
        Request(
            listener="app",
            peer=environ.get("REMOTE_ADDR"),
            method=environ.get("REQUEST_METHOD", ""),
            path=target.path,
            query=target.query,
            headers=headers,
            read=read,
            no_stream=None
            if environ.get("wsgi.multithread", True)
            else "This server's worker serves one request at a time, and a stream would hold it.",
            watch=endpoint.watch_server,
            # Each holds a thread of the app's server.
            max_streams=1,
        )
    )
    phrase = HTTPStatus(answer.status).phrase
    named = list(answer.headers.items())
    if answer.stream is None:
        named.append(("Content-Length", str(len(answer.body))))
    start_response(f"{answer.status} {phrase}", named)
    return [answer.body] if answer.stream is None else answer.stream


# ── ASGI ─────────────────────────────────────────────────────────────────────


class _OwnHead(dict[str, Any]):
    """The head of an answer, into which middleware outside of us can't write headers, CORS ones above all."""

    def __setitem__(self, name: str, value: Any) -> None:
        if name != "headers":
            super().__setitem__(name, value)


def headers_of(scope: MutableMapping[str, Any]) -> dict[str, str]:
    """Of an ASGI request, by lower-case name; what is sent twice is joined, so that it fits no rule."""
    headers: dict[str, str] = {}
    for raw_name, raw_value in scope["headers"]:
        name, value = raw_name.decode("latin-1").lower(), raw_value.decode("latin-1")
        headers[name] = f"{headers[name]}, {value}" if name in headers else value
    return headers


def path_of(scope: MutableMapping[str, Any]) -> tuple[str, str]:
    """Where the app is mounted, and the request's path below that.

    Behind a proxy that takes a prefix off, `root_path` may name a prefix that the path does not have.
    """
    path, root = str(scope["path"]), str(scope.get("root_path", "")).rstrip("/")
    return root, path[len(root) :] if path == root or path.startswith(f"{root}/") else path


async def _read(receive: Receive, headers: dict[str, str]) -> bytes:
    length = headers.get("content-length", "0")
    limit = protocol.REQUEST_BYTES
    if not length.isdigit() or int(length) > limit:
        return b" " * (limit + 1)
    body = b""
    while len(body) <= limit:
        message = await receive()
        if message["type"] != "http.request":
            break
        body += message.get("body", b"")
        if not message.get("more_body", False):
            break
    return body


async def answer_asgi(
    endpoint: Endpoint,
    path: str,
    scope: MutableMapping[str, Any],
    receive: Receive,
    send: Send,
    no_stream: str | None = None,
) -> None:
    """Answers a call that came as an ASGI request; `path`: of the request, below where the app is mounted.

    `no_stream`: why it can't be answered with a stream, where it can't.
    """
    headers = headers_of(scope)
    body = b""
    query = scope.get("query_string", b"").decode("latin-1")
    target = call_target(path, query, sent_over_asgi(scope), endpoint)
    client = scope.get("client")
    reader = _Reader(receive)

    def watch() -> Callable[[], bool]:
        is_open = endpoint.watch_server()
        return lambda: is_open() and not reader.has_gone

    call = Request(
        listener="app",
        peer=client[0] if client else None,
        method=scope["method"],
        path=target.path,
        query=target.query,
        headers=headers,
        read=lambda _limit: body,
        no_stream=no_stream,
        watch=watch,
    )
    loop = asyncio.get_running_loop()
    answer = await loop.run_in_executor(THREADS, endpoint.refusal, call)
    if answer is None:
        body = await _read(receive, headers)
        answer = await loop.run_in_executor(THREADS, endpoint.answer, call)
    named = {**answer.headers, "Content-Encoding": "identity"}
    if answer.stream is None:
        named["Content-Length"] = str(len(answer.body))
    # A list with two fields of each: what compresses answers looks at these, and leaves them alone.
    raw = [(name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in named.items()]
    await send(_OwnHead(type="http.response.start", status=answer.status, headers=raw))
    if answer.stream is None:
        await send({"type": "http.response.body", "body": answer.body})
        return
    await _stream(answer, reader, send)


class _Reader:
    """Who reads a stream: gone once its connection is."""

    def __init__(self, receive: Receive) -> None:
        self._receive = receive
        self.has_gone = False

    async def watch(self) -> None:
        while not self.has_gone:
            self.has_gone = (await self._receive())["type"] == "http.disconnect"


async def _stream(answer: Answer, reader: _Reader, send: Send) -> None:
    """Sends a stream until it ends or the reader has gone."""
    assert answer.stream is not None
    watching = asyncio.ensure_future(reader.watch())
    pieces = pieces_of(answer.stream)
    try:
        async for piece in pieces:
            if reader.has_gone:
                return
            await send({"type": "http.response.body", "body": piece, "more_body": True})
        await send({"type": "http.response.body", "body": b""})
    finally:
        reader.has_gone = True
        watching.cancel()
        await pieces.aclose()  # type: ignore[attr-defined]


async def pieces_of(stream: Iterator[bytes]) -> AsyncIterator[bytes]:
    """A stream whose waits are done in a thread of our own: the loop's are the app's."""
    end = object()
    loop = asyncio.get_running_loop()
    try:
        while True:
            piece = await loop.run_in_executor(THREADS, next, stream, end)
            if piece is end:
                return
            yield piece  # type: ignore[misc]
    finally:
        # A cancelled task waits for nothing more.
        THREADS.submit(stream.close)  # type: ignore[attr-defined]
