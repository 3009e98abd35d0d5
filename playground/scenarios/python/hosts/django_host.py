"""Scenarios on Django."""

from __future__ import annotations

import os
import threading
from pathlib import Path
from typing import Any

import django
from django.conf import settings
from django.core.management import call_command
from django.core.servers.basehttp import ThreadedWSGIServer, WSGIRequestHandler
from django.core.wsgi import get_wsgi_application
from django.http import HttpRequest, HttpResponseNotFound
from django.http.response import HttpResponseBase
from django.urls import re_path

from hosts.django_routes import answer, counted
from hosts.stage import Stage

stage = Stage()


def view(request: HttpRequest) -> HttpResponseBase:
    sent = f"{request.method} {request.path}"
    handler = stage.handler_of(sent)
    if handler is None:
        return HttpResponseNotFound()
    return answer(handler, request, stage.points, sent=sent, home="/")


middleware = counted(stage.points)
urlpatterns = [re_path("", view)]


class Quiet(WSGIRequestHandler):
    def log_message(self, *args: Any) -> None:
        pass


def serve(engine: str, directory: str, wanted: dict[str, Any]) -> None:
    settings.configure(
        DEBUG=True,
        SECRET_KEY="a secret of the scenarios, and of nothing else",
        ALLOWED_HOSTS=["127.0.0.1"],
        ROOT_URLCONF=__name__,
        USE_TZ=True,
        BASE_DIR=Path.cwd(),
        INSTALLED_APPS=["django.contrib.sessions", "sessionscope.django"],
        MIDDLEWARE=[
            f"{__name__}.middleware",
            "sessionscope.django.middleware.SessionscopeMiddleware",
            "django.contrib.sessions.middleware.SessionMiddleware",
        ],
        DATABASES={
            "default": {
                "ENGINE": "django.db.backends.sqlite3",
                "NAME": os.path.join(directory, "db.sqlite3"),
                "OPTIONS": {"timeout": 20},
            }
        },
        SESSION_ENGINE=f"django.contrib.sessions.backends.{engine}",
        SESSION_COOKIE_SECURE=wanted.get("secure", False),
        SESSION_SAVE_EVERY_REQUEST=wanted.get("saveAlways", False),
        SESSION_COOKIE_AGE=wanted.get("maxAgeMs", 1_209_600_000) // 1000,
        LOGGING_CONFIG=None,
    )
    django.setup()
    call_command("migrate", verbosity=0)
    server = ThreadedWSGIServer(("127.0.0.1", 0), Quiet)
    server.set_app(get_wsgi_application())
    threading.Thread(target=server.serve_forever, daemon=True).start()
    stage.follow_input(server.server_port).join()
