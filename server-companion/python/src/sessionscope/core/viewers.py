"""Whose an event is, and who may see it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NamedTuple, Protocol


class Whose(Protocol):
    """Who may see an event: what its record knows of the exchange, or of the background."""

    @property
    def id(self) -> str | None:
        """The exchange's id; None: the background."""

    @property
    def owner(self) -> str | None:
        """The session with which the exchange began; for the background, the event's session."""

    @property
    def after(self) -> str | None:
        """The session with which it ended, once it has: who holds that one saw the response."""


class EventOwner(NamedTuple):
    """Whose an event is that was made at once."""

    id: str | None = None
    owner: str | None = None
    after: str | None = None


class _Public:
    """Whose an event is that every viewer may see: which app this is, and its companion."""

    id = owner = after = None


PUBLIC = _Public()

#: (how an event is made of it, whose it is, its bytes beyond `EVENT_BYTES`, then what its maker needs). A plain tuple:
#: making one is all that the request pays.
Record = tuple[Any, ...]


@dataclass(frozen=True)
class Viewer:
    """For whom an event leaves the process: redaction and visibility follow from it."""

    #: Paired: sees every event.
    all: bool = False
    #: Holder: sees the exchanges that began with these sessions or made them, and their background operations, up to
    #: where the session's key was rotated or flushed.
    sessions: frozenset[str] = frozenset()
    #: Holder: sees these exchanges.
    exchanges: frozenset[str] = frozenset()


def is_visible(whose: Whose, seq: int, viewer: Viewer, limits: dict[str, int]) -> bool:
    if viewer.all or whose is PUBLIC:
        return True
    if whose.id is not None and whose.id in viewer.exchanges:
        return True
    return any(
        session is not None and session in viewer.sessions and (session not in limits or seq < limits[session])
        for session in (whose.owner, whose.after)
    )
