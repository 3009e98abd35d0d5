"""Starlette and FastAPI: `SessionMiddleware` is the observed class as soon as its module is loaded."""

from __future__ import annotations

from typing import Any

from ..observe.activation import decided, is_quiet
from ..observe.registered import note_registered
from .hooks import say


def hook(module: Any) -> None:
    """`module`: starlette.middleware.sessions."""
    from ..starlette.middleware import observed_class

    bare = module.SessionMiddleware
    observed = observed_class(bare, decided(None), {}, when_off=_say_off)
    note_registered(observed, bare)
    module.SessionMiddleware = observed


def _say_off() -> None:
    if not is_quiet():
        say("off, because the app's debug is false. Set debug=True, or SESSIONSCOPE_ENABLED=1 in the environment.")
