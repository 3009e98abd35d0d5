"""Scenarios on Flask: with its own cookie, and with Flask-Session on files."""

from __future__ import annotations

import logging
import os
import threading
from datetime import timedelta
from typing import Any

import flask
from scenario import Context
from werkzeug.serving import make_server
from werkzeug.wsgi import ClosingIterator

from hosts.stage import Stage
from sessionscope.flask import observe

stage = Stage()


def nothing() -> None:
    """It saves as the response leaves, and its cookie has no key that could be another."""


def view(path: str = "") -> Any:
    handler = stage.handler_of(f"{flask.request.method} /{path}")
    if handler is None:
        return "", 404
    # Itself, not the name for it: a streamed body runs when the name means nothing any more.
    session: Any = flask.session._get_current_object()  # type: ignore[attr-defined]
    interface: Any = flask.current_app.session_interface

    def rotate() -> None:
        if hasattr(interface, "regenerate"):
            interface.regenerate(session)

    given = handler(
        Context(
            session=session,
            save=nothing,
            rotate=rotate,
            end=session.clear,
            home="/",
            page=lambda text: text,
            reached=stage.points.reached,
            until=stage.points.until,
        )
    )
    if given.location is not None:
        return flask.redirect(given.location, given.status)
    return flask.Response(given.body, given.status, mimetype="text/plain")


def serve(engine: str, directory: str, wanted: dict[str, Any]) -> None:
    app = flask.Flask(__name__)
    app.debug = True
    app.secret_key = "of the scenarios"
    app.config["SESSION_COOKIE_SECURE"] = wanted.get("secure", False)
    if "maxAgeMs" in wanted:
        app.config["PERMANENT_SESSION_LIFETIME"] = timedelta(milliseconds=wanted["maxAgeMs"])
    if engine:
        from cachelib.file import FileSystemCache
        from flask_session import Session

        app.config["SESSION_TYPE"] = "cachelib"
        # Its default saves with each response, which undoes any logout: what goes wrong here is the app's own doing.
        app.config["SESSION_REFRESH_EACH_REQUEST"] = wanted.get("saveAlways", False)
        app.config["SESSION_CACHELIB"] = FileSystemCache(os.path.join(directory, "sessions"))
        Session(app)
    app.session_interface = observe(app.session_interface, quiet=True)
    app.add_url_rule("/", view_func=view, methods=["GET", "POST"])
    app.add_url_rule("/<path:path>", view_func=view, methods=["GET", "POST"])
    answer = app.wsgi_app

    def counted(environ: dict[str, Any], start_response: Any) -> Any:
        stage.points.begin()
        # With its end the client has all of it.
        return ClosingIterator(
            answer(environ, start_response),
            lambda: stage.points.end(f"{environ['REQUEST_METHOD']} {environ['PATH_INFO']}"),
        )

    app.wsgi_app = counted  # type: ignore[method-assign]
    logging.getLogger("werkzeug").setLevel(logging.CRITICAL)
    app.logger.setLevel(logging.CRITICAL)
    server = make_server("127.0.0.1", 0, app, threaded=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    stage.follow_input(server.server_port).join()
