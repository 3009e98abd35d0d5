"""Jinja's frames: a template reads a session through Jinja, and its own file and line are what is of interest."""

from __future__ import annotations

import os
from types import FrameType

from ..core.source import FrameKind

_ENGINE = f"{os.sep}jinja2{os.sep}"


def kind_of(file: str, function: str) -> FrameKind | None:
    """Of a frame of Jinja's, or of code that it made of a template's file; None: neither.

    Jinja passes a template's reads on. Those of a template without a file are those of the view that renders it.
    """
    if _ENGINE in file:
        return "proxy"
    is_made = function == "root" or function.startswith(("block_", "macro"))
    return "template" if is_made and not file.endswith(".py") else None


def template_position(frame: FrameType) -> tuple[str, int] | None:
    """File and line in the template that a frame stands for."""
    template = frame.f_globals.get("__jinja_template__")
    name = getattr(template, "filename", None)
    if not isinstance(name, str) or template is None:
        return None
    line = template.get_corresponding_lineno(frame.f_lineno)
    return (name, line) if isinstance(line, int) else None
