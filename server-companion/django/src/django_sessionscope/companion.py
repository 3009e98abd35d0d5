"""One companion for a process: what is recorded meets here what the endpoint tells."""

from __future__ import annotations

import multiprocessing
import os
import platform
import sys
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Any

import django

from .conf import Options, project_root, read_options
from .core import protocol
from .core.event_log import EVERYONES, EventLog, MemoryLog
from .core.exchange_ids import ExchangeIds
from .core.faults import Faults
from .core.identity import Identity, load_identity
from .core.redact import Redaction
from .core.source import SourceTaker
from .endpoint.calls import Endpoint
from .observed_sessions import ObservedSessions

if TYPE_CHECKING:
    from .exchange import Exchange

#: What the panel is told where other processes serve the app and keep logs of their own.
PARTIAL = (
    "Several processes serve this app and each keeps a log of its own: what the others did is not shown here. "
    'SESSIONSCOPE = {"log": "redis://127.0.0.1:6379/0"} lets them share one.'
)


class Companion:
    """What the middlewares, the checks and the endpoint of one process share."""

    def __init__(self, options: Options, identity: Identity, log: EventLog | None = None) -> None:
        self.options = options
        self.identity = identity
        self.redaction = Redaction(identity.digest, options.redact)
        self.log: EventLog = log if log is not None else self._make_log()
        self.sources = SourceTaker(identity.root)
        self.faults = Faults(self.log)
        self.log.count_faults_by(self.faults.count)
        self.ids = ExchangeIds()
        self.sessions = ObservedSessions(self)
        #: Exchanges under way.
        self.open: set[Exchange] = set()
        self.endpoint = Endpoint(self)
        self._is_partial = False
        self._is_told = False
        self._told_as: frozenset[bool] = frozenset()
        self._lock = threading.Lock()

    def _make_log(self) -> EventLog:
        limits = self.options.limits
        if self.options.log is not None:
            from .redis_log import open_shared_log

            return open_shared_log(
                self.options.log,
                self.redaction,
                app=self.identity.app,
                without_keys=self.identity.without_keys,
                max_events=limits.get("events", 10_000),
                max_bytes=limits.get("bytes", 8 * 1024 * 1024),
            )
        return MemoryLog(
            self.redaction,
            max_events=limits.get("events", 10_000),
            max_bytes=limits.get("bytes", 8 * 1024 * 1024),
        )

    def tell_epoch(self, is_multiprocess: bool = False) -> None:
        """Tells of this process, once, and again when it turns out that others serve the app beside it."""
        if is_multiprocess in self._told_as:
            return
        is_shared = getattr(self.log, "is_shared", False)
        is_partial = not is_shared and (is_multiprocess or _has_siblings())
        with self._lock:
            # A server says the same with each request.
            self._told_as = self._told_as | {is_multiprocess}
            if self._is_told and is_partial == self._is_partial:
                return
            self._is_told = True
            self._is_partial = is_partial
        event: dict[str, Any] = {
            "type": "epoch-started",
            "app": self.identity.app,
            "project": self.identity.project[: protocol.NAME_LENGTH],
            "root": self.identity.root[:1024],
            "runtime": f"python {platform.python_version()}",
            "framework": f"django {django.get_version()}",
            "middlewares": [self.sessions.describe()],
        }
        fault = getattr(self.log, "fault", None)
        if is_partial or fault is not None:
            event["partial"] = (fault or PARTIAL)[: protocol.SENTENCE_LENGTH]
        self.log.append(event, 0, EVERYONES)

    def close(self) -> None:
        """Closes the direct door and a shared log's connection."""
        self.endpoint.close()
        close = getattr(self.log, "close", None)
        if close is not None:
            close()


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


_companion: Companion | None = None
_lock = threading.Lock()


def companion_of() -> Companion:
    """The process's companion, made with the settings of the first to ask."""
    global _companion
    if _companion is None:
        with _lock:
            if _companion is None:
                options, _ = read_options()
                root = project_root()
                project = options.project or Path(root).name or "app"
                _companion = Companion(options, load_identity(root, project))
    return _companion


def current_companion() -> Companion | None:
    """The process's companion, if one was made."""
    return _companion


def forget_companion() -> None:
    """A forked worker has a log, an epoch and a door of its own; tests begin anew."""
    global _companion, _lock
    _companion = None
    _lock = threading.Lock()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=forget_companion)
