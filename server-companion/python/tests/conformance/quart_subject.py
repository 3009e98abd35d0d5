"""Quart's own sessions."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from quart import Quart, Response, session

from recorded import Recorded
from sessionscope.observe.options import Options
from sessionscope.quart import exchange, interface, observe
from sessionscope.quart.companion import companion_of

from .subject import WORKS, Host, Reply, Subject, Work, bare, keep


async def run(name: str) -> str:
    return str(WORKS[name](session))


async def stream(name: str) -> Response:
    held = session._get_current_object()  # type: ignore[attr-defined]

    async def pieces() -> AsyncIterator[bytes]:
        yield b"one"
        yield str(WORKS[name](held)).encode()

    return Response(pieces())


class QuartHost:
    def __init__(self, app: Quart, loop: asyncio.AbstractEventLoop) -> None:
        self._app = app
        self._loop = loop
        self._client: Any = app.test_client(use_cookies=False)
        self._cookie: str | None = None

    @property
    def recorded(self) -> Recorded:
        return Recorded(companion_of(Options()))

    def visit(self, work: Work, page: str = "run") -> Reply:
        # The suite's threads ask one loop, as a server has it.
        return asyncio.run_coroutine_threadsafe(self._visit(f"/{page}/{keep(work)}"), self._loop).result()

    async def _visit(self, path: str) -> Reply:
        sent = {"Host": "127.0.0.1:8000"}
        if self._cookie is not None:
            sent["Cookie"] = f"session={self._cookie}"
        where = {"client": ("127.0.0.1", 50_000), "server": ("127.0.0.1", 8000)}
        response = await self._client.get(path, headers=sent, scope_base=where)
        headers, discovery = bare(response.headers)
        for name, value in headers:
            if name.lower() == "set-cookie" and value.startswith("session="):
                self._cookie = value.partition(";")[0].partition("=")[2] or None
        return Reply(response.status_code, headers, await response.get_data(as_text=False), discovery)

    def set_cookie(self, value: str) -> None:
        self._cookie = value

    def cookie(self) -> str | None:
        return self._cookie

    def another(self) -> Host:
        return QuartHost(self._app, self._loop)


@contextmanager
def _open(_folder: Path, is_observed: bool) -> Iterator[Host]:
    app = Quart("conformance")
    app.secret_key = "of the suite"
    app.add_url_rule("/run/<name>", view_func=run)
    app.add_url_rule("/stream/<name>", view_func=stream)
    if is_observed:
        app.session_interface = observe(app.session_interface, enabled=True)
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    try:
        yield QuartHost(app, loop)
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()


def _expire(held: Any) -> None:
    held.permanent = True


SUBJECTS = [
    Subject(
        name="Quart",
        capabilities={
            "calls": True,
            "nested": True,
            "nested saved": "Quart notices assignments only",
            "stored form": True,
            "look": True,
            "unserializable": True,
            "missing": "the cookie is the record",
            "refused": True,
            "rotate": "the cookie's value is made of its content",
            "delete": True,
            "expiry": True,
            "error": True,
            "late": True,
        },
        open=_open,
        hooks=[
            (exchange.Exchange, "start"),
            (exchange.Exchange, "take_session"),
            (exchange.Exchange, "before_save"),
            (exchange.Exchange, "after_save"),
            (exchange.Exchange, "announce"),
            (exchange.Exchange, "finish"),
            (interface, "companion_of"),
        ],
        expire=_expire,
    )
]
