from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.conf import settings
from hypothesis import settings as hypothesis_settings

sys.path.insert(0, str(Path(__file__).parent))

# The same draws each time, unless others are asked for (docs/decisions/0170).
hypothesis_settings.register_profile("npm test", derandomize="SESSIONSCOPE_SEED" not in os.environ)
hypothesis_settings.load_profile("npm test")


@pytest.fixture(autouse=True)
def _companion(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A companion of its own for each test, its state in a folder that goes with it."""
    from sessionscope.django import companion

    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    # pytest-django switches DEBUG off, as Django's own test runner does.
    monkeypatch.setattr(settings, "DEBUG", True)
    companion.forget_companion()
    yield
    for module in ("django", "starlette", "flask", "quart"):
        holder = sys.modules.get(f"sessionscope.{module}.companion")
        made = None if holder is None else holder.current_companion()
        if made is not None:
            made.close()
        if holder is not None:
            holder.forget_companion()


def needed(name: str, reason: str) -> None:
    """Skips aloud, or fails where CI demands what is missing."""
    if os.environ.get(f"SESSIONSCOPE_REQUIRE_{name}") == "1":
        pytest.fail(f"{reason} A skip is a failure here (SESSIONSCOPE_REQUIRE_{name}=1).")
    pytest.skip(reason)


def does_not_apply(reason: str) -> None:
    """Leaves a test out because what it tests is made otherwise there: no skip for want of anything."""
    pytest.skip(f"does not apply: {reason}")
