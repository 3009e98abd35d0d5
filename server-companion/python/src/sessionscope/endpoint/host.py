"""What the endpoint asks of the companion that it answers for, whatever the framework."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol

from ..core.event_log import EventLog
from ..core.faults import Faults
from ..core.identity import Identity
from ..core.viewers import Viewer


class SessionProof(Protocol):
    """How a raw cookie was taken. The key is a bearer credential and never leaves the process."""

    @property
    def signature(self) -> str: ...

    @property
    def key(self) -> str | None: ...

    @property
    def fingerprint(self) -> str | None: ...


class ObservedLibrary(Protocol):
    """The app's sessions."""

    def describe(self) -> dict[str, Any]: ...

    def prove(self, name: str, value: str) -> SessionProof | None:
        """Reads a raw cookie that a caller claims, as the library would; None: the name is not the session's."""

    def read_store(self, key: str, viewer: Viewer) -> dict[str, Any]: ...

    def read_memory(self, fingerprint: str, viewer: Viewer) -> list[dict[str, Any]]: ...


class EndpointOptions(Protocol):
    @property
    def path(self) -> str: ...

    @property
    def allowed_hosts(self) -> tuple[str, ...]: ...

    @property
    def allowed_extensions(self) -> tuple[str, ...]: ...


class EndpointHost(Protocol):
    """A companion, as the endpoint sees it."""

    @property
    def options(self) -> EndpointOptions: ...

    @property
    def identity(self) -> Identity: ...

    @property
    def faults(self) -> Faults: ...

    @property
    def libraries(self) -> Sequence[ObservedLibrary]:
        """One for each observed session middleware."""

    @property
    def log(self) -> EventLog:
        """Another one once a shared log that was named answers."""

    @property
    def runtime(self) -> str:
        """`python 3.12.1, django 6.1`."""
