"""The companion of a Django process: made with the settings of the first to ask."""

from __future__ import annotations

from pathlib import Path
from typing import cast

import django

from ..core.event_log import EventLog
from ..core.identity import Identity, load_identity
from ..observe.companion import Companion as AnyCompanion
from ..observe.companion import OnePerProcess
from ..observe.options import Options, root_of
from .conf import project_root, read_options
from .library import DjangoLibrary


class Companion(AnyCompanion):
    """With Django's sessions as its only library."""

    def __init__(self, options: Options, identity: Identity, log: EventLog | None = None) -> None:
        super().__init__(options, identity, f"django {django.get_version()}", log)
        self.sessions = DjangoLibrary(identity, self.redaction, self.open)
        self.add_library(self.sessions)


def _make() -> Companion:
    options, _ = read_options()
    root = root_of(options, project_root())
    return Companion(options, load_identity(root, options.project or Path(root).name or "app"))


_process = OnePerProcess(_make)
forget_companion = _process.forget


def companion_of() -> Companion:
    """The process's companion, made with the settings of the first to ask."""
    return cast(Companion, _process.get())


def current_companion() -> Companion | None:
    """The process's companion, if one was made."""
    return cast("Companion | None", _process.made)
