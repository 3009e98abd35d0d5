"""Pairing: a code from the terminal for a token that outlives the process. The processes of a project share the code.

Only the token's hash is kept.
"""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
import sys
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Any, TypeVar

from ..core.identity import Identity
from ..core.state_directory import with_state_lock
from .gate import CallRefused
from .paired_keys import PairedKeys, PairingState, StoredCode, StoredKey, key_of

#: No letter that reads like a digit, no vowels that make words.
ALPHABET = "BCDFGHJKMNPQRTVWXYZ2346789"
CODE_LENGTH = 8
CODE_LIFE_MS = 120_000
MAX_TRIES = 5
#: Codes that one process prints: who asks over and over floods no terminal.
MAX_CODES_PRINTED = 20

Result = TypeVar("Result")


def _print(line: str) -> None:
    with suppress(OSError, ValueError):
        sys.stderr.write(f"{line}\n")
        sys.stderr.flush()


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


class Pairing:
    def __init__(
        self,
        identity: Identity,
        keys: PairedKeys,
        show: Callable[[str], None] = _print,
        now: Callable[[], float] = time.time,
    ) -> None:
        self._identity = identity
        self._keys = keys
        self._show = show
        self._now = now
        self._lock = threading.Lock()
        self._printed = 0

    def _now_ms(self) -> float:
        return self._now() * 1000

    def _alone(self, work: Callable[[], Result]) -> Result:
        """Under the project's lock; without it where there is none to take, since nothing is shared then either."""
        done: list[Result] = []

        def once() -> Result:
            done.append(work())
            return done[0]

        with self._lock:
            try:
                return with_state_lock(self._identity.directory, self._identity.root, "pairing", once)
            except OSError:
                return done[0] if done else once()

    def begin(self) -> dict[str, Any]:
        """Prints a code, unless one is live, whichever process of the project printed it."""
        return self._alone(self._begin)

    def _begin(self) -> dict[str, Any]:
        state = self._keys.read()
        now = self._now_ms()
        left = 0.0 if state.code is None else state.code.until - now
        # A clock that jumped does not keep a code alive.
        if 0 < left <= CODE_LIFE_MS:
            return {"state": "code-printed", "expiresInMs": left}
        if self._printed >= MAX_CODES_PRINTED:
            raise CallRefused(
                429,
                "too-many-tries",
                f"This process has printed {MAX_CODES_PRINTED} codes.",
                "Restart the dev server.",
            )
        self._printed += 1
        code = "".join(secrets.choice(ALPHABET) for _ in range(CODE_LENGTH))
        self._keys.write(state._replace(code=StoredCode(_hash(code), now + CODE_LIFE_MS, 0)))
        self._show(
            f"Sessionscope: pairing code for {self._identity.project}: {code}   "
            "(for 2 minutes; type it into the Sessions panel)"
        )
        return {"state": "code-printed", "expiresInMs": CODE_LIFE_MS}

    def complete(self, code: str, origin: str) -> dict[str, Any]:
        """Exchanges the code for a token bound to `origin`."""
        return self._alone(lambda: self._complete(code, origin))

    def _complete(self, given: str, origin: str) -> dict[str, Any]:
        tokens, code = self._keys.read()
        if code is None or code.until <= self._now_ms() or code.tries >= MAX_TRIES:
            raise CallRefused(403, "wrong-code", "The code has expired or was already used.", "Ask for a new code.")
        tries = code.tries + 1
        if hmac.compare_digest(_hash(re.sub(r"[^A-Z0-9]", "", given.upper())), code.hash):
            token = secrets.token_urlsafe(32)
            stored = StoredKey(key_of(token).hex(), origin, int(self._now_ms()))
            self._keys.write(PairingState((*tokens, stored)))
            return {"state": "paired", "token": token}
        if tries < MAX_TRIES:
            self._keys.write(PairingState(tokens, code._replace(tries=tries)))
            raise CallRefused(403, "wrong-code", f"That is not the code. {MAX_TRIES - tries} tries are left.")
        self._keys.write(PairingState(tokens))
        raise CallRefused(
            403,
            "too-many-tries",
            f"{MAX_TRIES} wrong codes: this code is no longer valid.",
            "Ask for a new code.",
        )
