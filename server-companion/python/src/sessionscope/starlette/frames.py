"""Which frames are Starlette's and FastAPI's own, for whoever asks which line of the app did something."""

from __future__ import annotations

import os
from pathlib import Path

import starlette

from ..core.source import FrameKind, Framework, know_framework
from ..observe import jinja

_PACKAGES = str(Path(starlette.__file__).resolve().parent.parent) + os.sep
_STARLETTE = f"{_PACKAGES}starlette{os.sep}"
_FASTAPI = f"{_PACKAGES}fastapi{os.sep}"

#: A template is rendered on behalf of its view.
_TEMPLATING = f"{_STARLETTE}templating.py"

#: Above these are only middlewares that wait for their turn, and the server.
_ENDS = (
    f"{_STARLETTE}middleware{os.sep}",
    f"{_STARLETTE}routing.py",
    f"{_STARLETTE}applications.py",
    f"{_FASTAPI}routing.py",
)


def _kind_of(file: str, function: str) -> FrameKind | None:
    if file.startswith(_ENDS):
        return "end"
    if file == _TEMPLATING:
        return "proxy"
    return "framework" if file.startswith((_STARLETTE, _FASTAPI)) else jinja.kind_of(file, function)


know_framework(
    Framework(_kind_of, _STARLETTE, "starlette.middleware.sessions", template_position=jinja.template_position)
)
