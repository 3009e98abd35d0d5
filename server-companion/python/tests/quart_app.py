"""An app of Quart's as its users write one, each page a way to use the session."""

from __future__ import annotations

import asyncio
import os
from typing import Any

from quart import Blueprint, Quart, Response, redirect, render_template_string, session, websocket

from sessionscope.quart import observe

SECRET = "of this test"

pages = Blueprint("pages", __name__)


@pages.route("/")
async def home() -> str:
    return "home"


@pages.route("/show")
async def show() -> dict[str, Any]:
    return {key: str(value) for key, value in session.items()}


@pages.route("/read")
async def read() -> str:
    await asyncio.sleep(0)
    return str(session.get("name")) + str("cart" in session)


@pages.route("/miss")
async def miss() -> str:
    try:
        return str(session["nothing"])
    except KeyError as error:
        return repr(error)


@pages.route("/write")
async def write() -> str:
    session["name"] = "john"
    session["cart"] = {"items": ["A-1"]}
    return "written"


@pages.route("/thread")
def write_in_thread() -> str:
    """Not asynchronous: Quart calls it in a thread."""
    session["name"] = "thread"
    return "written"


@pages.route("/nest")
async def nest() -> str:
    session["cart"]["items"].append("A-2")
    return "nested"


@pages.route("/nest-marked")
async def nest_marked() -> str:
    session["cart"]["items"].append("A-2")
    session.modified = True
    return "nested"


@pages.route("/change")
async def change() -> list[Any]:
    session.update({"a": 1, "b": 2}, c=3)
    session.setdefault("a", 9)
    session.setdefault("d", [])
    session.pop("b")
    session.pop("none", None)
    del session["c"]
    return [sorted(session), sorted(key for key, _ in session.items())]


@pages.route("/types")
async def types() -> str:
    session["tuple"] = (1, 2)
    session["prices"] = {12: "a"}
    return "types"


@pages.route("/clear")
async def clear() -> Any:
    session.clear()
    return redirect("/", 303)


@pages.route("/permanent")
async def permanent() -> str:
    session["name"] = "john"
    session.permanent = True
    return "permanent"


@pages.route("/unfit")
async def unfit() -> str:
    session["who"] = object()
    return "never seen"


@pages.route("/fail")
async def fail() -> str:
    session["name"] = "kept"
    raise LookupError("planted")


@pages.route("/template")
async def template() -> str:
    return await render_template_string("{{ session.name }}")


@pages.route("/stream")
async def stream() -> Response:
    held = session._get_current_object()  # type: ignore[attr-defined]
    held["name"] = "before"

    async def pieces() -> Any:
        yield b"one"
        held["late"] = True
        yield b"two"

    return Response(pieces())


@pages.route("/own-cookie")
async def own_cookie() -> Response:
    response = Response("own")
    response.set_cookie("session", "mine")
    return response


@pages.websocket("/ws")
async def socket() -> None:
    session["name"] = "socket"
    await websocket.send(str(session.get("name")))


@pages.websocket("/ws-fail")
async def failing_socket() -> None:
    session["name"] = "socket"
    await websocket.send("one")
    raise LookupError("planted")


@pages.websocket("/ws-refused")
async def refused_socket() -> tuple[str, int]:
    session["name"] = "socket"
    return "no", 401


PAGES = [
    "/", "/show", "/read", "/miss", "/write", "/nest", "/nest-marked", "/change", "/types", "/thread", "/permanent",
    "/stream", "/template", "/own-cookie", "/fail", "/nothing-here", "/clear",
]  # fmt: skip


def make_app(is_observed: bool = True, enabled: bool | None = True, **config: Any) -> Quart:
    made = Quart(__name__)
    made.secret_key = SECRET
    made.config.update(config)
    made.register_blueprint(pages)
    if is_observed:
        made.session_interface = observe(made.session_interface, enabled=enabled, log=os.environ.get("SHARED_LOG"))
    return made


if os.environ.get("SERVE_QUART_APP"):
    app = make_app()
