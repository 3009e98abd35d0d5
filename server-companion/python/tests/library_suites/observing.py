"""A plugin of pytest for a library's own tests: with `OBSERVE` set, each session of theirs is observed.

`OBSERVE=broken` plants a fault: what the app sets is dropped; in Quart, whose tests set nothing, what was loaded is.
"""

from __future__ import annotations

import os
import sys
from typing import Any

import _pytest.monkeypatch

OBSERVE = os.environ.get("OBSERVE")

# Names that the suites know from other versions of their tools.
if not hasattr(_pytest.monkeypatch, "notset"):
    _pytest.monkeypatch.notset = _pytest.monkeypatch.NOTSET  # type: ignore[attr-defined]
try:
    import httpx2  # noqa: F401
except ImportError:
    import httpx

    sys.modules["httpx2"] = httpx

LIBRARY = os.environ.get("LIBRARY")
if OBSERVE:
    from sessionscope.observe import companion

    # A suite makes an app for each test: all of them are to be observed.
    companion.MAX_LIBRARIES = 1_000_000
if OBSERVE and LIBRARY in ("flask", "flask-login"):
    import flask

    from sessionscope.flask import observe

    flask.Flask.session_interface = observe(flask.Flask.session_interface, enabled=True)
if OBSERVE and LIBRARY == "flask-session":
    import flask_session

    from sessionscope.flask import observe

    made = flask_session.Session._get_interface

    def _get_interface(self: Any, app: Any) -> Any:
        return observe(made(self, app), enabled=True)

    flask_session.Session._get_interface = _get_interface  # type: ignore[method-assign]
if OBSERVE and LIBRARY == "quart":
    import quart

    from sessionscope.quart import observe as observe_quart

    quart.Quart.session_interface = observe_quart(quart.Quart.session_interface, enabled=True)
if OBSERVE and LIBRARY == "starlette":
    from starlette.middleware import sessions

    from sessionscope.starlette import observe as observe_starlette

    sessions.SessionMiddleware = observe_starlette(sessions.SessionMiddleware, enabled=True)  # type: ignore[misc]
if OBSERVE == "broken":
    from sessionscope.observe import mapping_calls

    kept = mapping_calls.recorded

    def dropping(base: Any, note: Any, call: str | None = None) -> Any:
        if base.__name__ in ("__setitem__", "update"):
            return lambda self, *args, **kwargs: None
        return kept(base, note, call)

    mapping_calls.recorded = dropping
if OBSERVE == "broken" and LIBRARY == "quart":
    from sessionscope.quart.exchange import Exchange

    take = Exchange.take_session

    def take_emptied(self: Any, session: Any) -> None:
        dict.clear(session)
        take(self, session)

    Exchange.take_session = take_emptied  # type: ignore[method-assign]
