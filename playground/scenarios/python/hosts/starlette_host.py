"""Scenarios on Starlette's SessionMiddleware, which runs handlers that are plain functions in threads."""

from __future__ import annotations

import socket
import threading
from typing import Any

import uvicorn
from scenario import Context
from starlette.applications import Starlette
from starlette.middleware.sessions import SessionMiddleware
from starlette.requests import Request
from starlette.responses import PlainTextResponse, RedirectResponse, Response, StreamingResponse
from starlette.routing import Route

from hosts.stage import Stage
from sessionscope.starlette import observe

stage = Stage()


def nothing() -> None:
    """It saves as the head is sent, and has no key that could be another."""


def view(request: Request) -> Response:
    handler = stage.handler_of(f"{request.method} {request.url.path}")
    if handler is None:
        return PlainTextResponse("", 404)
    given = handler(
        Context(
            session=request.session,
            save=nothing,
            rotate=nothing,
            end=request.session.clear,
            home="/",
            page=lambda text: text,
            reached=stage.points.reached,
            until=stage.points.until,
        )
    )
    if given.location is not None:
        return RedirectResponse(given.location, given.status)
    if isinstance(given.body, str):
        return PlainTextResponse(given.body, given.status)
    return StreamingResponse(given.body, media_type="text/plain")


def serve(_engine: str, _directory: str, wanted: dict[str, Any]) -> None:
    app = Starlette(debug=True, routes=[Route("/{path:path}", view, methods=["GET", "POST"])])
    options: dict[str, Any] = {"https_only": wanted.get("secure", False)}
    if "maxAgeMs" in wanted:
        options["max_age"] = wanted["maxAgeMs"] // 1000
    app.add_middleware(observe(SessionMiddleware, quiet=True), secret_key="of the scenarios", **options)

    async def counted(scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] != "http":
            return await app(scope, receive, send)
        stage.points.begin()
        try:
            await app(scope, receive, send)
        finally:
            stage.points.end(f"{scope['method']} {scope['path']}")

    listening = socket.create_server(("127.0.0.1", 0))
    server = uvicorn.Server(uvicorn.Config(counted, log_level="critical", lifespan="off"))
    threading.Thread(target=server.run, args=([listening],), daemon=True).start()
    stage.follow_input(listening.getsockname()[1]).join()
