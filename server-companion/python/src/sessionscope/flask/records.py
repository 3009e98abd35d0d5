"""Records of Flask-Session's, as they were read or written: decoded when somebody looks at them."""

from __future__ import annotations

from typing import Any, NamedTuple

from ..core.encode import Digest, encode
from ..core.protocol import EncodedValue
from ..core.stored_text import StoredText
from .stores import decode


class LoadedRecord(NamedTuple):
    """What a store gave for a cookie's key."""

    #: `found`, `missing`.
    outcome: str
    took_ms: float
    #: Of the record; None: not known.
    bytes: int | None = None


class StoreClocks(NamedTuple):
    """The end of a record, which each write of it sets."""

    #: Epoch seconds.
    saved_at: float
    lifetime_s: float

    def as_wire(self) -> dict[str, Any]:
        end = (self.saved_at + self.lifetime_s) * 1000
        return {"storeAt": end, "storeFrom": "PERMANENT_SESSION_LIFETIME"}


class SerializedState(StoredText):
    """A record as the serializer wrote it. Its decoders run no code of the app."""

    __slots__ = ("_data", "_digest", "_serializer")

    def __init__(self, data: bytes, serializer: Any, digest: Digest) -> None:
        super().__init__("")
        self._data = data
        self._serializer = serializer
        self._digest = digest

    @property
    def source(self) -> str | bytes:
        return self._data

    def value(self) -> EncodedValue:
        return encode(decode(self._serializer, self._data).data or {}, self._digest).value
