"""A value as it is now, kept until somebody reads it: light ones by reference, plain containers as a bounded copy.

Encoding takes long, and most of what is kept is never read. So a text or a number, which nobody can change, is kept
as it is; lists and dicts of Python's own are copied by `pickle`, in C, which is set to refuse all else and to stop at
a bound; only what it refuses is encoded at once. Two copies with the same bytes are the same value, of the same types
and in the same order, and what lies in a value at ten places is in its copy once.
"""

from __future__ import annotations

import pickle
from typing import Any

from . import protocol
from .changes import MISSING
from .encode import Digest, Encoded, encode
from .plain_copy import plain_copy
from .protocol import EncodedValue

#: Characters of a text that is kept by reference: a longer one is cut at once, for the log must not hold it whole.
LIGHT_TEXT = 1_024

#: Bytes of a kept value that the log counts as nothing: they are within its share for any event.
UNCOUNTED_TEXT = 128

_MAX = protocol.MAX_SAFE_INTEGER
_SCALARS = frozenset([bool, float, type(None)])


class Snapshot:
    """A list or dict as it was. Nothing of it can change, and no code of the program is run to make or read it."""

    __slots__ = ("data",)

    def __init__(self, data: bytes) -> None:
        self.data = data

    def is_same(self, live: Any) -> bool:
        """Tells whether a live value is, for sure, what this says. False only means: look closer."""
        data = _copied(live)
        return data is not None and data == self.data

    def value(self) -> Any:
        return pickle.loads(self.data)


#: A light value as it is, a `Snapshot`, an `Encoded`, or `MISSING`: there was none.
Kept = Any


def is_light(value: Any) -> bool:
    """Whether a value may be kept by reference: nobody can change it, and it is small."""
    kind = type(value)
    if kind is str:
        return len(value) <= LIGHT_TEXT
    if kind is int:
        number: int = value
        return -_MAX <= number <= _MAX
    return kind in _SCALARS


def keep(value: Any, digest: Digest) -> Kept:
    """A value as it is now. Never raises, runs no code of the program; time and size are bounded."""
    if is_light(value):
        return value
    data = _copied(value)
    return encode(value, digest) if data is None else Snapshot(data)


def size_of(kept: Kept) -> int:
    """Bytes for the log's account, beyond what any event is counted for."""
    kind = type(kept)
    if kind is Snapshot:
        return len(kept.data)
    if kind is Encoded:
        return int(kept.bytes)
    if kind is str and len(kept) > UNCOUNTED_TEXT:
        return len(kept)
    return 0


def reveal(kept: Kept, digest: Digest) -> EncodedValue:
    """What was kept, encoded for the wire; `MISSING` stays what it is."""
    kind = type(kept)
    if kind is Encoded:
        return kept.value
    if kind is Snapshot:
        return encode(kept.value(), digest).value
    return MISSING if kept is MISSING else encode(kept, digest).value


def is_unchanged(live: Any, kept: Kept) -> bool:
    """Tells whether a live value is, for sure, what was kept. False only means: look closer."""
    if live is kept:
        return True
    return type(kept) is Snapshot and bool(kept.is_same(live))


def _copied(value: Any) -> bytes | None:
    return plain_copy(value, protocol.LOG_VALUE_BYTES)
