"""The five engines, each with a place of its own to keep sessions in."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path

from django.contrib.sessions.models import Session
from django.core.cache import cache
from django.test import override_settings

ENGINES = ["db", "cache", "cached_db", "file", "signed_cookies"]


@contextmanager
def use_engine(engine: str, folder: Path) -> Iterator[type]:
    """Sets `SESSION_ENGINE`, on empty stores; gives the engine's own class."""
    folder.mkdir(parents=True, exist_ok=True)
    name = f"django.contrib.sessions.backends.{engine}"
    store: type = import_module(name).SessionStore
    _forget_folder(store)
    with override_settings(SESSION_ENGINE=name, SESSION_FILE_PATH=str(folder), DEBUG=True):
        empty(folder)
        try:
            yield store
        finally:
            _forget_folder(store)


def empty(folder: Path) -> None:
    cache.clear()
    Session.objects.all().delete()
    for file in folder.glob("sessionid*"):
        file.unlink()


def _forget_folder(store: type) -> None:
    """The file engine keeps its folder on the class: on its own, and on the recording one."""
    for kind in (store, *store.__subclasses__()):
        if "_storage_path" in vars(kind):
            del kind._storage_path  # type: ignore[attr-defined]
