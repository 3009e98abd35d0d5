"""Who a project is, and how its sessions are named without their keys."""

from __future__ import annotations

import base64
import hmac
import re
import secrets
from collections import OrderedDict
from pathlib import Path
from typing import Any

from .encode import well_formed
from .state_directory import read_state, state_directory, write_state

#: Sessions named at the same time by one process: past it the oldest name is computed anew.
MAX_FINGERPRINTS = 2_000


class Identity:
    """Names of one project: the same over restarts and in all of its processes."""

    def __init__(self, app: str, project: str, root: str, directory: Path, key: bytes) -> None:
        #: Names the project on the wire: 22 random characters.
        self.app = app
        #: For people.
        self.project = project
        #: Absolute path below which the project's code lies.
        self.root = root
        #: Where pairing is kept.
        self.directory = directory
        self._key = key
        self._names: OrderedDict[str, str] = OrderedDict()
        self._keys: dict[str, str] = {}

    def _hash(self, purpose: str, text: str) -> str:
        message = (purpose + well_formed(text)).encode()
        return hmac.digest(self._key, message, "sha256").hex()[:12]

    def fingerprint(self, session_key: str) -> str:
        """12 hex digits that name a session; worth nothing to who wants the key."""
        known = self._names.get(session_key)
        if known is not None:
            return known
        made = self._hash("session\0", session_key)
        if len(self._names) >= MAX_FINGERPRINTS:
            _, oldest = self._names.popitem(last=False)
            self._keys.pop(oldest, None)
        self._names[session_key] = made
        self._keys[made] = session_key
        return made

    def digest(self, text: str) -> str:
        """12 hex digits of a keyed hash: equal digests, equal text. Never comparable with a fingerprint."""
        return self._hash("value\0", text)

    def key_of(self, fingerprint: str) -> str | None:
        """The key of a session named before by this process, if it is still remembered."""
        return self._keys.get(fingerprint)


def _is_stored(value: Any) -> bool:
    return (
        isinstance(value, dict)
        and re.fullmatch(r"[A-Za-z0-9_-]{22}", str(value.get("app"))) is not None
        and re.fullmatch(r"[A-Za-z0-9+/=]{44}", str(value.get("key"))) is not None
    )


def load_identity(root: str, project: str, directory: Path | None = None) -> Identity:
    """The project's identity, made at the first call. Where it can't be kept it lives as long as the process."""
    directory = directory or state_directory()
    stored = read_state(directory, root, "identity")
    if not _is_stored(stored):
        is_spoilt = stored is not None
        stored = {
            "app": secrets.token_urlsafe(16),
            "key": base64.b64encode(secrets.token_bytes(32)).decode(),
        }
        try:
            write_state(directory, root, "identity", stored, replace=is_spoilt)
        except FileExistsError:
            # Another worker was first.
            theirs = read_state(directory, root, "identity")
            stored = theirs if _is_stored(theirs) else stored
        except OSError:
            # A read-only home: sessions get new names at the next start, nothing else changes.
            pass
    return Identity(stored["app"], project, root, directory, base64.b64decode(stored["key"]))
