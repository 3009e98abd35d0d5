"""Who a project is, and how its sessions are named without their keys."""

from __future__ import annotations

import base64
import hmac
import re
import secrets
import unicodedata
from collections import OrderedDict
from pathlib import Path
from typing import Any

from .encode import well_formed
from .key_words import KeyWords
from .state_directory import read_state, state_directory, write_state

#: Sessions that one process remembers the keys of, to take them out of texts: twice as many as its log has events, so
#: that what the log names is known. Some 6 MB at most.
MAX_FINGERPRINTS = 20_000


#: Characters of a project's name.
_MAX_NAME = 100


def printable(name: str) -> str:
    """A name without control and format characters."""
    return "".join(char for char in name if not unicodedata.category(char).startswith(("C", "Zl", "Zp")))[:_MAX_NAME]


class Identity:
    """Names of one project: the same over restarts and in all of its processes."""

    def __init__(self, app: str, project: str, root: str, directory: Path, key: bytes) -> None:
        #: Names the project on the wire: 22 random characters.
        self.app = app
        #: For people. It is printed beside the pairing code: it moves no cursor and turns no text around.
        self.project = printable(project)
        #: Absolute path below which the project's code lies.
        self.root = root
        #: Where pairing is kept.
        self.directory = directory
        self._key = key
        self._names: OrderedDict[str, str] = OrderedDict()
        self._keys: dict[str, str] = {}
        self._words = KeyWords()

    def _hash(self, purpose: str, text: str) -> str:
        message = (purpose + well_formed(text)).encode()
        return hmac.digest(self._key, message, "sha256").hex()[:12]

    def mac(self, text: str) -> str:
        """64 hex digits: HMAC-SHA-256 of a text under the project's key, which all its processes have."""
        return hmac.digest(self._key, text.encode(), "sha256").hex()

    def fingerprint(self, session_key: str) -> str:
        """12 hex digits that name a session; worth nothing to who wants the key."""
        known = self._names.get(session_key)
        if known is not None:
            return known
        made = self._hash("session\0", session_key)
        if len(self._names) >= MAX_FINGERPRINTS:
            gone, oldest = self._names.popitem(last=False)
            self._keys.pop(oldest, None)
            self._words.delete(gone)
        self._names[session_key] = made
        self._keys[made] = session_key
        self._words.add(session_key, made)
        return made

    def name_of(self, session_key: str) -> str:
        """The same name, remembering nothing: for a key that a caller only claims."""
        return self._names.get(session_key) or self._hash("session\0", session_key)

    def without_keys(self, text: str) -> str:
        """`text` with `(session 5814cd18be33)` in place of each session key that this process remembers.

        Of a key that is not plain, its longest plain part, wherever it is; one of less than 16 characters is too like
        a word to be found. What encodes a key or splits it is not found.
        """
        return self._words.replace_in(text)

    def without_keys_in_json(self, text: str) -> str:
        """The same for a JSON text, which stays one."""
        return self._words.replace_in(text, True)

    def may_name(self, text: str) -> bool:
        """Whether there is anything in a text that may be found to be a session key."""
        return self._words.may_be_in(text)

    @property
    def known(self) -> int:
        """How many session keys there were to find, those that are forgotten since among them."""
        return self._words.added

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
