"""A cache that can be taken down while an app runs."""

from __future__ import annotations

from typing import Any

from django.core.cache.backends.locmem import LocMemCache

is_down = False


class FailingCache(LocMemCache):
    def get(self, *args: Any, **kwargs: Any) -> Any:
        if is_down:
            raise ConnectionError("the cache is down")
        return super().get(*args, **kwargs)
