"""Errors that an engine of Django's hides from the app, seen where they pass: what a cache raises while it is read.

`load` of the `cache` engine catches every error and goes on as if there were no record, so that an unreachable
cache and a missing record look the same from outside.
"""

from __future__ import annotations

from typing import Any

from .observed_session import ObservedDjangoSession
from .recorded_calls import observed_of


class _Watched:
    """Stands for a cache while a record is loaded from it: what it raises is noted and raised."""

    __slots__ = ("_cache", "_observed")

    def __init__(self, cache: Any, observed: ObservedDjangoSession) -> None:
        self._cache = cache
        self._observed = observed

    @property  # type: ignore[misc]
    def __class__(self) -> type:
        kind: type = self._cache.__class__
        return kind

    def __getattr__(self, name: str) -> Any:
        return getattr(self._cache, name)

    def get(self, *args: Any, **kwargs: Any) -> Any:
        __traceback_hide__ = True
        try:
            return self._cache.get(*args, **kwargs)
        except Exception as error:
            self._observed.hidden_error = self._observed.describe(error)
            raise

    async def aget(self, *args: Any, **kwargs: Any) -> Any:
        __traceback_hide__ = True
        try:
            return await self._cache.aget(*args, **kwargs)
        except Exception as error:
            self._observed.hidden_error = self._observed.describe(error)
            raise


def watched_cache() -> property:
    """The attribute `_cache` of a session: it lies in the instance's dict as ever."""

    def get(self: Any) -> Any:
        try:
            cache = self.__dict__["_cache"]
        except KeyError:
            raise AttributeError(f"{type(self).__name__!r} object has no attribute '_cache'") from None
        observed = observed_of(self)
        return cache if observed is None or not observed.is_loading else _Watched(cache, observed)

    def set(self: Any, cache: Any) -> None:
        self.__dict__["_cache"] = cache

    def delete(self: Any) -> None:
        try:
            del self.__dict__["_cache"]
        except KeyError:
            raise AttributeError("_cache") from None

    return property(get, set, delete)
