"""Whose a frame is: determined by real paths, whatever way the code was found by."""

from __future__ import annotations

from pathlib import Path
from types import CodeType

import django

from sessionscope.core import source
from sessionscope.django import frames  # noqa: F401  says what is Django's


def _code_in(file: Path) -> CodeType:
    return compile("pass", str(file), "exec")


def test_an_environment_behind_a_link_is_still_the_framework(tmp_path: Path) -> None:
    link = tmp_path / "environment"
    link.symlink_to(Path(django.__file__).resolve().parent.parent)
    assert source._classify(_code_in(link / "django" / "core" / "handlers" / "base.py")) == source._END
    assert source._classify(_code_in(link / "django" / "contrib" / "auth" / "__init__.py")) == source._FRAMEWORK


def test_a_project_behind_a_link_is_reported_relative_to_its_root(tmp_path: Path) -> None:
    root = tmp_path / "real"
    (root / "shop").mkdir(parents=True)
    (tmp_path / "link").symlink_to(root)
    assert source.shown_path(str(tmp_path / "link" / "shop" / "views.py"), str(root)) == "shop/views.py"
