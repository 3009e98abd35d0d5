"""The companion of the Quart apps of a process: made with the options of the first that is observed."""

from __future__ import annotations

from ..observe.companion import OfFirstApp
from . import frames  # noqa: F401  which frames are the framework's

_apps = OfFirstApp("quart")
companion_of = _apps.companion_of
current_companion = _apps.current
forget_companion = _apps.forget
