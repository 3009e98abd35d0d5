"""One variant of the benchmark: runs as many requests as each line of its input asks for, prints what one cost."""

from __future__ import annotations

import asyncio
import io
import json
import os
import sys
import threading
import time
from collections.abc import Callable
from http.cookies import SimpleCookie
from importlib import import_module
from pathlib import Path
from typing import Any

variant, library, folder = sys.argv[1:]
ROOT = Path(__file__).resolve().parent.parent.parent
sys.path.insert(0, str(ROOT / "server-companion" / "python" / "src"))
os.environ["XDG_STATE_HOME"] = folder
os.environ["SESSIONSCOPE_QUIET"] = "1"

HAS_COMPANION = variant.startswith("ours")
SECRET = "of the benchmark"

cookies: dict[str, str] = {}


def use(session: Any) -> str:
    """Twelve operations."""
    visits = session.get("visits", 0)
    session["visits"] = visits + 1
    if "username" not in session:
        session["username"] = "john_doe"
    name = session["username"]
    cart = session.setdefault("cart", {"items": [{"sku": "TEA-01", "qty": 1}, {"sku": "MUG-11", "qty": 2}]})
    session["last_seen"] = "/page/"
    session["flash"] = "stored"
    flash = session.pop("flash")
    theme = session.get("theme", "light")
    language = session.get("language")
    last = session["last_seen"]
    count = len(cart["items"])
    return f"<html><body><p>{name} {count} {flash} {theme} {language} {last} {session.get('visits')}</p></body></html>"


def take(status: int, headers: list[tuple[str, str]]) -> None:
    if status != 200:
        raise SystemExit(status)
    for name, value in headers:
        if name.lower() == "set-cookie":
            cookies.update({key: morsel.value for key, morsel in SimpleCookie(value).items()})


def sent() -> str:
    return "; ".join(f"{name}={value}" for name, value in cookies.items())


# ── how a server calls it ────────────────────────────────────────────────────


def over_wsgi(app: Any) -> Callable[[], None]:
    def request() -> None:
        environ = {
            "REQUEST_METHOD": "GET",
            "PATH_INFO": "/page/",
            "SERVER_NAME": "127.0.0.1",
            "SERVER_PORT": "8000",
            "SERVER_PROTOCOL": "HTTP/1.1",
            "REMOTE_ADDR": "127.0.0.1",
            "HTTP_HOST": "127.0.0.1:8000",
            "HTTP_ACCEPT": "text/html",
            "HTTP_COOKIE": sent(),
            "wsgi.input": io.BytesIO(),
            "wsgi.url_scheme": "http",
            "wsgi.errors": sys.stderr,
            "wsgi.multithread": True,
            "wsgi.multiprocess": False,
        }
        response = app.wsgi_app(environ, lambda status, headers, *_: take(int(status.split()[0]), headers))
        b"".join(response)
        response.close()

    return request


def over_asgi(app: Any) -> Callable[[], None]:
    loop = asyncio.new_event_loop()

    def request() -> None:
        messages = [{"type": "http.request", "body": b"", "more_body": False}]

        async def receive() -> Any:
            if messages:
                return messages.pop()
            return await loop.create_future()

        async def send(message: Any) -> None:
            if message["type"] == "http.response.start":
                headers = [(name.decode("latin-1"), value.decode("latin-1")) for name, value in message["headers"]]
                take(message["status"], headers)

        scope = {
            "type": "http",
            "asgi": {"version": "3.0", "spec_version": "2.3"},
            "http_version": "1.1",
            "method": "GET",
            "scheme": "http",
            "path": "/page/",
            "raw_path": b"/page/",
            "query_string": b"",
            "root_path": "",
            "headers": [(b"host", b"127.0.0.1:8000"), (b"accept", b"text/html"), (b"cookie", sent().encode())],
            "client": ("127.0.0.1", 50_000),
            "server": ("127.0.0.1", 8000),
        }
        loop.run_until_complete(app(scope, receive, send))

    return request


# ── the apps ─────────────────────────────────────────────────────────────────


def starlette() -> Callable[[], None]:
    from starlette.applications import Starlette
    from starlette.middleware.sessions import SessionMiddleware
    from starlette.requests import Request
    from starlette.responses import HTMLResponse
    from starlette.routing import Route

    async def page(request: Request) -> HTMLResponse:
        return HTMLResponse(use(request.session))

    app = Starlette(routes=[Route("/page/", page)])
    kind: Any = SessionMiddleware
    if HAS_COMPANION:
        from sessionscope.starlette import observe

        kind = observe(SessionMiddleware, enabled=True)
    app.add_middleware(kind, secret_key=SECRET)
    if variant == "OpenTelemetry":
        from opentelemetry.sdk.trace import TracerProvider
        from opentelemetry.sdk.trace.export import SimpleSpanProcessor, SpanExporter, SpanExportResult
        from starlette.middleware.opentelemetry import OpenTelemetryMiddleware

        class Dropping(SpanExporter):
            def export(self, spans: Any) -> SpanExportResult:
                return SpanExportResult.SUCCESS

        provider = TracerProvider()
        provider.add_span_processor(SimpleSpanProcessor(Dropping()))
        app.add_middleware(OpenTelemetryMiddleware, tracer_provider=provider)
    return over_asgi(app)


def flask() -> Callable[[], None]:
    from flask import Flask, session

    app = Flask(__name__)
    app.debug = True
    app.secret_key = SECRET
    app.add_url_rule("/page/", view_func=lambda: use(session), endpoint="page")
    if library == "flask-session":
        from cachelib.file import FileSystemCache
        from flask_session import Session

        app.config.update(SESSION_TYPE="cachelib", SESSION_CACHELIB=FileSystemCache(folder))
        Session(app)
    if HAS_COMPANION:
        from sessionscope.flask import observe

        app.session_interface = observe(app.session_interface, enabled=True)
    if variant.startswith("toolbar"):
        from flask_debugtoolbar import DebugToolbarExtension

        if variant == "toolbar, request variables":
            app.config["DEBUG_TB_PANELS"] = ["flask_debugtoolbar.panels.request_vars.RequestVarsDebugPanel"]
        DebugToolbarExtension(app)
    return over_wsgi(app)


def quart() -> Callable[[], None]:
    from quart import Quart, session

    app = Quart(__name__)
    app.secret_key = SECRET

    async def page() -> str:
        return use(session)

    app.add_url_rule("/page/", view_func=page)
    if HAS_COMPANION:
        from sessionscope.quart import observe

        app.session_interface = observe(app.session_interface, enabled=True)
    return over_asgi(app)


request = {"starlette": starlette, "flask": flask, "flask-session": flask, "quart": quart}[library]()


def read_along() -> None:
    """What a panel's stream costs in the server's process."""
    from sessionscope.core.viewers import Viewer
    from sessionscope.endpoint.messages import Request
    from sessionscope.endpoint.streams import StreamSlot
    from sessionscope.observe.options import Options

    companion = import_module(f"sessionscope.{library.partition('-')[0]}.companion").companion_of(Options())
    call = Request("direct", "127.0.0.1", "POST", "/v1/events", None, {}, lambda _limit: b"")
    for _ in companion.endpoint._pump(None, Viewer(all=True), call, StreamSlot(True, False)):
        pass


if variant == "ours, a panel attached":
    threading.Thread(target=read_along, daemon=True).start()

for line in sys.stdin:
    count = int(line)
    began = time.process_time()
    for _ in range(count):
        request()
    print(json.dumps((time.process_time() - began) * 1000 / count), flush=True)
