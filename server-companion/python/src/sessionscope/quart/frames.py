"""Which frames are Quart's own, for whoever asks which line of the app did something."""

from __future__ import annotations

import os
from pathlib import Path

import quart

from ..core.source import FrameKind, Framework, know_framework
from ..flask import frames  # noqa: F401  the classes of its sessions are Flask's
from ..observe import jinja

_QUART = str(Path(quart.__file__).resolve().parent) + os.sep

#: Above it is only the server.
_END = f"{_QUART}app.py"
#: A template is rendered on behalf of its view, and a view that is not asynchronous is called through this.
_PROXIES = (f"{_QUART}templating.py", f"{_QUART}utils.py")


def _kind_of(file: str, function: str) -> FrameKind | None:
    if file == _END:
        return "end"
    if file.startswith(_PROXIES):
        return "proxy"
    return "framework" if file.startswith(_QUART) else jinja.kind_of(file, function)


know_framework(Framework(_kind_of, _QUART, "quart.sessions", template_position=jinja.template_position))
