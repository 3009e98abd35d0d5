"""The slots for streams: bounded, and those that prove nothing give way to those that do."""

from __future__ import annotations

import threading

#: Streams at once: one for each browser and app, shared by its windows; a few browsers.
MAX_STREAMS = 16

#: Of them inside the app, where each holds a worker or a connection of the app's.
MAX_INSIDE = 4


class StreamSlot:
    """One stream's; it ends when it is evicted."""

    __slots__ = ("is_evicted", "is_inside", "is_proven")

    def __init__(self, is_proven: bool, is_inside: bool) -> None:
        self.is_proven = is_proven
        self.is_inside = is_inside
        self.is_evicted = False


class StreamSlots:
    def __init__(self) -> None:
        self._taken: list[StreamSlot] = []
        self._lock = threading.Lock()

    def __len__(self) -> int:
        return len(self._taken)

    def take(self, is_proven: bool, is_inside: bool, max_inside: int = MAX_INSIDE) -> StreamSlot | None:
        """A slot, or None: all are taken. `is_proven`: its proof is of something that this process knows."""
        with self._lock:
            if is_inside and sum(slot.is_inside for slot in self._taken) >= max_inside:
                return None
            if len(self._taken) >= MAX_STREAMS and not (is_proven and self._evict()):
                return None
            slot = StreamSlot(is_proven, is_inside)
            self._taken.append(slot)
            return slot

    def _evict(self) -> bool:
        """Ends the oldest stream that proves nothing. The lock is held."""
        oldest = next((slot for slot in self._taken if not slot.is_proven), None)
        if oldest is None:
            return False
        oldest.is_evicted = True
        self._taken.remove(oldest)
        return True

    def free(self, slot: StreamSlot) -> None:
        with self._lock:
            if slot in self._taken:
                self._taken.remove(slot)
