"""An app of Starlette's as its users write one, each page a way to use the session."""

from __future__ import annotations

import asyncio
import datetime
import os
from typing import Any

import starlette
from starlette.applications import Starlette
from starlette.background import BackgroundTask
from starlette.middleware.sessions import SessionMiddleware
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, RedirectResponse, StreamingResponse
from starlette.routing import Mount, Route, WebSocketRoute

from sessionscope.starlette import observe

SECRET = "of this test"
IS_TRACKING = int(starlette.__version__.partition(".")[0]) >= 1


async def home(_request: Request) -> Any:
    return PlainTextResponse("home")


async def show(request: Request) -> Any:
    return JSONResponse(dict(request.session))


async def read(request: Request) -> Any:
    return PlainTextResponse(str(request.session.get("name")) + str("cart" in request.session))


async def miss(request: Request) -> Any:
    try:
        request.session["nothing"]
    except KeyError as error:
        return PlainTextResponse(repr(error))


async def write(request: Request) -> Any:
    request.session["name"] = "john"
    request.session["cart"] = {"items": ["A-1"]}
    return PlainTextResponse("written")


def write_in_thread(request: Request) -> Any:
    request.session["name"] = "thread"
    return PlainTextResponse("written")


async def nest(request: Request) -> Any:
    request.session["cart"]["items"].append("A-2")
    return PlainTextResponse("nested")


async def change(request: Request) -> Any:
    session = request.session
    session.update({"a": 1, "b": 2}, c=3)
    session.setdefault("a", 9)
    session.setdefault("d", [])
    session.pop("b")
    session.pop("none", None)
    del session["c"]
    return JSONResponse([list(session), list(session.items())])


async def clear(request: Request) -> Any:
    request.session.clear()
    return RedirectResponse("/", 303)


async def unfit(request: Request) -> Any:
    request.session["when"] = datetime.datetime(2026, 1, 1)
    return PlainTextResponse("never seen")


async def fail(request: Request) -> Any:
    request.session["name"] = "lost"
    raise LookupError("planted")


async def stream(request: Request) -> Any:
    request.session["name"] = "before"

    async def pieces() -> Any:
        yield b"one"
        request.session["late"] = True
        yield b"two"

    return StreamingResponse(pieces())


async def later(request: Request) -> Any:
    async def task() -> None:
        await asyncio.sleep(0)
        request.session["from"] = "background"

    return PlainTextResponse("done", background=BackgroundTask(task))


async def assign(request: Request) -> Any:
    request.scope["session"] = {"other": 1}
    return PlainTextResponse("assigned")


async def own_cookie(_request: Request) -> Any:
    response = PlainTextResponse("own")
    response.set_cookie("session", "mine")
    return response


async def socket(websocket: Any) -> None:
    await websocket.accept()
    websocket.session["name"] = "socket"
    await websocket.send_text(str(websocket.session.get("name")))
    await websocket.close()


PAGES = {
    "/": home,
    "/show": show,
    "/read": read,
    "/miss": miss,
    "/write": write,
    "/thread": write_in_thread,
    "/nest": nest,
    "/change": change,
    "/clear": clear,
    "/unfit": unfit,
    "/fail": fail,
    "/stream": stream,
    "/later": later,
    "/assign": assign,
    "/own-cookie": own_cookie,
}


def routes() -> list[Any]:
    return [*[Route(path, page) for path, page in PAGES.items()], WebSocketRoute("/ws", socket)]


def make_app(middleware: Any = None, mounts: dict[str, Any] | None = None, **options: Any) -> Any:
    """`middleware`: the session middleware's class; by default the observed one."""
    mounted = [Mount(path, app=app) for path, app in (mounts or {}).items()]
    app = Starlette(debug=False, routes=[*mounted, *routes()])
    kind = middleware or observe(SessionMiddleware, enabled=True, log=os.environ.get("SHARED_LOG"))
    app.add_middleware(kind, **{"secret_key": SECRET, **options})
    return app


app = make_app()
