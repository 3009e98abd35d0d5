"""The class that stands in for `SessionMiddleware`: it does what that does, seen from both sides.

The observer stands outside of the middleware, where requests come in and heads of responses go out, and inside of it,
where the app gets its session: the decision is between the two, in Starlette's own code.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any
from weakref import WeakSet

from ..observe.options import parse_options
from .observer import Inner, Observer

#: Each class that was made here.
_made: WeakSet[Any] = WeakSet()


def observed_class(
    base: Any, is_on: bool | None, given: Mapping[str, Any], when_off: Callable[[], None] | None = None
) -> Any:
    """A subclass of `base` whose requests are observed. `is_on` None: the app's `debug` decides.

    `when_off` is called where the app's `debug` says no.
    Raises ValueError for an option that is unknown or malformed.
    """
    options, faults = parse_options(given, "observe(…) options")
    if faults:
        raise ValueError(" ".join(faults))

    async def __call__(self: Any, scope: Any, receive: Any, send: Any) -> None:
        # A subclass of an observed class may be observed itself: its observer sees everything.
        is_outermost = next((each for each in type(self).__mro__ if each in _made), made) is made
        if scope["type"] not in ("http", "websocket") or not is_outermost:
            await base.__call__(self, scope, receive, send)
            return
        observer: Observer | None = self.__dict__.get("_sessionscope")
        if observer is None:
            if not (is_on or getattr(scope.get("app"), "debug", False)):
                if type(self) is made:
                    # Decided: from here on it is what it was given as.
                    self.__class__ = base
                if when_off is not None:
                    when_off()
                await base.__call__(self, scope, receive, send)
                return
            observer = self._sessionscope = Observer(self, base, options, is_on)
            self.app = Inner(self.app, observer)
        await observer.serve(scope, receive, send)

    body = {
        "__module__": base.__module__,
        "__qualname__": base.__qualname__,
        "__doc__": base.__doc__,
        "__call__": __call__,
    }
    made = type(base)(base.__name__, (base,), body)
    _made.add(made)
    return made
