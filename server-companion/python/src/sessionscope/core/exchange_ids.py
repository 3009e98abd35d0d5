"""Ids of exchanges: 128 random bits each, drawn many at a time, for the system is slow to give few."""

from __future__ import annotations

import os
from collections import deque

#: Drawn at once.
_BATCH = 64


class ExchangeIds:
    """One for each process: two that shared what was drawn would give the same."""

    def __init__(self) -> None:
        self._drawn: deque[str] = deque()

    def take(self) -> str:
        """32 hex digits that were never given before."""
        try:
            return self._drawn.popleft()
        except IndexError:
            digits = os.urandom(16 * _BATCH).hex()
            first, *rest = (digits[at : at + 32] for at in range(0, len(digits), 32))
            self._drawn.extend(rest)
            return first
