"""The companion's own faults: caught at its boundary, counted, shown in the panel, never raised into the app."""

from __future__ import annotations

from . import protocol
from .encode import shorten
from .event_log import EventLog

#: Told one by one up to here; past it only counted, so that a fault in a hot hook can't flood the log.
MAX_TOLD = 50


class Faults:
    def __init__(self, log: EventLog) -> None:
        self._log = log
        #: Since the epoch started.
        self.total = 0

    def note(
        self,
        where: str,
        error: BaseException,
        exchange: str | None = None,
        owner: str | None = None,
    ) -> None:
        """Notes one. Never raises."""
        self.total += 1
        if self.total > MAX_TOLD:
            return
        try:
            message = shorten(f"{type(error).__name__}: {error}", protocol.SENTENCE_LENGTH)
            self._log.append(
                {
                    "type": "fault-noted",
                    "exchange": exchange,
                    "where": where,
                    "message": message,
                    "total": self.total,
                },
                len(message),
                owner,
            )
        except Exception:
            # Nothing is left to tell it to.
            pass
