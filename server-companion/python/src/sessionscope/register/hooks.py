"""Puts the observer into libraries as they are loaded, with nothing of the app changed.

Runs in every Python process of the app's: imports little, and nothing of a library or of the companion until the app
loads that library.
"""

from __future__ import annotations

import sys
from contextlib import suppress
from importlib import import_module
from typing import Any

from ..observe.activation import decided

#: What to write where a library can't be hooked.
LINE_OF = {
    "django": "'sessionscope.django' into INSTALLED_APPS and "
    "'sessionscope.django.middleware.SessionscopeMiddleware' into MIDDLEWARE, directly before SessionMiddleware",
    "starlette": "app.add_middleware(observe(SessionMiddleware), …), with: from sessionscope.starlette import observe",
    "flask": "app.session_interface = observe(app.session_interface), with: from sessionscope.flask import observe",
    "quart": "app.session_interface = observe(app.session_interface), with: from sessionscope.quart import observe",
}
LINES = "; ".join(f"{name.capitalize()}: {line}" for name, line in LINE_OF.items())

#: By the module that is waited for, which file beside this one hooks it.
HOOKED = {
    "django.core.handlers.base": "django",
    "starlette.middleware.sessions": "starlette",
    "flask.app": "flask",
    "quart.app": "quart",
}

#: Session libraries that no companion observes: said, so that nobody looks for the reason.
NOT_OBSERVED = ("starsessions", "aiohttp_session", "beaker.session", "tornado.web", "pyramid.session")

_said: set[str] = set()


def say(text: str) -> None:
    """One line on standard error; the same one once in a process."""
    if text in _said:
        return
    _said.add(text)
    with suppress(OSError, ValueError):
        # Where it is closed or full, nobody reads it.
        sys.stderr.write(f"Sessionscope: {text}\n")


def install() -> None:
    """Hooks what is loaded from now on, and what is loaded already. Where the environment says off, nothing."""
    if decided(None) is False or any(isinstance(finder, Finder) for finder in sys.meta_path):
        return
    sys.meta_path.insert(0, Finder())
    for name in HOOKED:
        if name in sys.modules:
            _loaded(name, sys.modules[name])


def _loaded(name: str, module: Any) -> None:
    if name in NOT_OBSERVED:
        say(f"{name.partition('.')[0]} is loaded; no companion observes its sessions yet.")
        return
    library = HOOKED[name]
    try:
        import_module(f".{library}", __package__).hook(module)
    except Exception as error:
        say(f"{library} could not be observed ({type(error).__name__}: {error}). Write {LINE_OF[library]}")


class Finder:
    """Finds what the finders behind it find, and looks at the module once it is loaded."""

    def find_spec(self, name: str, path: Any, target: Any = None) -> Any:
        """As the import system asks; None for what is not waited for."""
        if name not in HOOKED and name not in NOT_OBSERVED:
            return None
        for finder in list(sys.meta_path):
            find = None if finder is self else getattr(finder, "find_spec", None)
            spec = None if find is None else find(name, path, target)
            if spec is not None:
                if hasattr(spec.loader, "exec_module"):
                    spec.loader = _Loader(spec.loader)
                return spec
        return None


class _Loader:
    """A module's own loader, until the module is loaded."""

    def __init__(self, loader: Any) -> None:
        self._loader = loader

    def __getattr__(self, name: str) -> Any:
        return getattr(self.__dict__["_loader"], name)

    def create_module(self, spec: Any) -> Any:
        """As the import system asks."""
        return self._loader.create_module(spec)

    def exec_module(self, module: Any) -> None:
        """As the import system asks; then the module is hooked."""
        module.__spec__.loader = module.__loader__ = self._loader
        self._loader.exec_module(module)
        _loaded(module.__name__, module)
