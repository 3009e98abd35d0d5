"""Starlette, and FastAPI on it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from fastapi import FastAPI
from starlette.applications import Starlette
from starlette.middleware.sessions import SessionMiddleware
from starlette.requests import Request
from starlette.responses import PlainTextResponse, StreamingResponse
from starlette.testclient import TestClient

from recorded import Recorded
from sessionscope.observe.options import Options
from sessionscope.starlette import exchange, observe, observer
from sessionscope.starlette.companion import companion_of
from starlette_app import IS_TRACKING

from .subject import WORKS, Host, Reply, Subject, Work, bare, keep


async def run(request: Request) -> PlainTextResponse:
    return PlainTextResponse(str(WORKS[request.path_params["name"]](request.session)))


async def stream(request: Request) -> StreamingResponse:
    async def pieces() -> AsyncIterator[bytes]:
        yield b"one"
        yield str(WORKS[request.path_params["name"]](request.session)).encode()

    return StreamingResponse(pieces())


class StarletteHost:
    def __init__(self, app: Any) -> None:
        self._app = app
        self._client = TestClient(
            app, base_url="http://127.0.0.1:8000", client=("127.0.0.1", 50_000), raise_server_exceptions=False
        )

    @property
    def recorded(self) -> Recorded:
        return Recorded(companion_of(Options()))

    def visit(self, work: Work, page: str = "run") -> Reply:
        response = self._client.get(f"/{page}/{keep(work)}")
        headers, discovery = bare(response.headers.multi_items())
        return Reply(response.status_code, headers, response.content, discovery)

    def set_cookie(self, value: str) -> None:
        self._client.cookies.set("session", value)

    def cookie(self) -> str | None:
        return next((cookie.value for cookie in self._client.cookies.jar if cookie.name == "session"), None)

    def another(self) -> Host:
        return StarletteHost(self._app)


def _open(kind: Any) -> Any:
    @contextmanager
    def opened(_folder: Path, is_observed: bool) -> Iterator[Host]:
        app = kind()
        app.add_route("/run/{name}", run)
        app.add_route("/stream/{name}", stream)
        middleware = observe(SessionMiddleware, enabled=True) if is_observed else SessionMiddleware
        app.add_middleware(middleware, secret_key="of the suite")
        yield StarletteHost(app)

    return opened


SUBJECTS = [
    Subject(
        name=name,
        capabilities={
            "calls": True,
            "nested": True,
            "nested saved": "lost since Starlette 1.0" if IS_TRACKING else True,
            "stored form": True,
            "look": True,
            "unserializable": True,
            "missing": "the cookie is the record",
            "refused": True,
            "rotate": "the cookie's value is made of its content",
            "delete": True,
            "expiry": "one max_age for all sessions",
            "error": True,
            "late": True,
        },
        open=_open(kind),
        hooks=[
            (exchange.Exchange, "start"),
            (exchange.Exchange, "take_session"),
            (exchange.Exchange, "before_decision"),
            (exchange.Exchange, "send_head"),
            (exchange.Exchange, "finish"),
            (observer, "companion_of"),
        ],
    )
    for name, kind in {"Starlette": Starlette, "FastAPI": FastAPI}.items()
]
