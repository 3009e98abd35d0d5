"""A whole session as it was: each value as it was kept, so that what did not change is kept once."""

from __future__ import annotations

from typing import Any

from . import protocol
from .encode import Digest, encode, shorten
from .protocol import EncodedValue
from .snapshot import Kept, reveal

#: Characters of a key that is a step of a path as it is, whatever is in it.
SHORT_KEY = 100


def step_of(key: Any) -> str:
    """A session's key as a step of a path. JSON makes text of every key, and so do we."""
    kind = type(key)
    if kind is str:
        return key if len(key) < SHORT_KEY else shorten(key, protocol.NAME_LENGTH)
    if kind in (int, float, bool) or key is None:
        return shorten(str(key), protocol.NAME_LENGTH)
    return "?"


class SessionParts:
    """Nothing of it can change."""

    __slots__ = ("size", "values")

    def __init__(self, values: dict[Any, Kept], size: int) -> None:
        self.values = values
        #: Keys that the session had: there may be more than are kept.
        self.size = size

    def encoded(self, digest: Digest) -> EncodedValue:
        """Keys and values as one encoded object."""
        keys = list(self.values)
        values = [reveal(kept, digest) for kept in self.values.values()]
        if any(type(key) is not str for key in keys):
            named = [encode(key, digest).value for key in keys]
            return {"$": "map", "entries": list(map(list, zip(named, values, strict=True))), "size": self.size}
        plain = {step_of(key): value for key, value in zip(keys, values, strict=True)}
        if len(plain) == self.size and "$" not in plain and "__proto__" not in plain:
            return plain
        entries = [[step_of(key), value] for key, value in zip(keys, values, strict=True)]
        return {"$": "object", "entries": entries, "size": self.size}
