"""A plugin of pytest for a library's own tests: with `OBSERVE` set, each session of theirs is observed.

`OBSERVE=broken` plants a fault: what the app sets is dropped.
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

if OBSERVE and os.environ["LIBRARY"] == "flask":
    import flask

    from sessionscope.flask import observe

    flask.Flask.session_interface = observe(flask.Flask.session_interface, enabled=True)
if OBSERVE and os.environ["LIBRARY"] == "starlette":
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
