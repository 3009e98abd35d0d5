"""What a session's record holds, beside what the session holds now."""

from __future__ import annotations

from typing import Any

from ..core.encode import Digest
from ..core.redact import to_json
from ..core.session_parts import SessionParts
from ..core.stored_text import StoredText
from .known_values import KnownValues


def holds(stored: Any, memory: KnownValues, digest: Digest) -> bool:
    """Whether a record holds what the session holds, as both are encoded. `stored`: as `KnownValues.state()` gives it,
    or as the record's text; None: there is none, which holds nothing.
    """
    if stored is None:
        return len(memory) == 0
    if isinstance(stored, StoredText):
        stored = stored.value()
    elif type(stored) is SessionParts:
        stored = stored.encoded(digest)
    return to_json(stored) == to_json(memory.encoded_state())
