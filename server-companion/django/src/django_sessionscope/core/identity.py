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

#: What a session key is made of, in a text that may hold it percent-encoded, signed, in a path or after a prefix.
_KEY_LIKE = re.compile(r"%[0-9A-Fa-f]{2}|[A-Za-z0-9_-]{16,}")

#: Characters of the keys that Django makes.
_KEY_LENGTH = 32


def _plain_part(key: str) -> str | None:
    """The longest plain part of a key that has others, as a signed cookie; None: all of it is plain, as most are."""
    if re.fullmatch(r"[A-Za-z0-9_-]*", key):
        return None
    return max(_KEY_LIKE.findall(key), key=len, default=None)


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
        #: Names by the longest plain part of a key that has others.
        self._names_of_parts: dict[str, str] = {}

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
            gone, oldest = self._names.popitem(last=False)
            self._keys.pop(oldest, None)
            self._names_of_parts.pop(_plain_part(gone) or "", None)
        self._names[session_key] = made
        self._keys[made] = session_key
        part = _plain_part(session_key)
        if part is not None:
            self._names_of_parts[part] = made
        return made

    def name_of(self, session_key: str) -> str:
        """The same name, remembering nothing: for a key that a caller only claims."""
        return self._names.get(session_key) or self._hash("session\0", session_key)

    def without_keys(self, text: str) -> str:
        """`text` with `(session 5814cd18be33)` in place of each session key that this process remembers.

        Of a key that is not plain, its longest plain part; one of less than 16 characters is too like a word.
        """
        return _KEY_LIKE.sub(self._named, text)

    def _named(self, found: re.Match[str]) -> str:
        word = found[0]
        name = self._names.get(word) or self._names_of_parts.get(word)
        if name is not None:
            return f"(session {name})"
        if len(word) > _KEY_LENGTH:
            # Engines put a name right before the key: `sessionid…`, `cached_db…`.
            name = self._names.get(word[-_KEY_LENGTH:])
            if name is not None:
                return f"{word[:-_KEY_LENGTH]}(session {name})"
        return word

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
