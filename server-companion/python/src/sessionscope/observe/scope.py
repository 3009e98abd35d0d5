"""What a session needs of the exchange during which it is observed: nothing below the adapters knows more of it."""

from __future__ import annotations

from typing import Any, Protocol

from ..core.encode import Digest
from ..core.event_log import EventLog
from ..core.identity import Identity
from ..core.source import SourceTaker


class Scope(Protocol):
    """What the exchanges of one process share."""

    @property
    def identity(self) -> Identity: ...

    @property
    def sources(self) -> SourceTaker: ...


class ExchangeScope(Protocol):
    """One exchange, as far as a session is concerned."""

    #: `accessed`, `modified` and emptiness as the library found them when it decided.
    decided_on: Any
    #: Top-level keys in which a change was found that no operation reported.
    inferred: list[str]
    #: Nothing changed in the session since the last record of it was written.
    is_all_stored: bool

    @property
    def companion(self) -> Any:
        """A `Scope`, and what the adapter keeps there besides."""

    @property
    def digest(self) -> Digest: ...

    @property
    def log(self) -> EventLog:
        """Where all of this exchange goes."""

    def fault(self, where: str, error: BaseException) -> None:
        """Notes a fault of the companion's own. Never raises."""
