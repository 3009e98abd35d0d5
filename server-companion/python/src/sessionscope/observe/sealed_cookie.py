"""Sessions whose cookie is the record: when such a cookie was sealed, how long it is accepted, what it holds."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

from ..core.encode import Digest, encode
from ..core.protocol import EncodedValue
from ..core.stored_text import StoredText


class SealedClocks(NamedTuple):
    """The end of a sealed cookie, which the server works out from the time inside of it."""

    #: Epoch seconds at which it was sealed; None: it was not.
    sealed_at: float | None
    #: Seconds for which the server accepts it; None: for ever.
    max_age: float | None
    #: The setting that decides.
    setting: str

    def as_wire(self) -> dict[str, Any]:
        if self.sealed_at is None:
            return {}
        end = None if self.max_age is None else (self.sealed_at + self.max_age) * 1000
        return {"sessionAt": end, "storeAt": end, "storeFrom": self.setting}


class SealedText(StoredText):
    """A sealed cookie, opened when somebody reads what it holds. Opening it runs no code of the app."""

    __slots__ = ("_digest", "_open")

    def __init__(self, text: str, open: Callable[[str], Any], digest: Digest) -> None:
        super().__init__(text)
        self._open = open
        self._digest = digest

    def value(self) -> EncodedValue:
        return encode(self._open(self.text), self._digest).value
