"""The libraries' own tests, as they are published: the same with us in between, and a planted fault makes them fail.

Those in which there are sessions; `npm run library-suite -- python` runs the whole of them.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from conftest import needed

from .suites import SUITES, fetch, run


@pytest.mark.parametrize("package", [name for name, suite in SUITES.items() if suite.short])
def test_the_same_with_us_in_between(package: str, tmp_path: Path) -> None:
    pytest.importorskip(package.replace("-", "_"))
    source = fetch(package, tmp_path)
    if source is None:
        needed("PYTHON", f"pip could not get the source of {package}: no package index answers.")
    assert source is not None
    bare = run(package, source, "", tmp_path)
    assert sum(outcome == "PASSED" for outcome in bare.values()) > 30
    assert run(package, source, "1", tmp_path) == bare
    assert run(package, source, "broken", tmp_path) != bare
