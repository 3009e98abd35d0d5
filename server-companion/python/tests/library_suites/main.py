"""The whole of the libraries' own suites: bare, with us in between, and with a planted fault.

python library_suites/main.py [flask] [starlette] [flask-login] [flask-session=<checkout>] [quart=<checkout>]

Ends with 1 where one differs with us in between, or where the planted fault changes nothing.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from library_suites.suites import SUITES, fetch, install, run, summary


def check(package: str, checkout: str, state: Path) -> bool:
    """Whether the suite is the same with us in between, and not with a planted fault; prints what it found."""
    source = Path(checkout).resolve() if checkout else fetch(package, state)
    if source is None or not (source / "tests").is_dir():
        print(f"{package}: no tests. Name a checkout of its repository: {package}=<folder>")
        return False
    needs = state / "needs"
    install(package, needs)
    bare, observed, broken = (run(package, source, observe, state, needs) for observe in ("", "1", "broken"))
    other = sorted(name for name in {*bare, *observed} if bare.get(name) != observed.get(name))
    failing = sum(bare.get(name) != broken.get(name) for name in {*bare, *broken})
    print(f"{package}, {source.name}: bare {summary(bare)}; observed {'the same' if not other else summary(observed)}")
    for path, reason in SUITES[package].without.items():
        print(f"  without {path}: {reason}")
    for name in other:
        print(f"  {name}: {bare.get(name)} bare, {observed.get(name)} observed")
    print(f"  the planted fault changes {failing} of them")
    return not other and failing > 0


def main(words: list[str]) -> int:
    chosen = [word.partition("=")[::2] for word in words] or [
        (name, "") for name, suite in SUITES.items() if suite.short
    ]
    unknown = [name for name, _ in chosen if name not in SUITES]
    if unknown:
        print(f"There is no suite {', '.join(unknown)}. There are: {', '.join(SUITES)}.", file=sys.stderr)
        return 2
    results = []
    for name, checkout in chosen:
        with tempfile.TemporaryDirectory(prefix="sessionscope-suite-") as folder:
            results.append(check(name, checkout, Path(folder)))
    return 0 if all(results) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
