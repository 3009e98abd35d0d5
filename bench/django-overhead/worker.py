"""One variant of the benchmark: runs as many requests as each line of its input asks for, prints what one cost."""

from __future__ import annotations

import io
import json
import sys
import threading
import time
from http.cookies import SimpleCookie
from pathlib import Path
from typing import Any

variant, engine, folder = sys.argv[1:]
ROOT = Path(__file__).resolve().parent.parent.parent
sys.path.insert(0, str(ROOT / "server-companion" / "python" / "src"))

import os  # noqa: E402

os.environ["XDG_STATE_HOME"] = folder

from django.conf import settings  # noqa: E402

HAS_TOOLBAR = variant.startswith("toolbar")
HAS_COMPANION = variant.startswith("ours")
PANELS = ["debug_toolbar.panels.request.RequestPanel", "debug_toolbar.panels.history.HistoryPanel"]

settings.configure(
    DEBUG=True,
    SECRET_KEY="of the benchmark",
    ALLOWED_HOSTS=["*"],
    ROOT_URLCONF=__name__,
    BASE_DIR=Path(__file__).resolve().parent,
    INTERNAL_IPS=["127.0.0.1"],
    STATIC_URL="static/",
    INSTALLED_APPS=[
        "django.contrib.sessions",
        "django.contrib.staticfiles",
        *(["debug_toolbar"] if HAS_TOOLBAR else []),
        *(["sessionscope.django"] if HAS_COMPANION else []),
    ],
    MIDDLEWARE=[
        *(["debug_toolbar.middleware.DebugToolbarMiddleware"] if HAS_TOOLBAR else []),
        *(["sessionscope.django.middleware.SessionscopeMiddleware"] if HAS_COMPANION else []),
        "django.contrib.sessions.middleware.SessionMiddleware",
    ],
    TEMPLATES=[{"BACKEND": "django.template.backends.django.DjangoTemplates", "APP_DIRS": True}],
    DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": f"{folder}/bench.sqlite3"}},
    SESSION_ENGINE=f"django.contrib.sessions.backends.{engine}",
    SESSION_FILE_PATH=folder,
    USE_TZ=True,
    DEBUG_TOOLBAR_CONFIG={"SHOW_TOOLBAR_CALLBACK": lambda request: True},
    **({"DEBUG_TOOLBAR_PANELS": PANELS} if variant == "toolbar, 2 panels" else {}),
)

import django  # noqa: E402

django.setup()

from django.core.handlers.wsgi import WSGIHandler  # noqa: E402
from django.core.management import call_command  # noqa: E402
from django.db import reset_queries  # noqa: E402
from django.http import HttpRequest, HttpResponse  # noqa: E402
from django.urls import include, path  # noqa: E402


def view(request: HttpRequest) -> HttpResponse:
    session = request.session
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
    return HttpResponse(
        f"<html><body><p>{name} {count} {flash} {theme} {language} {last} {session.get('visits')}</p></body></html>"
    )


urlpatterns: list[Any] = [path("page/", view)]
if HAS_TOOLBAR:
    urlpatterns.append(path("__debug__/", include("debug_toolbar.urls")))

call_command("migrate", verbosity=0)
handler = WSGIHandler()
cookies: dict[str, str] = {}


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
        "HTTP_COOKIE": "; ".join(f"{name}={value}" for name, value in cookies.items()),
        "wsgi.input": io.BytesIO(),
        "wsgi.url_scheme": "http",
        "wsgi.errors": sys.stderr,
        "wsgi.multithread": True,
        "wsgi.multiprocess": False,
    }

    def start_response(status: str, headers: list[tuple[str, str]], *_: Any) -> None:
        if not status.startswith("200"):
            raise SystemExit(status)
        for name, value in headers:
            if name == "Set-Cookie":
                cookies.update({key: morsel.value for key, morsel in SimpleCookie(value).items()})

    response = handler(environ, start_response)
    b"".join(response)
    response.close()
    reset_queries()


def read_along() -> None:
    """What a panel's stream costs in the server's process."""
    from sessionscope.core.viewers import Viewer
    from sessionscope.django.companion import companion_of
    from sessionscope.endpoint.messages import Request
    from sessionscope.endpoint.streams import StreamSlot

    request = Request("direct", "127.0.0.1", "POST", "/v1/events", None, {}, lambda _limit: b"")
    for _ in companion_of().endpoint._pump(None, Viewer(all=True), request, StreamSlot(True, False)):
        pass


if variant == "ours, a panel attached":
    threading.Thread(target=read_along, daemon=True).start()

for line in sys.stdin:
    count = int(line)
    began = time.process_time()
    for _ in range(count):
        request()
    print(json.dumps((time.process_time() - began) * 1000 / count), flush=True)
