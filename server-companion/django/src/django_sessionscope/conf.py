"""The setting `SESSIONSCOPE`: a dict, all of it optional."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from django.conf import settings

from .core import protocol


@dataclass(frozen=True)
class Options:
    """What `SESSIONSCOPE` may hold. Nothing is observed unless `DEBUG` is true."""

    #: False switches it off while `DEBUG` is true; True does not switch it on without.
    enabled: bool = True
    #: Path of the endpoint: one or more plain segments.
    path: str = "/__sessionscope__"
    #: Hosts, besides localhost, *.localhost and loopback addresses, that the endpoint answers to; without port.
    allowed_hosts: tuple[str, ...] = ()
    #: IDs of Chromium extensions, besides the published one, that may ask.
    allowed_extensions: tuple[str, ...] = ()
    #: Key names, besides the protocol's list, whose values stay on the server unless a paired panel reveals them.
    redact: tuple[str, ...] = ()
    #: `redis://…`: several processes share one log. Needs the extra `django-sessionscope[redis]`.
    log: str | None = None
    #: Bounds of the log: `{"events": 10_000, "bytes": 8 MiB}`.
    limits: dict[str, int] = field(default_factory=dict)
    #: The project's name, for people; default: the name of its folder.
    project: str | None = None


_LISTS = ("allowed_hosts", "allowed_extensions", "redact")


def read_options() -> tuple[Options, list[str]]:
    """The options, and what is wrong with the setting; what is wrong keeps its default."""
    given = getattr(settings, "SESSIONSCOPE", None)
    if given is None:
        return Options(), []
    if not isinstance(given, dict):
        return Options(), ["SESSIONSCOPE is no dict."]
    faults = []
    taken: dict[str, Any] = {}
    for name, value in given.items():
        fault = _fault_in(name, value)
        if fault is None:
            taken[name] = tuple(value) if name in _LISTS else value
        else:
            faults.append(fault)
    return Options(**taken), faults


def _fault_in(name: Any, value: Any) -> str | None:
    if name not in Options.__dataclass_fields__:
        known = ", ".join(Options.__dataclass_fields__)
        return f"SESSIONSCOPE holds {name!r}, which is no option. There are: {known}."
    if name == "enabled" and not isinstance(value, bool):
        return "SESSIONSCOPE['enabled'] is neither True nor False."
    if name == "path" and not (
        isinstance(value, str) and len(value) <= protocol.PATH_LENGTH and protocol.PATH.fullmatch(value)
    ):
        return f"SESSIONSCOPE['path'] is {value!r}. Write one such as '/__sessionscope__'."
    if name in _LISTS and not (isinstance(value, (list, tuple)) and all(isinstance(item, str) for item in value)):
        return f"SESSIONSCOPE[{name!r}] is no list of strings."
    if name == "allowed_hosts":
        for host in value:
            if not re.fullmatch(r"[a-z0-9.-]+", host):
                return (
                    f"SESSIONSCOPE['allowed_hosts'] holds {host!r}. "
                    "Write the bare name in lower case, without scheme and port."
                )
    if name == "allowed_extensions":
        for extension in value:
            if not re.fullmatch(r"[a-p]{32}", extension):
                return (
                    f"SESSIONSCOPE['allowed_extensions'] holds {extension!r}, which is no Chromium "
                    "extension ID (32 letters a-p, as chrome://extensions shows it)."
                )
    if name == "log" and not (value is None or (isinstance(value, str) and re.match(r"(?:rediss?|unix)://", value))):
        return "SESSIONSCOPE['log'] is no Redis URL such as 'redis://127.0.0.1:6379/0'."
    if name == "limits" and not (
        isinstance(value, dict)
        and set(value) <= {"events", "bytes"}
        and all(isinstance(limit, int) and limit > 0 for limit in value.values())
    ):
        return "SESSIONSCOPE['limits'] may hold 'events' and 'bytes', both positive integers."
    if name == "project" and not (value is None or isinstance(value, str)):
        return "SESSIONSCOPE['project'] is no string."
    return None


def is_enabled(options: Options) -> bool:
    """Whether to observe: never without `DEBUG`."""
    return bool(settings.DEBUG) and options.enabled


def project_root() -> str:
    """`BASE_DIR`, or the working directory: paths of sources are told relative to it."""
    base = getattr(settings, "BASE_DIR", None)
    return str(Path(base or Path.cwd()).resolve())
