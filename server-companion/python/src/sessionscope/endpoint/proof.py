"""How a companion and a paired panel prove to each other that they share a key, with nothing sent that could be used
again: docs/protocol.md, "Proof of pairing"; golden cases in protocol/fixtures/proof.json."""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from typing import NamedTuple

from ..core.identity import Identity
from .gate import CallRefused
from .paired_keys import PairedKeys, mac_of

#: How long a nonce is good: a day's work, then the panel says hello again.
NONCE_LIFE_MS = 12 * 3_600_000
#: Nonces of which the used counts are remembered: one for each panel that says hello, and again after it slept.
MAX_NONCES = 1_000
#: Counts below the highest that are still distinguished: calls overtake each other, but not by so many.
WINDOW = 1_024

_HEADER = re.compile(r"([0-9a-f]{16}) ([A-Za-z0-9._-]{16,128}) ([1-9][0-9]{0,14}) ([0-9a-f]{64})", re.ASCII)
_NONCE = re.compile(r"([0-9a-z]{1,11})\.([^.]+)\.([0-9a-f]{32})", re.ASCII)
_DIGITS = "0123456789abcdefghijklmnopqrstuvwxyz"


class Proof(NamedTuple):
    """What a header says of itself; nothing of it is checked yet."""

    key_id: str
    nonce: str
    number: int
    mac: str


def parse_proof(header: str) -> Proof | None:
    """None: no header of that form."""
    match = _HEADER.fullmatch(header)
    return None if match is None else Proof(match[1], match[2], int(match[3]), match[4])


def companion_proof(key: bytes, challenge: str, nonce: str, app: str) -> str:
    """The companion's proof in the answer to a `hello`."""
    return mac_of(key, "companion", challenge, nonce, app)


def panel_mac(key: bytes, nonce: str, count: int, call: str, origin: str, body: bytes) -> str:
    """What the panel's proof of a call must be. `origin`: the header, or empty."""
    return mac_of(key, "panel", nonce, str(count), call, origin, hashlib.sha256(body).hexdigest())


def _base36(number: int) -> str:
    digits = ""
    while number or not digits:
        number, digit = divmod(number, 36)
        digits = _DIGITS[digit] + digits
    return digits


def _not_paired() -> CallRefused:
    message = "The proof of pairing is not valid for this companion and origin."
    return CallRefused(403, "not-paired", message, "Pair again.")


def _stale() -> CallRefused:
    message = "The proof's nonce is too old or from another companion, or its count was already used."
    return CallRefused(403, "stale-proof", message, "Say hello again.")


class Proofs:
    def __init__(self, identity: Identity, keys: PairedKeys, now: Callable[[], float] = time.time) -> None:
        self._identity = identity
        self._keys = keys
        self._now = now
        self._used = UsedCounts()

    def _now_ms(self) -> int:
        return int(self._now() * 1000)

    def _signature(self, signed: str) -> str:
        return self._identity.mac(signed)[:32]

    def new_nonce(self) -> str:
        """Good for every process of the project: nothing of it is kept here."""
        signed = f"{_base36(self._now_ms())}.{secrets.token_hex(12)}"
        return f"{signed}.{self._signature(signed)}"

    def _issued_at(self, nonce: str) -> int | None:
        """When a nonce of this project was issued, in epoch ms; None: it is not ours, or too old."""
        match = _NONCE.fullmatch(nonce)
        if match is None or not hmac.compare_digest(match[3], self._signature(f"{match[1]}.{match[2]}")):
            return None
        at = int(match[1], 36)
        # One from the future: the clock was set back. Its age is not known.
        return at if abs(self._now_ms() - at) <= NONCE_LIFE_MS else None

    def precheck(self, proof: Proof | None, origin: str | None) -> CallRefused | None:
        """Before the body is read: whether the proof can be one at all. None: it can."""
        if proof is None or self._keys.find(proof.key_id, origin) is None:
            return _not_paired()
        return _stale() if self._issued_at(proof.nonce) is None else None

    def check(self, proof: Proof, call: str, origin: str | None, body: bytes) -> None:
        """With the body: raises CallRefused unless the proof is valid; then its count is used."""
        key = self._keys.find(proof.key_id, origin)
        if key is None:
            raise _not_paired()
        wanted = panel_mac(key, proof.nonce, proof.number, call, origin or "", body)
        if not hmac.compare_digest(proof.mac, wanted):
            raise _not_paired()
        at = self._issued_at(proof.nonce)
        if at is None or not self._used.take(proof.nonce, proof.number, at):
            raise _stale()


class _Counts:
    __slots__ = ("highest", "issued_at", "window")

    def __init__(self, issued_at: int) -> None:
        self.issued_at = issued_at
        self.highest = 0
        self.window: set[int] = set()


class UsedCounts:
    """Which counts were used, in bounded memory: of each nonce the highest and those of a window below it.

    A nonce that had to be forgotten is refused from then on, with all that were issued before it.
    """

    def __init__(self, max_nonces: int = MAX_NONCES) -> None:
        self._max = max_nonces
        self._known: OrderedDict[str, _Counts] = OrderedDict()
        self._forgotten_up_to = -1
        self._lock = threading.Lock()

    def take(self, nonce: str, count: int, issued_at: int) -> bool:
        """Uses a count of a nonce; returns whether it was unused."""
        with self._lock:
            counts = self._known.get(nonce)
            if counts is None:
                if issued_at <= self._forgotten_up_to:
                    return False
                if len(self._known) >= self._max:
                    _, oldest = self._known.popitem(last=False)
                    self._forgotten_up_to = max(self._forgotten_up_to, oldest.issued_at)
                counts = self._known[nonce] = _Counts(issued_at)
            # The one that was used last is forgotten last.
            self._known.move_to_end(nonce)
            if count <= counts.highest - WINDOW or count in counts.window:
                return False
            counts.window.add(count)
            counts.highest = max(counts.highest, count)
            # Now and then, and not with each: those below the window are refused without being known.
            if len(counts.window) > 2 * WINDOW:
                counts.window = {one for one in counts.window if one > counts.highest - WINDOW}
            return True
