"""Flask: see `session_interface`."""

from __future__ import annotations

from typing import Any

from .session_interface import hook_contexts


def hook(module: Any) -> None:
    """`module`: flask.app."""
    hook_contexts(module.Flask, "flask", ("request_context",), _load)


def _load() -> Any:
    from ..flask import interface

    return interface
