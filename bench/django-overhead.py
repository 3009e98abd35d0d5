#!/usr/bin/env python
"""What the Django companion costs a request, beside django-debug-toolbar.

Run it as `.venv/django52/bin/python bench/django-overhead.py`.

The same view (12 operations on the session) runs in a process for each variant, called as a WSGI server calls it:
bare, with our companion, with our companion and a panel that reads along, with the toolbar's request and history
panels only, and with the toolbar's defaults. Each round asks all of them in turn, bare first and last, so that every
figure is a difference within one round; medians over the rounds are printed, and what the two bare ones differ by.

Wanted: ours at most 0.10 ms with the file engine and 0.15 ms with the database, and at most a twelfth of the toolbar
with two panels, pair by pair.
"""

from __future__ import annotations

import argparse
import json
import platform
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

#: Requests before the first that counts: the companion's log is full by then, as it is after a minute's use.
WARM_UP = 700

HERE = Path(__file__).resolve().parent
VARIANTS = ["bare", "ours", "ours, a panel attached", "toolbar, 2 panels", "toolbar, defaults", "bare again"]


class Worker:
    def __init__(self, variant: str, engine: str, folder: str) -> None:
        self.process = subprocess.Popen(
            [sys.executable, str(HERE / "django-overhead" / "worker.py"), variant, engine, folder],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def run(self, requests: int) -> float:
        """CPU milliseconds of one request, as a mean over `requests`."""
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write(f"{requests}\n")
        self.process.stdin.flush()
        line = self.process.stdout.readline()
        if not line:
            raise SystemExit("a process of the benchmark ended")
        return float(json.loads(line))

    def stop(self) -> None:
        if self.process.stdin is not None:
            self.process.stdin.close()
        self.process.wait(10)


def measure(engine: str, rounds: int, requests: int) -> None:
    with tempfile.TemporaryDirectory() as folder:
        workers = []
        for index, name in enumerate(VARIANTS):
            place = Path(folder) / str(index)
            place.mkdir()
            workers.append(Worker(name, engine, str(place)))
        for worker in workers:
            worker.run(WARM_UP)
        table: list[list[float]] = []
        for number in range(rounds):
            print(f"\r{engine}: round {number + 1} of {rounds}", end="", file=sys.stderr, flush=True)
            # Another order each time: no variant is always measured on a cool or a busy machine.
            order = list(range(len(workers)))
            order = order[number % len(order) :] + order[: number % len(order)]
            found = {index: workers[index].run(requests) for index in order}
            table.append([found[index] for index in range(len(workers))])
        print("\r", end="", file=sys.stderr)
        for worker in workers:
            worker.stop()
    bare = [(row[0] + row[-1]) / 2 for row in table]
    noise = statistics.median(abs(row[0] - row[-1]) for row in table)
    cost = statistics.median(bare)
    print(f"\n{engine} engine: bare {cost:.3f} ms of CPU a request; two bare ones differ by {noise:.3f}")
    added = {
        name: [row[index] - base for row, base in zip(table, bare, strict=True)]
        for index, name in enumerate(VARIANTS)
        if not name.startswith("bare")
    }
    for name, values in added.items():
        low, high = min(values), max(values)
        print(f"  {name:<24} +{statistics.median(values):.3f} ms   ({low:.3f} to {high:.3f})")
    pairs = [there / ours for there, ours in zip(added["toolbar, 2 panels"], added["ours"], strict=True) if ours > 0]
    print(
        f"  toolbar with two panels / ours, pair by pair: median {statistics.median(pairs):.1f}"
        f"   ({min(pairs):.1f} to {max(pairs):.1f})"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("engines", nargs="*", default=["file", "db"], help="file, db, cache, cached_db, signed_cookies")
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--requests", type=int, default=200)
    options = parser.parse_args()
    import django

    print(f"Python {platform.python_version()}, Django {django.get_version()}: 12 operations a request")
    for engine in options.engines:
        measure(engine, options.rounds, options.requests)


main()
