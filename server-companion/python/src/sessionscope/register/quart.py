"""Quart: see `session_interface`."""

from __future__ import annotations

from typing import Any

from .session_interface import hook_contexts


def hook(module: Any) -> None:
    """`module`: quart.app."""
    hook_contexts(module.Quart, "quart", ("request_context", "websocket_context"), _load)


def _load() -> Any:
    from ..quart import interface

    return interface
