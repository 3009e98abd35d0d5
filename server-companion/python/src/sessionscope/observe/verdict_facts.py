"""What the facts of every framework's verdict have in common: errors and keys, as sentences name them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

#: Keys named in one sentence.
MAX_NAMED = 5


class Error(NamedTuple):
    """An error's class and message. The error itself is not kept: it would hold frames of the app."""

    name: str
    message: str

    def __str__(self) -> str:
        return f"{self.name}: {self.message}" if self.message else self.name


def names_of(keys: Iterable[str]) -> str:
    """The first of these keys, each once, for a sentence; empty: there are none."""
    return ", ".join(list(dict.fromkeys(keys))[:MAX_NAMED])
