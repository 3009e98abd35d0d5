"""Flask: an app's session interface is observed as its first request begins, whoever put it there."""

from __future__ import annotations

import functools
from typing import Any

from ..observe.activation import decided, is_quiet
from ..observe.registered import is_declined, note_declined
from .hooks import LINE_OF, say


def hook(module: Any) -> None:
    """`module`: flask.app."""
    app_class = module.Flask
    make = app_class.request_context

    @functools.wraps(make)
    def request_context(self: Any, environ: Any) -> Any:
        try:
            _observe(self)
        except Exception as error:
            say(f"Flask could not be observed ({type(error).__name__}: {error}). Write {LINE_OF['flask']}")
        # Not under way any more as the app's code runs: no traceback of the app's holds a frame of this.
        return make(self, environ)

    app_class.request_context = request_context


def _observe(app: Any) -> None:
    is_on = decided(None)
    if not (bool(app.debug) and not app.testing if is_on is None else is_on):
        if not app.testing and not is_quiet():
            say("off, because the app's debug is false. Use flask run --debug, or SESSIONSCOPE_ENABLED=1.")
        return
    from ..flask.interface import is_observed, observed_interface

    interface = app.session_interface
    if is_observed(interface) or is_declined(interface):
        return
    made = observed_interface(interface, is_on, {})
    if made is interface:
        # It says so itself.
        note_declined(interface)
    else:
        app.session_interface = made
