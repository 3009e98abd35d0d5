"""One companion for the observed sessions of a process: what is recorded meets here what the endpoint sends."""

from __future__ import annotations

import multiprocessing
import os
import platform
import secrets
import sys
import threading
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Protocol

from ..core import protocol
from ..core.event_log import EventLog, MemoryLog
from ..core.exchange_ids import ExchangeIds
from ..core.faults import Faults
from ..core.identity import Identity, load_identity
from ..core.redaction import Redaction
from ..core.redis_log import RedisLog, open_shared_log
from ..core.source import SourceTaker
from ..core.viewers import PUBLIC
from ..endpoint.calls import Endpoint
from ..endpoint.host import ObservedLibrary
from .options import Options, root_of
from .packages import version_of

#: What the panel says where other processes serve the app and keep logs of their own.
PARTIAL = (
    "Several processes serve this app and each keeps a log of its own: what the others did is not shown here. "
    'The option "log": "redis://127.0.0.1:6379/0" lets them share one.'
)

#: As many as the wire takes: past them an app is made again and again in one process.
MAX_LIBRARIES = protocol.MIDDLEWARES

#: Optional fields of the wire that are recorded whatever the library.
CAPABILITIES = (
    *("stored", "layer", "bytes", "digest", "gone", "unreadable"),
    *("host", "site", "dest", "purpose", "client", "headAtMs", "cacheControl", "vary", "location"),
    *("server", "secret"),
)


class OpenExchange(Protocol):
    """An exchange under way, as far as a look at its session in memory needs it."""

    @property
    def id(self) -> str: ...

    @property
    def observed(self) -> Any:
        """The `ObservedSession` of its request; None: it has none yet."""


class Companion:
    """What the adapters of one framework, and the endpoint of one process share."""

    def __init__(self, options: Options, identity: Identity, framework: str, log: EventLog | None = None) -> None:
        self.options = options
        self.identity = identity
        #: Names this process in what it writes: several may share a log, and one may go over to another.
        self.process = secrets.token_hex(4)
        #: `django 5.2.1`.
        self.framework = framework
        self.redaction = Redaction(identity.digest, options.redact, identity)
        self.faults = Faults(lambda: self.log, identity.without_keys)
        self._is_closed = False
        self._lock = threading.Lock()
        self.log: EventLog = log if log is not None else self._make_log()
        self.sources = SourceTaker(identity.root)
        self._adopt(self.log)
        self.ids = ExchangeIds()
        self.runtime = f"python {platform.python_version()}, {framework}"
        #: Exchanges under way.
        self.open: set[OpenExchange] = set()
        self._libraries: tuple[ObservedLibrary, ...] = ()
        self._is_full = False
        self.endpoint = Endpoint(self)
        self._is_partial = False
        self._port: str | None = None
        self._is_recorded = False
        self._recorded_as: frozenset[bool] = frozenset()

    @property
    def libraries(self) -> Sequence[ObservedLibrary]:
        """One for each observed session middleware: its index is what `exchange-started` names."""
        return self._libraries

    def add_library(self, library: ObservedLibrary) -> int | None:
        """Takes one more session middleware; gives its index. None: there are too many, which is noted once."""
        with self._lock:
            index = len(self._libraries)
            if index < MAX_LIBRARIES:
                self._libraries = (*self._libraries, library)
                # The newest epoch event names them all.
                self._is_recorded = False
                self._recorded_as = frozenset()
                return index
            is_first, self._is_full = not self._is_full, True
        if is_first:
            text = f"{MAX_LIBRARIES} session middlewares are observed already; further ones are not."
            self.faults.note("observe", RuntimeError(text))
        return None

    def _make_log(self) -> EventLog:
        limits = self.options.limits
        if self.options.log is not None:
            return open_shared_log(
                self.options.log,
                self.redaction,
                self._share,
                self._go_on_alone,
                app=self.identity.app,
                max_events=limits.get("events", 10_000),
                max_bytes=limits.get("bytes", 8 * 1024 * 1024),
            )
        return MemoryLog(
            self.redaction,
            max_events=limits.get("events", 10_000),
            max_bytes=limits.get("bytes", 8 * 1024 * 1024),
        )

    def _adopt(self, log: EventLog) -> None:
        log.count_faults_by(self.faults.count)
        if isinstance(log, RedisLog):
            log.on_epoch_gone = self._repeat_epoch

    def _repeat_epoch(self) -> None:
        """The next request records this process again."""
        with self._lock:
            self._is_recorded = False
            self._recorded_as = frozenset()

    def _share(self, log: MemoryLog) -> None:
        """The Redis that was named answers now: what begins from here on goes to the shared log."""
        if self._is_closed:
            log.close()  # type: ignore[attr-defined]
            return
        self._adopt(log)
        with self._lock:
            self.log = log
            self._is_recorded = False
            self._recorded_as = frozenset()

    def _go_on_alone(self, lost: RedisLog) -> None:
        """The shared log's Redis answers no more: until it does, a log of this process's own takes its place."""
        if self._is_closed:
            return
        own = self._make_log()
        self._adopt(own)
        with self._lock:
            self.log = own
            self._is_recorded = False
            self._recorded_as = frozenset()
        self.record_epoch(self._is_partial, self._port)
        lost.continue_in(own)

    def process_fields(self) -> dict[str, str]:
        """Which process this is, where several may write one log."""
        return {} if self.options.log is None else {"process": self.process}

    def record_epoch(self, is_multiprocess: bool = False, port: str | None = None) -> None:
        """Records this process, once, and again when it turns out that others serve the app beside it."""
        if is_multiprocess in self._recorded_as:
            return
        self._port = port
        has_others = is_multiprocess or _has_siblings()
        with self._lock:
            # What is said here is so of this log: another may take its place meanwhile, and gets an event of its own.
            log = self.log
            is_partial = has_others and not getattr(log, "is_shared", False)
            # A server says the same with each request.
            self._recorded_as = self._recorded_as | {is_multiprocess}
            if self._is_recorded and is_partial == self._is_partial:
                return
            self._is_recorded = True
            self._is_partial = is_partial
        event: dict[str, Any] = {
            "type": "epoch-started",
            "app": self.identity.app,
            "project": self.identity.project[: protocol.NAME_LENGTH],
            "root": self.identity.root[:1024],
            "runtime": f"python {platform.python_version()}",
            "server": {"name": self.identity.project[: protocol.NAME_LENGTH] or "app", **_port_of(port)},
            "capabilities": list(CAPABILITIES),
            "framework": self.framework[: protocol.NAME_LENGTH],
            "middlewares": [library.describe() for library in self._libraries],
            **self.process_fields(),
        }
        fault = getattr(log, "fault", None)
        if is_partial or fault is not None:
            event["partial"] = (fault or PARTIAL)[: protocol.SENTENCE_LENGTH]
        log.append(event, 0, PUBLIC)

    def close(self) -> None:
        """Closes the direct listener and a shared log's connection."""
        self._is_closed = True
        self.endpoint.close()
        close = getattr(self.log, "close", None)
        if close is not None:
            close()


def _port_of(port: str | None) -> dict[str, int]:
    is_port = port is not None and port.isascii() and port.isdigit() and 0 < int(port) < 65_536
    return {"port": int(port)} if is_port and port is not None else {}


def _has_siblings() -> bool:
    """Whether a server with several workers started this process and does not say so in the request."""
    if multiprocessing.parent_process() is None:
        return False
    workers = os.environ.get("WEB_CONCURRENCY", "1")
    for index, argument in enumerate(sys.argv):
        if argument == "--workers" and index + 1 < len(sys.argv):
            workers = sys.argv[index + 1]
        elif argument.startswith("--workers="):
            workers = argument.partition("=")[2]
    return workers.isdigit() and int(workers) > 1


class OnePerProcess:
    """Holds the companion of a process. A forked worker makes its own: a log, an epoch, a listener."""

    def __init__(self, make: Callable[[], Companion]) -> None:
        self._make = make
        self._made: Companion | None = None
        self._lock = threading.Lock()
        if hasattr(os, "register_at_fork"):
            os.register_at_fork(after_in_child=self.forget)

    @property
    def made(self) -> Companion | None:
        """The companion, if one was made."""
        return self._made

    def get(self) -> Companion:
        """The companion, made by the first to ask."""
        if self._made is None:
            with self._lock:
                if self._made is None:
                    self._made = self._make()
        return self._made

    def forget(self) -> None:
        """Forgets it without closing it."""
        self._made = None
        self._lock = threading.Lock()


class OfFirstApp:
    """The companion of the apps of a process, where each hands its own options over: made with those of the first.

    `package`: the framework, as its distribution is named, such as `flask`.
    """

    def __init__(self, package: str) -> None:
        self._package = package
        self._options = Options()
        self._process = OnePerProcess(self._make)

    def companion_of(self, options: Options) -> Companion:
        """The process's companion, made with these options where there is none yet."""
        if self._process.made is None:
            self._options = options
        return self._process.get()

    def current(self) -> Companion | None:
        """The process's companion, if one was made."""
        return self._process.made

    def forget(self) -> None:
        """Forgets it without closing it."""
        self._process.forget()

    def _make(self) -> Companion:
        root = root_of(self._options, Path.cwd())
        identity = load_identity(root, self._options.project or Path(root).name or "app")
        return Companion(self._options, identity, f"{self._package} {version_of(self._package)}")
