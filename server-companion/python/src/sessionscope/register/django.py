"""Django: the middleware stands before `SessionMiddleware` while a handler loads its middleware; no setting differs."""

from __future__ import annotations

import functools
from typing import Any

from ..observe.activation import is_quiet
from .hooks import LINE_OF, say


def hook(module: Any) -> None:
    """`module`: django.core.handlers.base."""
    handler = module.BaseHandler
    load = handler.load_middleware

    @functools.wraps(load)
    def load_middleware(self: Any, *args: Any, **kwargs: Any) -> Any:
        settings = module.settings
        given = settings.MIDDLEWARE
        try:
            observed = _with_ours(settings)
        except Exception as error:
            say(f"Django could not be observed ({type(error).__name__}: {error}). Write {LINE_OF['django']}")
            observed = None
        if observed is None:
            return load(self, *args, **kwargs)
        settings.MIDDLEWARE = observed
        try:
            return load(self, *args, **kwargs)
        finally:
            settings.MIDDLEWARE = given

    handler.load_middleware = load_middleware


def _with_ours(settings: Any) -> list[str] | None:
    """What MIDDLEWARE is to be; None: as it is."""
    if not settings.DEBUG:
        if not is_quiet():
            say("off, because DEBUG is False.")
        return None
    from ..django import background, checks
    from ..django.conf import is_enabled, read_options

    if not is_enabled(read_options()[0]):
        return None

    names = list(settings.MIDDLEWARE)
    if checks.MIDDLEWARE in names:
        # By hand: that one counts.
        return None
    at = checks.session_middleware_in(names)
    if at is None:
        missing = checks.no_session_middleware(names)
        say(f"nothing is observed. {missing.msg} {missing.hint}")
        return None
    background.connect()
    return [*names[:at], checks.MIDDLEWARE, *names[at:]]
