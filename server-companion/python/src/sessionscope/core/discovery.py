"""The `Sessionscope` header of a response: where the endpoint is, and which exchange this was."""

from __future__ import annotations

import re

from . import protocol

#: Between two items of the header's list: each begins with its path.
_BETWEEN = re.compile(r',\s*(?=")')


def format_discovery(path: str, app: str, at: str | None, epoch: str) -> str:
    """One item up to the exchange's id, which the caller appends with a closing quote.

    `at`: origin of the socket that answered, where that is on loopback. Raises ValueError where a panel would refuse
    the header.
    """
    if len(path) > protocol.PATH_LENGTH or not protocol.PATH.fullmatch(path):
        raise ValueError(f"the endpoint's path {path!r} is not a plain absolute path")
    is_place = at is None or protocol.AT.fullmatch(at)
    if not (protocol.APP.fullmatch(app) and is_place and protocol.EPOCH.fullmatch(epoch)):
        raise ValueError(f"not a discovery header: app {app!r}, at {at!r}, epoch {epoch!r}")
    place = "" if at is None else f';at="{at}"'
    return f'"{path}";v={protocol.PROTOCOL_VERSION};app="{app}"{place};epoch="{epoch}";exchange="'


def header_with(before: str | None, item: str) -> str:
    """The header's value with `item` in it.

    What another companion put there stays. An item of our own path comes from a cache, and names somebody else's
    exchange: it is left out.
    """
    if not before:
        return item
    path = item.partition(";")[0]
    others = [other for other in _BETWEEN.split(before) if other.partition(";")[0] != path]
    return ", ".join([*others, item])


def loopback_origin(scheme: str, peer: str | None, port: str | None) -> str | None:
    """Origin of the socket that answered, where it is on loopback: there the peer is, too. None: it is not."""
    if peer is None or port is None or not (port.isascii() and port.isdigit() and 0 < int(port) < 65_536):
        return None
    if peer == "::1":
        return f"{scheme}://[::1]:{port}"
    return f"{scheme}://127.0.0.1:{port}" if peer.removeprefix("::ffff:").startswith("127.") else None
