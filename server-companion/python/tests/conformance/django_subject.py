"""Django's engines."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.test import Client, override_settings
from django.urls import path

from engines import ENGINES, use_engine
from recorded import Recorded
from sessionscope.django import exchange, middleware
from sessionscope.django.companion import companion_of

from .subject import WORKS, Host, Reply, Subject, Work, bare, keep


def run(request: HttpRequest, name: str) -> HttpResponse:
    return HttpResponse(str(WORKS[name](request.session)))


def stream(request: HttpRequest, name: str) -> StreamingHttpResponse:
    def pieces() -> Iterator[str]:
        yield "one"
        yield str(WORKS[name](request.session))

    return StreamingHttpResponse(pieces())


urlpatterns = [path("run/<name>", run), path("stream/<name>", stream)]


class DjangoHost:
    def __init__(self) -> None:
        self._client = Client(raise_request_exception=False, SERVER_NAME="127.0.0.1", SERVER_PORT="8000")

    @property
    def recorded(self) -> Recorded:
        return Recorded(companion_of())

    def visit(self, work: Work, page: str = "run") -> Reply:
        response: Any = self._client.get(f"/{page}/{keep(work)}")
        body = b"".join(response.streaming_content) if response.streaming else response.content
        response.close()
        cookies = [("set-cookie", morsel.OutputString()) for morsel in response.cookies.values()]
        headers, discovery = bare([*response.headers.items(), *cookies])
        return Reply(response.status_code, headers, body, discovery)

    def set_cookie(self, value: str) -> None:
        self._client.cookies[settings.SESSION_COOKIE_NAME] = value

    def cookie(self) -> str | None:
        morsel = self._client.cookies.get(settings.SESSION_COOKIE_NAME)
        return morsel.value if morsel is not None and morsel.value else None

    def another(self) -> Host:
        return DjangoHost()


def _open(engine: str) -> Any:
    @contextmanager
    def opened(folder: Path, is_observed: bool) -> Iterator[Host]:
        observer = "sessionscope.django.middleware.SessionscopeMiddleware"
        used = [name for name in settings.MIDDLEWARE if is_observed or name != observer]
        with (
            use_engine(engine, folder / "sessions"),
            override_settings(ROOT_URLCONF="conformance.django_subject", MIDDLEWARE=used),
        ):
            yield DjangoHost()

    return opened


_SEALED = "the cookie is the record"

SUBJECTS = [
    Subject(
        name=f"Django {engine}",
        capabilities={
            "calls": True,
            "nested": True,
            "nested saved": "Django notices assignments only",
            "stored form": True,
            "look": True,
            "unserializable": "a cache of Django's pickles what it keeps" if engine == "cache" else True,
            "missing": _SEALED if engine == "signed_cookies" else True,
            "refused": True if engine == "signed_cookies" else "the cookie is not signed",
            "rotate": "the cookie's value is made of its content" if engine == "signed_cookies" else True,
            "delete": True,
            "expiry": True,
            "error": True,
            "late": True,
        },
        open=_open(engine),
        hooks=[
            (exchange.Exchange, "start"),
            (exchange.Exchange, "finish"),
            (middleware, "companion_of"),
            (middleware.SessionscopeMiddleware, "_announce"),
        ],
        rotate=lambda session: session.cycle_key(),
        expire=lambda session: session.set_expiry(300),
        delete=lambda session: session.flush(),
        unknown_cookie=None if engine == "signed_cookies" else "a" * 32,
    )
    for engine in ENGINES
]
