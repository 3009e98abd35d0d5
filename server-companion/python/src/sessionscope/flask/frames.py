"""Which frames are Flask's own, for whoever asks which line of the app did something."""

from __future__ import annotations

import os
from pathlib import Path

import flask
import werkzeug

from ..core.source import FrameKind, Framework, know_framework
from ..observe import jinja

_FLASK = str(Path(flask.__file__).resolve().parent) + os.sep
_WERKZEUG = str(Path(werkzeug.__file__).resolve().parent) + os.sep

#: Above it is only the server.
_END = f"{_FLASK}app.py"
#: `flask.session` is a proxy for the session of the request, the session a mapping of Werkzeug's, and a template is
#: rendered on behalf of its view.
_PROXIES = (f"{_WERKZEUG}local.py", f"{_WERKZEUG}datastructures", f"{_FLASK}templating.py")


def _kind_of(file: str, function: str) -> FrameKind | None:
    if file == _END:
        return "end"
    if file.startswith(_PROXIES):
        return "proxy"
    return "framework" if file.startswith(_FLASK) else jinja.kind_of(file, function)


know_framework(Framework(_kind_of, _FLASK, "flask.sessions", template_position=jinja.template_position))
