"""Flask and Quart: an app's session interface is observed as its first request begins, whoever put it there."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

from ..observe.activation import decided, is_quiet
from ..observe.registered import is_declined, note_declined
from .hooks import LINE_OF, say


def hook_contexts(app_class: Any, library: str, names: tuple[str, ...], load: Callable[[], Any]) -> None:
    """Wraps the methods of an app's class that make the context of a request.

    `load`: gives the adapter's module `interface`; called where an app is on.
    """
    for name in names:
        setattr(app_class, name, _hooked(getattr(app_class, name), library, load))


def _hooked(make: Callable[..., Any], library: str, load: Callable[[], Any]) -> Callable[..., Any]:
    @functools.wraps(make)
    def make_context(self: Any, request: Any) -> Any:
        try:
            _observe(self, library, load)
        except Exception as error:
            say(
                f"{library.capitalize()} could not be observed ({type(error).__name__}: {error}). "
                f"Write {LINE_OF[library]}"
            )
        # Not under way any more as the app's code runs: no traceback of the app's holds a frame of this.
        return make(self, request)

    return make_context


def _observe(app: Any, library: str, load: Callable[[], Any]) -> None:
    is_on = decided(None)
    if not (bool(app.debug) and not app.testing if is_on is None else is_on):
        if not app.testing and not is_quiet():
            say(f"off, because the app's debug is false. Use {library} run --debug, or SESSIONSCOPE_ENABLED=1.")
        return
    adapter = load()
    interface = app.session_interface
    if adapter.is_observed(interface) or is_declined(interface):
        return
    made = adapter.observed_interface(interface, is_on, {})
    if made is interface:
        # It says so itself.
        note_declined(interface)
    else:
        app.session_interface = made
