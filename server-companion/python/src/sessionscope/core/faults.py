"""The companion's own faults: caught at its boundary, counted, shown in the panel, never raised into the app."""

from __future__ import annotations

from collections.abc import Callable

from . import protocol
from .encode import shorten
from .event_log import EventLog
from .viewers import EventOwner, Whose

#: EventOwner one by one up to here; past it only counted, so that a fault in a hot hook can't flood the log.
MAX_REPORTED = 50


class Faults:
    def __init__(self, log: Callable[[], EventLog], clean: Callable[[str], str] = str) -> None:
        self._log = log
        #: Takes out what a text says of a session key.
        self._clean = clean
        #: Since the epoch started.
        self.total = 0

    def count(self) -> int:
        """Counts one that the log reports itself; gives how many there were."""
        self.total += 1
        return self.total

    def note(self, where: str, error: BaseException, whose: Whose | None = None) -> None:
        """Notes one. Never raises."""
        total = self.count()
        if total > MAX_REPORTED:
            return
        try:
            text = shorten(f"{type(error).__name__}: {error}", protocol.SENTENCE_LENGTH)
            message = self._clean(text)
            event = {
                "type": "fault-noted",
                "exchange": None if whose is None else whose.id,
                "where": where,
                "message": message,
                "total": total,
            }
            self._log().append(event, len(message), whose or EventOwner())
        except Exception:
            # Nothing is left to report it to.
            pass
