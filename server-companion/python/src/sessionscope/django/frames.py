"""Which frames are Django's own, for whoever asks which line of the app did something."""

from __future__ import annotations

import os
from pathlib import Path
from types import FrameType

import django

from ..core.source import FrameKind, Framework, know_framework

SESSION_MIDDLEWARE = "django.contrib.sessions.middleware"

_FOLDER = str(Path(django.__file__).resolve().parent) + os.sep
_ENGINES = os.path.join(_FOLDER, "contrib", "sessions", "backends") + os.sep
_HANDLERS = os.path.join(_FOLDER, "core", "handlers") + os.sep


def _kind_of(file: str, function: str) -> FrameKind | None:
    if not file.startswith(_FOLDER):
        return "end" if f"{os.sep}asgiref{os.sep}" in file and function == "thread_handler" else None
    if file.startswith(_ENGINES):
        return "engine"
    if file.startswith(_HANDLERS):
        return "end"
    return "template" if function == "render_annotated" else "framework"


def _is_template_engine(module: str) -> bool:
    return module.startswith("django.template")


def _template_position(frame: FrameType) -> tuple[str, int] | None:
    node = frame.f_locals.get("self")
    line = getattr(getattr(node, "token", None), "lineno", None)
    name = getattr(getattr(node, "origin", None), "name", None)
    return (name, line) if isinstance(line, int) and isinstance(name, str) else None


know_framework(Framework(_kind_of, _FOLDER, SESSION_MIDDLEWARE, _is_template_engine, _template_position))
