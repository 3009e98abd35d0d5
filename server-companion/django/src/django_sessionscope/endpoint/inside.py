"""The endpoint inside the app: the same calls as an answer of Django's."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from typing import Any

from asgiref.sync import sync_to_async
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase, ResponseHeaders

from .calls import Answer, Endpoint, Request


def is_for_endpoint(path: str, endpoint: Endpoint) -> bool:
    """Whether a request is for the endpoint: anything at or below its path."""
    return path.startswith(endpoint.path) and path[len(endpoint.path) :][:1] in ("", "/")


def to_call(request: HttpRequest, endpoint: Endpoint, no_stream: str | None) -> Request:
    headers = {name.lower(): value for name, value in request.headers.items()}

    def read(limit: int) -> bytes:
        length = request.META.get("CONTENT_LENGTH") or "0"
        if not length.isdigit() or int(length) > limit:
            return b" " * (limit + 1)
        return request.read(limit + 1)

    return Request(
        door="app",
        peer=request.META.get("REMOTE_ADDR"),
        method=request.method or "",
        path=request.path_info[len(endpoint.path) :],
        # A `?` with nothing behind it is not passed on by WSGI: only the direct door can tell it.
        query=request.META.get("QUERY_STRING") or None,
        headers=headers,
        read=read,
        no_stream=no_stream,
    )


class _OwnHeaders(ResponseHeaders):
    """Headers that the app's own CORS middleware can't write itself into."""

    def __setitem__(self, key: str, value: Any) -> None:
        if not key.lower().startswith("access-control-"):
            super().__setitem__(key, value)

    def setdefault(self, key: str, value: Any) -> None:
        if key not in self:
            self[key] = value


def _close_headers(response: HttpResponseBase) -> None:
    own = _OwnHeaders({})
    for name, value in response.headers.items():
        own[name] = value
    response.headers = own


def respond(answer: Answer) -> HttpResponseBase:
    """An answer under WSGI."""
    response: HttpResponseBase
    if answer.stream is None:
        response = HttpResponse(answer.body, status=answer.status)
    else:
        response = StreamingHttpResponse(answer.stream, status=answer.status)
    return _finish(response, answer)


def respond_async(answer: Answer) -> HttpResponseBase:
    """An answer under ASGI: a stream's waits are done in a thread."""
    if answer.stream is None:
        return respond(answer)
    return _finish(StreamingHttpResponse(_pieces(answer.stream), status=answer.status), answer)


def _finish(response: HttpResponseBase, answer: Answer) -> HttpResponseBase:
    for name, value in answer.headers.items():
        response[name] = value
    _close_headers(response)
    return response


async def _pieces(stream: Iterator[bytes]) -> AsyncIterator[bytes]:
    end = object()
    try:
        while True:
            # A thread of the stream's own: Django's sync thread is the app's.
            piece = await asyncio.get_running_loop().run_in_executor(None, next, stream, end)
            if piece is end:
                return
            yield piece  # type: ignore[misc]
    finally:
        await sync_to_async(stream.close, thread_sensitive=False)()  # type: ignore[attr-defined]
