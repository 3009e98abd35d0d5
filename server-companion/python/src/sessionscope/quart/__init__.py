"""Observes the sessions of Quart.

from sessionscope.quart import observe

app.session_interface = observe(app.session_interface)
"""

from __future__ import annotations

from typing import Any, TypeVar

from ..observe.activation import decided
from ..observe.registered import note_declined

Interface = TypeVar("Interface")

__all__ = ["observe"]


def observe(interface: Interface, *, enabled: bool | None = None, **options: Any) -> Interface:
    """Gives the session interface as it is used to be observed: the same class's behavior, attributes and arguments.

    `interface`: Quart's own, or another that a `quart.sessions.SessionInterface` is.

    `enabled`: True or False decides; by default the environment's `SESSIONSCOPE_ENABLED` does, and where that is not
    set, the app's `debug` without `testing`. Where it is off, the very same object is given back; where the app decides
    and says no, that object stands in `app.session_interface` again from the first request on.

    `options`: `path`, `allowed_hosts`, `allowed_extensions`, `redact`, `log`, `limits`, `project`, as docs/quart.md
    describes them. Raises ValueError where one is unknown or malformed.
    """
    is_on = decided(enabled)
    if is_on is False:
        note_declined(interface)
        return interface
    # Nothing of the companion is imported where it is off.
    from .interface import observed_interface

    observed: Interface = observed_interface(interface, is_on, options)
    return observed
