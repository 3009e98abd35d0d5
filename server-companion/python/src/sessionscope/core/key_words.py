"""Session keys in a text, wherever they are in it: alone, behind a prefix (`sess_<key>`), before a suffix, glued to
other characters. Linear in the text."""

from __future__ import annotations

import re

#: Shorter ones are too like the words that people write.
MIN_LENGTH = 16

_WORD = re.compile(r"[A-Za-z0-9_-]{16,}")
#: A key that is shorter gets a shorter name: what replaces it is never longer than it was.
_SHOWN_IN_FULL = 22


def _word_of(key: str) -> str | None:
    """The longest word of a key, by which it is found in a text; None: it has none that is long enough."""
    return max(_WORD.findall(key), key=len, default=None)


class KeyWords:
    """Session keys, and how they are named."""

    def __init__(self) -> None:
        self._names: dict[str, str] = {}
        #: By the first 16 characters, the lengths of the words that begin so, descending: the longest is meant.
        self._lengths: dict[str, dict[int, int]] = {}
        #: How many were added.
        self.added = 0

    def add(self, key: str, name: str) -> None:
        word = _word_of(key)
        if word is None or word in self._names:
            return
        self._names[word] = name
        self.added += 1
        lengths = self._lengths.setdefault(word[:MIN_LENGTH], {})
        lengths[len(word)] = lengths.get(len(word), 0) + 1

    def delete(self, key: str) -> None:
        word = _word_of(key)
        if word is None or self._names.pop(word, None) is None:
            return
        start = word[:MIN_LENGTH]
        lengths = self._lengths[start]
        lengths[len(word)] -= 1
        if not lengths[len(word)]:
            del lengths[len(word)]
        if not lengths:
            del self._lengths[start]

    @staticmethod
    def may_be_in(text: str) -> bool:
        """Whether a text has a word that is long enough."""
        return _WORD.search(text) is not None

    def replace_in(self, text: str, is_json: bool = False) -> str:
        """`text` with `(session <name>)` for each key in it (`(<name>)` for one shorter than 22 characters).

        In a text that `is_json`, what escapes a character is no part of what follows it (`\\n`, `\\u001f`): to
        replace that would leave no JSON.
        """
        if not self._names or len(text) < MIN_LENGTH:
            return text
        return _WORD.sub(lambda found: self._replaced(found, is_json), text)

    def _replaced(self, found: re.Match[str], is_json: bool) -> str:
        word = found[0]
        lengths = self._lengths
        pieces: list[str] = []
        at = copied = 0
        last = len(word) - MIN_LENGTH
        while at <= last:
            known = lengths.get(word[at : at + MIN_LENGTH])
            key = None if known is None else self._key_at(word, at, known)
            if key is None or (is_json and _is_in_escape(found.string, found.start() + at)):
                at += 1
                continue
            name = self._names[key]
            pieces += [word[copied:at], f"(session {name})" if len(key) >= _SHOWN_IN_FULL else f"({name})"]
            at = copied = at + len(key)
        return word if not pieces else "".join([*pieces, word[copied:]])

    def _key_at(self, word: str, at: int, lengths: dict[int, int]) -> str | None:
        for length in sorted(lengths, reverse=True):
            part = word[at : at + length]
            if part in self._names:
                return part
        return None


def _is_in_escape(text: str, at: int) -> bool:
    """Whether the character at `at` belongs to an escape of JSON that begins before it."""
    for before in range(at - 1, max(-1, at - 6), -1):
        if text[before] != "\\":
            continue
        first = before
        while first > 0 and text[first - 1] == "\\":
            first -= 1
        # Two of them are one that was written.
        if (before - first) % 2 == 1:
            return False
        return before == at - 1 or text[before + 1] == "u"
    return False
