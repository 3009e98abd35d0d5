"""Apps as their users write them, no line of them ours: written into an empty folder, started by a dev server."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from test_servers import TESTS, Server, free_port

STARLETTE = """
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.sessions import SessionMiddleware
from starlette.responses import PlainTextResponse
from starlette.routing import Route

class OwnMiddleware(SessionMiddleware):
    pass

async def home(request):
    request.session["visits"] = request.session.get("visits", 0) + 1
    return PlainTextResponse(str(request.session["visits"]))

async def fail(request):
    request.session["lost"] = True
    raise LookupError("planted")

pages = [Route("/", home), Route("/fail", fail)]

def made(middleware=SessionMiddleware, debug=True):
    return Starlette(debug=debug, routes=pages, middleware=[Middleware(middleware, secret_key="x")])

app = made()
own = made(OwnMiddleware)
off = made(debug=False)
own_off = made(OwnMiddleware, debug=False)
"""

FASTAPI = """
from fastapi import FastAPI, Request
from starlette.middleware.sessions import SessionMiddleware

app = FastAPI(debug=True)
app.add_middleware(SessionMiddleware, secret_key="x")

@app.get("/")
def home(request: Request):
    request.session["visits"] = request.session.get("visits", 0) + 1
    return request.session["visits"]
"""

FLASK = """
from flask import Flask, session

app = Flask(__name__)
app.secret_key = "x"

@app.get("/")
def home():
    session["visits"] = session.get("visits", 0) + 1
    return str(session["visits"])

@app.get("/fail")
def fail():
    raise LookupError("planted")
"""

QUART = """
from quart import Quart, session, websocket

app = Quart(__name__)
app.secret_key = "x"

@app.get("/")
async def home():
    session["visits"] = session.get("visits", 0) + 1
    return str(session["visits"])

@app.get("/fail")
async def fail():
    raise LookupError("planted")

if __name__ == "__main__":
    import sys
    app.run(port=int(sys.argv[1]), debug=True)
"""

#: Sessions in files, kept by Flask-Session.
FLASK_SESSION = f"""{FLASK}
from cachelib.file import FileSystemCache
from flask_session import Session
app.config.update(SESSION_TYPE="cachelib", SESSION_CACHELIB=FileSystemCache("records"))
Session(app)
"""

VIEWS = """
from django.http import HttpResponse

def home(request):
    request.session["visits"] = request.session.get("visits", 0) + 1
    return HttpResponse(str(request.session["visits"]))

def fail(request):
    raise LookupError("planted")
"""

#: Added to what `startproject` writes.
SETTINGS = """
import os
ALLOWED_HOSTS = ["*"]
SESSION_ENGINE = "django.contrib.sessions.backends.signed_cookies"
DATABASES = {}
DEBUG = not os.environ.get("NO_DEBUG")
if os.environ.get("OWN_MIDDLEWARE"):
    MIDDLEWARE = [os.environ["OWN_MIDDLEWARE"] if "sessions" in name else name for name in MIDDLEWARE
                  if "auth" not in name and "messages" not in name]
    INSTALLED_APPS.remove("django.contrib.admin")
"""

URLS = """
from django.urls import path
from shop import views
urlpatterns = [path("", views.home), path("fail", views.fail)]
"""

OTHERS = """
from django.contrib.sessions.middleware import SessionMiddleware

class Derived(SessionMiddleware):
    pass

class OwnSessionMiddleware:
    def __init__(self, get_response):
        self.get_response = get_response
    def __call__(self, request):
        request.session = {}
        return self.get_response(request)
"""


def write_apps(folder: Path) -> Path:
    """The folder, with all of them in it."""
    files = {"star.py": STARLETTE, "fast.py": FASTAPI, "flasks.py": FLASK, "flask_records.py": FLASK_SESSION}
    files["quarts.py"] = QUART
    for name, text in files.items():
        (folder / name).write_text(text)
    subprocess.run([sys.executable, "-m", "django", "startproject", "shop", str(folder)], check=True)
    shop = folder / "shop"
    (shop / "views.py").write_text(VIEWS)
    (shop / "others.py").write_text(OTHERS)
    (shop / "urls.py").write_text(URLS)
    with (shop / "settings.py").open("a") as settings:
        settings.write(SETTINGS)
    return folder


class PlainServer(Server):
    """A browser's view of it: it keeps the cookie, whatever it is called."""

    cookie_name = ""

    def get(self, path: str, headers: dict[str, str] | None = None) -> tuple[int, dict[str, str], bytes]:
        sent = {"Cookie": f"{self.cookie_name}={self.cookie}"} if self.cookie else {}
        status, found, body = super().get(path, {**sent, **(headers or {})})
        match = re.search(r"\b(session|sessionid)=([^;]+)", found.get("set-cookie", ""))
        if match:
            self.cookie_name, self.cookie = match.groups()
        return status, found, body

    @property
    def proofs(self) -> dict[str, Any]:
        return {"cookies": [{"name": self.cookie_name, "value": self.cookie}]}

    def said(self) -> list[str]:
        """Lines of ours in its terminal."""
        return [line for line in self.log.read_text().splitlines() if line.startswith("Sessionscope")]


def environment(folder: Path, **env: str) -> dict[str, str]:
    """A user's, with the package in it."""
    own = {name: value for name, value in os.environ.items() if not name.startswith(("SESSIONSCOPE", "DJANGO"))}
    return {
        **own,
        "PYTHONPATH": str(TESTS.parent / "src"),
        "PYTHONDONTWRITEBYTECODE": "1",
        "PYTHONUNBUFFERED": "1",
        "XDG_STATE_HOME": str(folder / "state"),
        **env,
    }


@contextmanager
def started(words: Sequence[str], folder: Path, **env: str) -> Iterator[PlainServer]:
    """`python` with these words; `{port}` in them is a free one."""
    port = free_port()
    log = folder / f"server-{port}.log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            [sys.executable, *(word.format(port=port) for word in words)],
            cwd=folder,
            env=environment(folder, **env),
            stdout=output,
            stderr=output,
            # A reloader has a child: the group is ended as one.
            start_new_session=True,
        )
    server = PlainServer(process, port, log)
    try:
        for _ in range(600):
            try:
                server.get("/favicon.ico")
                break
            except OSError:
                assert process.poll() is None, log.read_text()[-2_000:]
                time.sleep(0.05)
        else:
            raise AssertionError(f"no answer: {log.read_text()[-2_000:]}")
        yield server
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
