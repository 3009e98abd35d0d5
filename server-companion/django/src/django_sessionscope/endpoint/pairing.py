"""Pairing: a code from the terminal for a token that outlives the process. Only the token's hash is kept."""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
import sys
import threading
import time
from collections.abc import Callable
from typing import Any

from ..core.identity import Identity
from ..core.state_directory import read_state, write_state
from .gate import CallRefused

#: No letter that reads like a digit, no vowels that make words.
ALPHABET = "BCDFGHJKMNPQRTVWXYZ2346789"
CODE_LENGTH = 8
CODE_LIFE_MS = 120_000
MAX_TRIES = 5
#: Codes that one process prints: who asks over and over floods no terminal.
MAX_CODES_PRINTED = 20
#: Browsers paired with one project: the oldest goes first.
MAX_TOKENS = 32

_TOKEN = re.compile(r"[A-Za-z0-9_-]{43}", re.ASCII)


def _print(line: str) -> None:
    sys.stderr.write(f"{line}\n")
    sys.stderr.flush()


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def _is_stored(value: Any) -> bool:
    return (
        isinstance(value, dict)
        and re.fullmatch(r"[0-9a-f]{64}", str(value.get("hash"))) is not None
        and isinstance(value.get("origin"), str)
    )


class Pairing:
    def __init__(
        self,
        identity: Identity,
        show: Callable[[str], None] = _print,
        now: Callable[[], float] = time.time,
    ) -> None:
        self._identity = identity
        self._show = show
        self._now = now
        self._lock = threading.Lock()
        self._code: str | None = None
        self._until = 0.0
        self._tries = 0
        self._printed = 0
        # Kept where the directory can't be written: then pairing lasts as long as the process.
        self._unsaved: list[dict[str, Any]] = []

    def _now_ms(self) -> float:
        return self._now() * 1000

    def begin(self) -> dict[str, Any]:
        """Prints a code, unless one is live."""
        with self._lock:
            now = self._now_ms()
            if self._code is not None and self._until > now:
                return {"state": "code-printed", "expiresInMs": self._until - now}
            if self._printed >= MAX_CODES_PRINTED:
                raise CallRefused(
                    429,
                    "too-many-tries",
                    f"This process has printed {MAX_CODES_PRINTED} codes.",
                    "Restart the dev server.",
                )
            self._printed += 1
            self._code = "".join(secrets.choice(ALPHABET) for _ in range(CODE_LENGTH))
            self._until = now + CODE_LIFE_MS
            self._tries = 0
            code = self._code
        self._show(
            f"Sessionscope: pairing code for {self._identity.project}: {code}   "
            "(for 2 minutes; type it into the Sessions panel)"
        )
        return {"state": "code-printed", "expiresInMs": CODE_LIFE_MS}

    def complete(self, code: str, origin: str) -> dict[str, Any]:
        """Exchanges the code for a token bound to `origin`."""
        with self._lock:
            if self._code is None or self._until <= self._now_ms():
                self._code = None
                raise CallRefused(
                    403,
                    "wrong-code",
                    "No code is live: it was used, or its 2 minutes are over.",
                    "Ask for a new code.",
                )
            self._tries += 1
            given = _hash(re.sub(r"[^A-Z0-9]", "", code.upper()))
            if not hmac.compare_digest(given, _hash(self._code)):
                if self._tries < MAX_TRIES:
                    left = MAX_TRIES - self._tries
                    raise CallRefused(403, "wrong-code", f"That is not the code. {left} tries are left.")
                self._code = None
                raise CallRefused(
                    403,
                    "too-many-tries",
                    f"{MAX_TRIES} wrong codes: this one is spent.",
                    "Ask for a new code.",
                )
            self._code = None
            token = secrets.token_urlsafe(32)
            self._keep({"hash": _hash(token), "origin": origin, "createdAt": int(self._now_ms())})
            return {"state": "paired", "token": token}

    def _stored(self) -> list[dict[str, Any]]:
        file = read_state(self._identity.directory, self._identity.root, "pairing")
        tokens = file.get("tokens") if isinstance(file, dict) else None
        kept = tokens if isinstance(tokens, list) else []
        return [*filter(_is_stored, kept), *self._unsaved]

    def _keep(self, token: dict[str, Any]) -> None:
        tokens = [*self._stored(), token][-MAX_TOKENS:]
        try:
            write_state(self._identity.directory, self._identity.root, "pairing", {"tokens": tokens})
            self._unsaved = []
        except OSError:
            self._unsaved = tokens

    def is_token(self, token: str | None, origin: str | None) -> bool:
        """In constant time for each stored token. Where no origin is sent, one of any origin serves."""
        if token is None or _TOKEN.fullmatch(token) is None:
            return False
        given = _hash(token)
        found = False
        # No early end: the time tells nothing of which one fits.
        for candidate in self._stored():
            fits = origin is None or candidate["origin"] == origin
            if hmac.compare_digest(given, candidate["hash"]) and fits:
                found = True
        return found
