"""`docs/django.md` names every option and every check, and none that is not there."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from sessionscope.django import checks
from sessionscope.django.conf import Options

DOCS = Path(__file__).resolve().parents[3] / "docs" / "django.md"

pytestmark = pytest.mark.skipif(not DOCS.exists(), reason="the docs are in the repository, not in the sdist")


def section(title: str) -> str:
    return DOCS.read_text("utf-8").split(f"\n## {title}\n")[1].split("\n## ")[0]


def test_options() -> None:
    recorded = re.findall(r"^\| `(\w+)` \|", section("Options"), re.MULTILINE)
    assert recorded == list(Options.__dataclass_fields__)


def test_system_checks() -> None:
    recorded = re.findall(r"^\| `(sessionscope\.[EW]\d{3})` \|", section("System checks"), re.MULTILINE)
    code = Path(checks.__file__).read_text("utf-8")
    assert recorded == sorted(set(re.findall(r'"(sessionscope\.[EW]\d{3})"', code)), key=lambda name: name[-3:])
