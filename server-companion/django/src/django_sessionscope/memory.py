"""What a session held at the last look, encoded: the `before` of each operation, and what a checkpoint compares."""

from __future__ import annotations

from typing import Any

from .core import protocol
from .core.changes import MISSING, Change, find_changes, is_unchanged
from .core.encode import Digest, Encoded, encode, shorten
from .core.protocol import EncodedValue

#: Types whose values nobody can change inside.
SCALARS = frozenset([str, int, float, bool, type(None)])


def step_of(key: Any) -> str:
    """A session's key as a step of a path. JSON makes text of every key, and so do we."""
    kind = type(key)
    if kind is str:
        return shorten(key, protocol.NAME_LENGTH)
    if kind in (int, float, bool) or key is None:
        return shorten(str(key), protocol.NAME_LENGTH)
    return "?"


class Memory:
    """Values are encoded when they are first handed out: before that nobody can have changed them."""

    def __init__(self, digest: Digest) -> None:
        self._digest = digest
        #: What each key holds, as it is.
        self._live: dict[Any, Any] = {}
        #: What each key held at the last look, of those that were handed out or changed.
        self._known: dict[Any, Encoded] = {}
        self._state: EncodedValue = MISSING

    def __len__(self) -> int:
        return len(self._live)

    def __contains__(self, key: Any) -> bool:
        return key in self._live

    @property
    def bytes(self) -> int:
        """Approximate bytes of the state as JSON."""
        self.state()
        return 2 + sum(encoded.bytes + 8 for encoded in self._known.values())

    def get(self, key: Any) -> EncodedValue:
        """`MISSING` where there is none."""
        known = self._known.get(key)
        if known is not None:
            return known[0]
        return self.known(key).value if key in self._live else MISSING

    def known(self, key: Any) -> Encoded:
        """The last encoding of a key that is there."""
        known = self._known.get(key)
        if known is None:
            known = self._known[key] = encode(self._live[key], self._digest)
        return known

    def fill(self, data: dict[Any, Any]) -> None:
        """Takes all of `data` in; once, of an empty memory."""
        self._live = dict(data)

    def hand_out(self) -> None:
        """Everything was given to the app."""
        for key in self._live:
            self.known(key)

    def take(self, key: Any, value: Any) -> Encoded:
        """`value` as the new content of `key`: the last encoding is used again where it says the same."""
        known = self._known.get(key)
        self._live[key] = value
        if known is not None and (value is known[0] or is_unchanged(value, known[0])):
            return known
        self._state = MISSING
        encoded = self._known[key] = encode(value, self._digest)
        return encoded

    def delete(self, key: Any) -> None:
        self._known.pop(key, None)
        self._live.pop(key, None)
        self._state = MISSING

    def state(self) -> EncodedValue:
        """Keys and values as one encoded object. Its values are shared with events and never changed in place."""
        if self._state is MISSING:
            self.hand_out()
            self._state = self._make_state()
        return self._state

    def _make_state(self) -> EncodedValue:
        plain: dict[str, EncodedValue] = {}
        if len(self._live) <= protocol.FETCHED_ENTRIES:
            for key in self._live:
                value = self._known[key].value
                if key in ("$", "__proto__"):
                    break
                plain[step_of(key)] = value
            else:
                if len(plain) == len(self._live):
                    return plain
        entries = [[step_of(key), self._known[key].value] for key in list(self._live)[: protocol.FETCHED_ENTRIES]]
        return {"$": "object", "entries": entries, "size": len(self._live)}

    def look(self, key: Any, live: Any) -> list[Change]:
        """Looks at one key again: what changed inside it since. The new content is kept."""
        before = self._known.get(key)
        if before is None:
            if key not in self._live:
                return [Change([step_of(key)], MISSING, self.take(key, live).value)]
            before = self.known(key)
            if self._live[key] is live:
                return []
        if live is before[0] or is_unchanged(live, before[0]):
            self._live[key] = live
            return []
        return find_changes(before.value, self.take(key, live).value, [step_of(key)])

    def compare(self, data: dict[Any, Any]) -> list[Change]:
        """Looks at the whole session again: keys that came and went, and what changed in those that stayed."""
        changes: list[Change] = []
        was = self._live
        known = self._known
        for key, value in list(data.items()):
            # The same object: only what can change inside, and was handed out, is looked at.
            if value is was.get(key, MISSING) and (type(value) in SCALARS or key not in known):
                continue
            changes += self.look(key, value)
        if len(data) != len(was):
            for key in [key for key in was if key not in data]:
                changes.append(Change([step_of(key)], self.get(key), MISSING))
                self.delete(key)
        return changes
