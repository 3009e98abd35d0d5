"""What a companion may be set to, whatever the framework: each option, and what is wrong with one that is given."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ..core import protocol


@dataclass(frozen=True)
class Options:
    """All of it optional."""

    #: False switches it off. Where True switches it on, each adapter's page says.
    enabled: bool = True
    #: Path of the endpoint: one or more plain segments.
    path: str = "/__sessionscope__"
    #: Hosts, besides localhost, *.localhost and loopback addresses, that the endpoint answers to; without port.
    allowed_hosts: tuple[str, ...] = ()
    #: IDs of Chromium extensions, besides the published one, that may ask.
    allowed_extensions: tuple[str, ...] = ()
    #: Key names, besides the protocol's list, whose values stay on the server unless a paired panel reveals them.
    redact: tuple[str, ...] = ()
    #: `redis://…`: several processes share one log. Needs the extra `sessionscope[redis]`.
    log: str | None = None
    #: The project's folder: processes that name the same one are one project, with one log where `log` is set. Default:
    #: the app's own, as its page says.
    root: str | os.PathLike[str] | None = None
    #: Bounds of the log: `{"events": 10_000, "bytes": 8 MiB}`.
    limits: dict[str, int] = field(default_factory=dict)
    #: The project's name, for people; default: the name of its folder.
    project: str | None = None
    #: No line on standard error at start; default: whether `SESSIONSCOPE_QUIET` is set.
    quiet: bool | None = None


def root_of(options: Options, usual: str | os.PathLike[str]) -> str:
    """The project's folder, as its identity and its sources name it."""
    return str(Path(usual if options.root is None else options.root).resolve())


_LISTS = ("allowed_hosts", "allowed_extensions", "redact")


def parse_options(given: Mapping[Any, Any], where: str = "SESSIONSCOPE") -> tuple[Options, list[str]]:
    """The options, and a sentence for each that is wrong; what is wrong keeps its default. `where`: what holds them."""
    faults = []
    taken: dict[str, Any] = {}
    for name, value in given.items():
        fault = _fault_in(name, value, where)
        if fault is None:
            taken[name] = tuple(value) if name in _LISTS else value
        else:
            faults.append(fault)
    return Options(**taken), faults


def _fault_in(name: Any, value: Any, where: str) -> str | None:
    if name not in Options.__dataclass_fields__:
        known = ", ".join(Options.__dataclass_fields__)
        return f"{where} holds {name!r}, which is not an option. There are: {known}."
    shown = f"{where}[{name!r}]"
    if name in ("enabled", "quiet") and not isinstance(value, bool):
        return f"{shown} is neither True nor False."
    if name == "path" and not (
        isinstance(value, str) and len(value) <= protocol.PATH_LENGTH and protocol.PATH.fullmatch(value)
    ):
        return f"{shown} is {value!r}. Write one such as '/__sessionscope__'."
    if name in _LISTS and not (isinstance(value, (list, tuple)) and all(isinstance(item, str) for item in value)):
        return f"{shown} must be a list of strings."
    if name == "allowed_hosts":
        for host in value:
            if not re.fullmatch(r"[a-z0-9.-]+", host):
                return f"{shown} holds {host!r}. Write the bare name in lower case, without scheme and port."
    if name == "allowed_extensions":
        for extension in value:
            if not re.fullmatch(r"[a-p]{32}", extension):
                return (
                    f"{shown} holds {extension!r}, which is not a Chromium "
                    "extension ID (32 letters a-p, as chrome://extensions shows it)."
                )
    if name == "log" and not (value is None or (isinstance(value, str) and re.match(r"(?:rediss?|unix)://", value))):
        return f"{shown} must be a Redis URL such as 'redis://127.0.0.1:6379/0'."
    if name == "root" and not (value is None or (isinstance(value, (str, os.PathLike)) and Path(value).is_dir())):
        return f"{shown} must be the path of a folder that is there."
    if name == "limits" and not (
        isinstance(value, dict)
        and set(value) <= {"events", "bytes"}
        and all(isinstance(limit, int) and limit > 0 for limit in value.values())
    ):
        return f"{shown} may hold 'events' and 'bytes', both positive integers."
    if name == "project" and not (value is None or isinstance(value, str)):
        return f"{shown} must be a string."
    return None
