"""What the endpoint asks of any library's sessions: a look at a store and at the memory of open exchanges."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable
from typing import Any, NamedTuple

from ..core import protocol
from ..core.encode import shorten
from ..core.identity import Identity
from ..core.redact import redact, to_json
from ..core.redaction import Redaction
from ..core.trim import trim
from .companion import OpenExchange
from .known_values import KnownValues

#: A store that does not answer must not hold the panel up.
READ_TIMEOUT_S = 5.0


class Proof(NamedTuple):
    """How a raw cookie was taken. The key is a bearer credential and never leaves the process."""

    signature: str
    key: str | None = None
    fingerprint: str | None = None


class Record(NamedTuple):
    """`outcome` as the wire names it; `data` where it was found."""

    outcome: str
    data: dict[Any, Any] | None = None
    bytes: int | None = None
    #: Epoch ms; None: not known, or never by itself.
    expires_at: float | None = None
    text: str | None = None


class Looks:
    """Looks at sessions for one library, redacted for whoever asks."""

    def __init__(self, identity: Identity, redaction: Redaction) -> None:
        self._identity = identity
        self._redaction = redaction

    def at_store(self, key: str, read: Callable[[], Record], close: Callable[[], None] | None = None) -> dict[str, Any]:
        """A pure read in a thread of its own. `close`: gives back what belongs to that thread. Never raises."""
        result: list[Record] = []

        def look() -> None:
            try:
                result.append(read())
            except Exception as error:
                text = f"The store could not be read: {type(error).__name__}: {error}"
                result.append(Record("error", text=text))
            finally:
                if close is not None:
                    close()

        reader = threading.Thread(target=look, name="sessionscope-read", daemon=True)
        reader.start()
        reader.join(READ_TIMEOUT_S)
        late = Record("error", text=f"The store gave no answer within {READ_TIMEOUT_S:.0f} s.")
        record = result[0] if result else late
        reading: dict[str, Any] = {"outcome": record.outcome, "at": time.time() * 1000}
        if record.text is not None:
            text = self._identity.without_keys(record.text.replace(key, "…"))
            reading["text"] = self._redaction.clean(shorten(text, protocol.SENTENCE_LENGTH))
        if record.bytes is not None:
            reading["bytes"] = record.bytes
        if record.expires_at is not None:
            reading["expiresAt"] = record.expires_at
        if record.data is not None:
            reading.update(self._state(record.data))
        return reading

    def at_memory(self, fingerprint: str, exchanges: Iterable[OpenExchange]) -> list[dict[str, Any]]:
        """The sessions of open exchanges, read without changing anything."""
        readings = []
        for exchange in list(exchanges):
            observed = exchange.observed
            key = None if observed is None else observed.key()
            data = None if observed is None else observed.data()
            if key is None or data is None or self._identity.fingerprint(key) != fingerprint:
                continue
            readings.append({"exchange": exchange.id, "at": time.time() * 1000, **self._state(dict(data))})
        return readings

    def _state(self, data: dict[Any, Any]) -> dict[str, Any]:
        known = KnownValues(self._identity.digest)
        known.fill(data)
        state = known.encoded_state()
        return {
            "state": trim(redact(state, [], self._redaction), self._identity.digest, recorded=state),
            "digest": self._identity.digest(to_json(state)),
        }
