"""How one process redacts: the protocol's rules, key names of the app's own, and the session keys that it knows."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from typing import NamedTuple

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


def _same(text: str) -> str:
    return text


class Redaction:
    """`names`: key names of the app's own, compared as the protocol compares its own."""

    def __init__(self, digest: Digest, names: Iterable[str] = (), without_keys: Callable[[str], str] = _same) -> None:
        #: Makes the keyed digest that replaces a secret.
        self.digest = digest
        #: A text without the session keys that the process knows; before it is kept, since it may forget them.
        self.without_keys = without_keys
        self._own = frozenset(map(normalize_key_name, names))
        self._names: dict[str, KeyName] = {}
        self._texts: dict[str, bool] = {}

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
        return clean_sentence(sentence, self.is_secret_name)
