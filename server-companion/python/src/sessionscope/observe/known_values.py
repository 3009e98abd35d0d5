"""What a session held at the last look: the `before` of each operation, and what a checkpoint compares."""

from __future__ import annotations

from itertools import islice
from typing import Any

from ..core import protocol
from ..core.changes import MISSING, Change, find_changes
from ..core.encode import Digest, Encoded, encode
from ..core.protocol import EncodedValue
from ..core.session_parts import SessionParts, step_of
from ..core.snapshot import Kept, is_light, is_unchanged, keep, reveal, size_of

_MAX_PARTS = protocol.FETCHED_ENTRIES

#: Types whose values are kept as they are, and are of no size.
_BARE = frozenset([float, bool, type(None)])

#: Types whose values nobody can change inside.
SCALARS = frozenset([str, int, float, bool, type(None)])


class KnownValues:
    """A value is kept when it is first handed out or replaced: before that nobody can have changed it."""

    def __init__(self, digest: Digest) -> None:
        self._digest = digest
        #: What each key holds, as it is.
        self.live: dict[Any, Any] = {}
        #: What each key held at the last look, of those that were handed out and are not light.
        self._kept: dict[Any, Kept] = {}

    def __len__(self) -> int:
        return len(self.live)

    def __contains__(self, key: Any) -> bool:
        return key in self.live

    def fill(self, data: dict[Any, Any]) -> None:
        """Takes all of `data` in; once, of an empty memory."""
        self.live = dict(data)

    def get(self, key: Any) -> Kept:
        """What a key holds; `MISSING` where there is none."""
        kept = self._kept.get(key)
        if kept is None:
            kept = self.live.get(key, MISSING)
            if kept is not MISSING and not is_light(kept):
                kept = self._kept[key] = keep(kept, self._digest)
        return kept

    def hand_out(self) -> None:
        """Everything was given to the app."""
        for key in self.live:
            self.get(key)

    def take(self, key: Any, value: Any) -> Kept:
        """`value` as the new content of `key`: what was kept is used again where it says the same."""
        self.live[key] = value
        if is_light(value):
            self._kept.pop(key, None)
            return value
        kept = self._kept.get(key)
        if kept is None or not is_unchanged(value, kept):
            # What did not fit once is likely not to fit again.
            kept = encode(value, self._digest) if type(kept) is Encoded else keep(value, self._digest)
            self._kept[key] = kept
        return kept

    def swap(self, key: Any, value: Any) -> tuple[Kept, Kept]:
        """`value` as the new content of `key`: as it is kept, and what the key held before."""
        live = self.live
        before = live.get(key, MISSING)
        if key not in self._kept and is_light(value) and (before is MISSING or is_light(before)):
            live[key] = value
            return value, before
        before = self.get(key)
        return self.take(key, value), before

    def delete(self, key: Any) -> None:
        self._kept.pop(key, None)
        self.live.pop(key, None)

    def look(self, key: Any, live: Any) -> list[Change]:
        """Looks at one key again: what changed inside it since. The new content is kept."""
        if live is self.live.get(key, MISSING) and (is_light(live) or key not in self._kept):
            return []
        before = self.get(key)
        if live is before or is_unchanged(live, before):
            self.live[key] = live
            return []
        was = reveal(before, self._digest)
        return find_changes(was, reveal(self.take(key, live), self._digest), [step_of(key)])

    def compare(self, data: dict[Any, Any]) -> list[Change]:
        """Looks at the whole session again: keys that came and went, and what changed in those that stayed."""
        changes: list[Change] = []
        was = self.live
        kept = self._kept
        for key, value in list(data.items()):
            # The same object: only what can change inside, and was handed out, is looked at.
            if value is was.get(key, MISSING) and (type(value) in SCALARS or key not in kept):
                continue
            changes += self.look(key, value)
        if len(data) != len(was):
            for key in [key for key in was if key not in data]:
                changes.append(Change([step_of(key)], reveal(self.get(key), self._digest), MISSING))
                self.delete(key)
        return changes

    def state(self, is_compared: bool = False) -> SessionParts:
        """Keys and values as they are now. `is_compared`: nothing changed since all of it was looked at."""
        known = self._kept
        live = self.live
        parts = dict(live) if len(live) <= _MAX_PARTS else dict(islice(live.items(), _MAX_PARTS))
        for key, value in parts.items():
            if type(value) not in _BARE and not is_light(value):
                kept = known.get(key)
                if kept is None or not (is_compared or is_unchanged(value, kept)):
                    kept = keep(value, self._digest)
                # The keys stay as they are, so that this is no change of what is gone through.
                parts[key] = kept
        return SessionParts(parts, len(live))

    @property
    def bytes(self) -> int:
        """Approximate bytes of the state, of what was handed out or is a long text."""
        size = 2 + 16 * len(self.live)
        for key, value in self.live.items():
            if type(value) not in _BARE:
                size += size_of(self._kept.get(key, value))
        return size

    def encoded_state(self) -> EncodedValue:
        """Keys and values as one encoded object."""
        return self.state().encoded(self._digest)
