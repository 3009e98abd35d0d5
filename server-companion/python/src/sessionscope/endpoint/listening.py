"""Whether the app's server still listens: a stream inside the app ends when it stops, so that no shutdown waits for it.

No server says so to an app. What can be seen is the process's own listening sockets, which most servers close before
they wait for the requests under way, and what the handler of SIGTERM belongs to: gunicorn's workers are `alive`, and
uvicorn `should_exit`.
"""

from __future__ import annotations

import os
import signal
import socket
import stat
from typing import Any

#: File descriptors looked at: a server opens its listeners before it serves anything.
_MAX_DESCRIPTORS = 256

_Address = tuple[int, str]


def _address_of(descriptor: int) -> _Address | None:
    """Inode and address of a listening socket; None: it is none, or was closed."""
    try:
        found = os.fstat(descriptor)
        if not stat.S_ISSOCK(found.st_mode):
            return None
        copy = socket.socket(fileno=os.dup(descriptor))
    except OSError:
        return None
    try:
        if not copy.getsockopt(socket.SOL_SOCKET, socket.SO_ACCEPTCONN):
            return None
        return found.st_ino, repr(copy.getsockname())
    except OSError:
        return None
    finally:
        copy.close()


#: Signals by which a server is asked to stop.
_ENDING = tuple(getattr(signal, name) for name in ("SIGTERM", "SIGINT") if hasattr(signal, name))


def _owner_of_handler(number: int) -> Any:
    """The object whose method handles a signal: the server, or None."""
    return getattr(signal.getsignal(number), "__self__", None)


def _should_exit(owner: Any) -> bool:
    return getattr(owner, "should_exit", False) is True


class ListeningServer:
    """The listeners of this process as they are now, but for one of a given port: the direct listener."""

    def __init__(self, own_port: int | None) -> None:
        self._listeners: dict[int, _Address] = {}
        for descriptor in range(_MAX_DESCRIPTORS):
            address = _address_of(descriptor)
            if address is not None and f", {own_port})" not in address[1]:
                self._listeners[descriptor] = address

        self._handlers = tuple(filter(None, map(_owner_of_handler, _ENDING)))

    @property
    def is_known(self) -> bool:
        """Whether there is a listener to look at; Windows has none, and a server may keep its own elsewhere."""
        return bool(self._listeners)

    def is_open(self) -> bool:
        """Whether all of them listen still, and nothing has asked the server to stop."""
        if any(getattr(owner, "alive", True) is False or _should_exit(owner) for owner in self._handlers):
            return False
        return all(_address_of(descriptor) == address for descriptor, address in self._listeners.items())
