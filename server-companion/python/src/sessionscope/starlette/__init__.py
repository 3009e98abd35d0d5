"""Observes the sessions of Starlette and FastAPI.

from sessionscope.starlette import observe

app.add_middleware(observe(SessionMiddleware), secret_key=…)
"""

from __future__ import annotations

from typing import Any, TypeVar

from ..observe.activation import decided
from ..observe.registered import bare_of

Middleware = TypeVar("Middleware", bound=type)

__all__ = ["observe"]


def observe(middleware: Middleware, *, enabled: bool | None = None, **options: Any) -> Middleware:
    """Gives the middleware's class as it is used to be observed: the same name, arguments and behavior.

    `middleware`: Starlette's `SessionMiddleware`, or a subclass of it.

    `enabled`: True or False decides; by default the environment's `SESSIONSCOPE_ENABLED` does, and where that is not
    set, the app's `debug`. Where it is off, the very same class is given back; where the app's `debug` decides and is
    false, the middleware becomes an instance of that class with the first request.

    `options`: `path`, `allowed_hosts`, `allowed_extensions`, `redact`, `log`, `limits`, `project`, as docs/starlette.md
    describes them. Raises ValueError where one is unknown or malformed.
    """
    is_on = decided(enabled)
    middleware = bare_of(middleware)
    if is_on is False:
        return middleware
    # Nothing of the companion is imported where it is off.
    from .middleware import observed_class

    observed: Middleware = observed_class(middleware, is_on, options)
    return observed
