"""The endpoint inside the app: the same calls as an answer of Django's."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase, ResponseHeaders

from ..endpoint.calls import Endpoint
from ..endpoint.inside import call_target, pieces_of, sent_over_asgi, sent_over_wsgi
from ..endpoint.messages import Answer, Request
from ..endpoint.streams import MAX_INSIDE


def to_call(request: HttpRequest, endpoint: Endpoint, no_stream: str | None) -> Request:
    headers = {name.lower(): value for name, value in request.headers.items()}

    def read(limit: int) -> bytes:
        length = request.META.get("CONTENT_LENGTH") or "0"
        if not length.isdigit() or int(length) > limit:
            return b" " * (limit + 1)
        return request.read(limit + 1)

    scope = getattr(request, "scope", None)
    sent = sent_over_wsgi(request.META) if scope is None else sent_over_asgi(scope)
    target = call_target(request.path_info, request.META.get("QUERY_STRING", ""), sent, endpoint)
    return Request(
        listener="app",
        peer=request.META.get("REMOTE_ADDR"),
        method=request.method or "",
        path=target.path,
        query=target.query,
        headers=headers,
        read=read,
        no_stream=no_stream,
        watch=endpoint.watch_server,
        # Each holds a thread of the app's server where it is WSGI.
        max_streams=1 if "wsgi.version" in request.META else MAX_INSIDE,
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
    return _finish(StreamingHttpResponse(pieces_of(answer.stream), status=answer.status), answer)


def _finish(response: HttpResponseBase, answer: Answer) -> HttpResponseBase:
    for name, value in answer.headers.items():
        response[name] = value
    _close_headers(response)
    return response
