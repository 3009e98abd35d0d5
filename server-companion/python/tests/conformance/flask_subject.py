"""Flask's own sessions, and Flask-Session's stores."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from flask import Flask, Response, session

from recorded import Recorded
from sessionscope.flask import exchange, interface, observe
from sessionscope.flask.companion import companion_of
from sessionscope.observe.options import Options
from test_flask_session import config_of

from .subject import WORKS, Host, Reply, Subject, Work, bare, keep


def run(name: str) -> str:
    return str(WORKS[name](session))


def stream(name: str) -> Response:
    held = session._get_current_object()  # type: ignore[attr-defined]

    def pieces() -> Iterator[str]:
        yield "one"
        yield str(WORKS[name](held))

    return Response(pieces())


class FlaskHost:
    def __init__(self, app: Flask) -> None:
        self._app = app
        self._client = app.test_client()

    @property
    def recorded(self) -> Recorded:
        return Recorded(companion_of(Options()))

    def visit(self, work: Work, page: str = "run") -> Reply:
        response = self._client.get(f"/{page}/{keep(work)}", base_url="http://127.0.0.1:8000")
        headers, discovery = bare(response.headers)
        body = response.data
        response.close()
        return Reply(response.status_code, headers, body, discovery)

    def set_cookie(self, value: str) -> None:
        self._client.set_cookie("session", value, domain="127.0.0.1")

    def cookie(self) -> str | None:
        cookie = self._client.get_cookie("session", domain="127.0.0.1")
        return None if cookie is None else cookie.value

    def another(self) -> Host:
        return FlaskHost(self._app)


def _open(store: str) -> Any:
    @contextmanager
    def opened(folder: Path, is_observed: bool) -> Iterator[Host]:
        with config_of(store, folder) if store else _nothing() as config:
            app = Flask("conformance")
            app.secret_key = "of the suite"
            app.config.update(config)
            app.add_url_rule("/run/<name>", view_func=run)
            app.add_url_rule("/stream/<name>", view_func=stream)
            if store:
                from flask_session import Session

                app.config["SESSION_TYPE"] = store
                if store == "sqlalchemy":
                    from flask_sqlalchemy import SQLAlchemy

                    app.config["SESSION_SQLALCHEMY"] = SQLAlchemy(app)
                Session(app)
            if is_observed:
                app.session_interface = observe(app.session_interface, enabled=True)
            yield FlaskHost(app)

    return opened


@contextmanager
def _nothing() -> Iterator[dict[str, Any]]:
    yield {}


def _rotate(held: Any) -> None:
    from flask import current_app

    current_app.session_interface.regenerate(held)  # type: ignore[attr-defined]


def _expire(held: Any) -> None:
    held.permanent = True


SUBJECTS = [
    Subject(
        name=f"Flask-Session {store}" if store else "Flask",
        capabilities={
            "calls": True,
            "nested": True,
            "nested saved": True if store else "Flask notices assignments only",
            "stored form": True,
            "look": True,
            "unserializable": "cachelib logs the error and keeps nothing" if store == "cachelib" else True,
            "missing": True if store else "the cookie is the record",
            "refused": "the cookie is not signed" if store else True,
            "rotate": True if store else "the cookie's value is made of its content",
            "delete": True,
            "expiry": True,
            "error": True,
            "late": True,
        },
        open=_open(store),
        hooks=[
            (exchange.Exchange, "start"),
            (exchange.Exchange, "take_session"),
            (exchange.Exchange, "before_save"),
            (exchange.Exchange, "after_save"),
            (exchange.Exchange, "announce"),
            (exchange.Exchange, "finish"),
            (interface, "companion_of"),
        ],
        rotate=_rotate if store else None,
        expire=_expire,
        unknown_cookie="never-in-this-store" if store else None,
    )
    for store in ("", "redis", "sqlalchemy", "cachelib")
]
