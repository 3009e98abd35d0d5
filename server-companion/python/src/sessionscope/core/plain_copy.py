"""A bounded copy of a value that has only Python's own types in it, made in C without running code of the program."""

from __future__ import annotations

import pickle
from typing import Any

#: Bytes of a copied container up to which a digest is made of the whole: some milliseconds.
DIGEST_BYTES = 2 * 1024 * 1024

#: The last that keeps to Python's own types by itself.
_FORMAT = 4


class _NotPlain(Exception):
    """What is being copied is more than a bounded value of Python's own types."""


class _Pickler(pickle.Pickler):
    def reducer_override(self, _value: Any) -> Any:
        # Asked for all but Python's own types, before the value is looked at: no code of the program is run.
        raise _NotPlain


class _Sink:
    """Takes one piece: what is larger comes in several, and the first that is too much ends the copying."""

    __slots__ = ("data", "left")

    def __init__(self, limit: int) -> None:
        self.data = b""
        self.left = limit

    def write(self, data: bytes) -> None:
        self.left -= len(data)
        if self.left < 0:
            raise _NotPlain
        self.data = self.data + data if self.data else data


def plain_copy(value: Any, limit: int) -> bytes | None:
    """A list or dict as bytes that `pickle.loads` reads; None: it is another type, too large, or not plain."""
    kind = type(value)
    if kind is not dict and kind is not list:
        return None
    sink = _Sink(limit)
    try:
        _Pickler(sink, _FORMAT).dump(value)
    except (_NotPlain, RecursionError, ValueError, RuntimeError):
        # The last two: a text that UTF-8 can't have, and a dict that another thread changes.
        return None
    return sink.data
