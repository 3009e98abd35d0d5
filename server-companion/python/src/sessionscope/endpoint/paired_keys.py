"""The keys of the panels that are paired with a project, in the project's 0600 file.

A key is the SHA-256 of a token: the token itself is given out once and kept by the panel alone.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from typing import Any, NamedTuple

from ..core.identity import Identity
from ..core.protocol import MAX_SAFE_INTEGER
from ..core.state_directory import read_state, write_state

#: Browsers paired with one project: the oldest goes first.
MAX_KEYS = 32

_HASH = re.compile(r"[0-9a-f]{64}", re.ASCII)


class StoredKey(NamedTuple):
    #: The key: SHA-256 of the token's text, in hex.
    hash: str
    origin: str
    #: Epoch ms.
    created_at: float = 0


class StoredCode(NamedTuple):
    """The live code, as the processes of a project share it."""

    #: SHA-256 in hex.
    hash: str
    #: Epoch ms.
    until: float
    tries: int


class PairingState(NamedTuple):
    tokens: tuple[StoredKey, ...] = ()
    code: StoredCode | None = None


def key_of(token: str) -> bytes:
    """The key of a token."""
    return hashlib.sha256(token.encode()).digest()


def key_id_of(key: bytes) -> str:
    """How a key is named on the wire. A name is no secret."""
    return hashlib.sha256(key).hexdigest()[:16]


def mac_of(key: bytes, *lines: str) -> str:
    return hmac.digest(key, "\n".join(lines).encode(), "sha256").hex()


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool) and abs(value) <= MAX_SAFE_INTEGER


def _key(value: Any) -> StoredKey | None:
    if not isinstance(value, dict) or not isinstance(value.get("origin"), str):
        return None
    created_at = value.get("createdAt")
    if _HASH.fullmatch(str(value.get("hash"))) is None:
        return None
    return StoredKey(value["hash"], value["origin"], float(created_at or 0) if _is_number(created_at) else 0)


def _code(value: Any) -> StoredCode | None:
    if not isinstance(value, dict) or _HASH.fullmatch(str(value.get("hash"))) is None:
        return None
    until, tries = value.get("until"), value.get("tries")
    if not _is_number(until) or not isinstance(tries, int) or isinstance(tries, bool):
        return None
    return StoredCode(value["hash"], until, tries)  # type: ignore[arg-type]


class PairedKeys:
    def __init__(self, identity: Identity) -> None:
        self._identity = identity
        #: Kept where the directory can't be written.
        self._unsaved: PairingState | None = None

    def read(self) -> PairingState:
        """What is kept now; what is damaged is left out."""
        if self._unsaved is not None:
            return self._unsaved
        found = read_state(self._identity.directory, self._identity.root, "pairing")
        if not isinstance(found, dict):
            return PairingState()
        tokens = found.get("tokens")
        keys = filter(None, map(_key, tokens if isinstance(tokens, list) else []))
        return PairingState(tuple(keys)[-MAX_KEYS:], _code(found.get("code")))

    def write(self, state: PairingState) -> None:
        """Keeps it, for as long as the process lives where the directory can't be written."""
        tokens = [
            {"hash": key.hash, "origin": key.origin, "createdAt": key.created_at} for key in state.tokens[-MAX_KEYS:]
        ]
        content: dict[str, Any] = {"tokens": tokens}
        if state.code is not None:
            content["code"] = state.code._asdict()
        try:
            write_state(self._identity.directory, self._identity.root, "pairing", content)
            self._unsaved = None
        except OSError:
            self._unsaved = state._replace(tokens=state.tokens[-MAX_KEYS:])

    def find(self, key_id: str, origin: str | None) -> bytes | None:
        """The key of this name that was given to `origin`; of any, where none is sent: the key itself is the proof."""
        for stored in self.read().tokens:
            key = bytes.fromhex(stored.hash)
            if key_id_of(key) == key_id and (origin is None or stored.origin == origin):
                return key
        return None
