"""Whether a companion is on, where no setting of a framework says so by itself."""

from __future__ import annotations

import os
import sys
from contextlib import suppress

#: `1` or `true`, `0` or `false`.
VARIABLE = "SESSIONSCOPE_ENABLED"

_ON = ("1", "true", "yes", "on")


def decided(enabled: bool | None) -> bool | None:
    """What the option and the environment decide: True, False, or None: the app's own debug flag does.

    The option wins over the environment.
    """
    if enabled is not None:
        return enabled
    given = os.environ.get(VARIABLE)
    if given is None or not given.strip():
        return None
    return given.strip().lower() in _ON


#: `1`: no line at start.
QUIET = "SESSIONSCOPE_QUIET"


def is_quiet(quiet: bool | None = None) -> bool:
    """Whether no line is wanted on standard error. The option wins over the environment."""
    return os.environ.get(QUIET, "").strip().lower() in _ON if quiet is None else quiet


def why_on(is_on: bool | None) -> str:
    """Why an app is observed, for people. `is_on` None: its own debug flag decided."""
    if is_on is None:
        return "the app's debug is true"
    return f"{VARIABLE} is set" if decided(None) else "enabled=True is set"


_said = False


def say_that_it_is_on(what: str, why: str, quiet: bool | None = None) -> None:
    """One line on standard error, once in a process: that it is on, and why; in a terminal also how to continue."""
    global _said
    if _said or is_quiet(quiet):
        return
    _said = True
    with suppress(OSError, ValueError, AttributeError):
        # Where it is closed or full, nobody reads it.
        how = " Open DevTools on your page and choose Sessions, or run: npx sessionscope open <url>"
        sys.stderr.write(f"Sessionscope observes {what}, because {why}.{how if sys.stderr.isatty() else ''}\n")
