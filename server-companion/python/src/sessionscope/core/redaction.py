"""How one process redacts: the protocol's rules, key names of the app's own, and the session keys that it knows."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import NamedTuple, Protocol

from .encode import Digest
from .redaction_rules import (
    PAIR_NAMES,
    PAIR_VALUES,
    RANDOM_VALUE_NAMES,
    clean_sentence,
    is_secret_name,
    is_secret_text,
    normalize_key_name,
)

#: Key names, and short texts, of which it is known what they say: an app uses the same ones again and again.
MAX_KNOWN = 5_000
#: Characters of a text that is remembered.
_MAX_REMEMBERED = 256

_SHOWN = re.compile(r"\(redacted [0-9a-f]{12}\)")


class KeyName(NamedTuple):
    """What a key's name says of the value that is under it."""

    is_secret: bool
    #: The value is a secret where it is a text that looks random.
    is_random: bool
    #: `name`: the value is the name of a key whose value is beside it. `value`: it is that value.
    pair: str | None
    #: As the key may leave the process: itself, or, where it is a secret, `(redacted 0123456789ab)`.
    shown: str


def is_shown_name(name: str) -> bool:
    """Whether a key is shown under this name because it is a secret itself."""
    return _SHOWN.fullmatch(name) is not None


class SessionKeys(Protocol):
    """The session keys that a process knows."""

    @property
    def known(self) -> int:
        """How many it has come to know. Those that it forgot since are counted."""

    def without_keys_in_json(self, text: str) -> str:
        """A JSON text, with the name of a session in place of each of its keys."""

    def may_name(self, text: str) -> bool:
        """Whether there is anything in a text that may be found to be a key."""


class _NoKeys:
    known = 0

    def without_keys_in_json(self, text: str) -> str:
        return text

    def may_name(self, _text: str) -> bool:
        return False


class Redaction:
    """`names`: key names of the app's own, compared as the protocol compares its own."""

    def __init__(self, digest: Digest, names: Iterable[str] = (), keys: SessionKeys | None = None) -> None:
        #: Makes the keyed digest that replaces a secret.
        self.digest = digest
        self.keys: SessionKeys = _NoKeys() if keys is None else keys
        self._own = frozenset(map(normalize_key_name, names))
        self._names: dict[str, KeyName] = {}
        self._texts: dict[str, bool] = {}
        self._sentences: dict[str, str] = {}

    def is_secret_name(self, name: str) -> bool:
        return is_secret_name(name) or (bool(self._own) and normalize_key_name(name) in self._own)

    def name_of(self, key: str) -> KeyName:
        known = self._names.get(key)
        if known is None:
            if len(self._names) >= MAX_KNOWN:
                self._names.clear()
            known = self._names[key] = self._read(key)
        return known

    def _read(self, key: str) -> KeyName:
        normalized = normalize_key_name(key)
        return KeyName(
            self.is_secret_name(key),
            normalized in RANDOM_VALUE_NAMES,
            "name" if normalized in PAIR_NAMES else "value" if normalized in PAIR_VALUES else None,
            f"(redacted {self.digest(key)})" if self.is_secret_text(key) else key,
        )

    def is_secret_text(self, text: str) -> bool:
        """Whether a text is or has a secret in it, whatever its key."""
        if len(text) > _MAX_REMEMBERED:
            return is_secret_text(text, self.is_secret_name)
        known = self._texts.get(text)
        if known is None:
            if len(self._texts) >= MAX_KNOWN:
                self._texts.clear()
            known = self._texts[text] = is_secret_text(text, self.is_secret_name)
        return known

    def clean(self, sentence: str) -> str:
        """A sentence (an error's message, a verdict's text, a path) without the secrets in it."""
        known = self._sentences.get(sentence)
        if known is None:
            known = clean_sentence(sentence, self.is_secret_name)
            if len(sentence) <= _MAX_REMEMBERED:
                if len(self._sentences) >= MAX_KNOWN:
                    self._sentences.clear()
                self._sentences[sentence] = known
        return known
