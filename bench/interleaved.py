"""Variants of one app, each in a process of its own, asked in turn: what each adds to the CPU of a request."""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

#: Requests before the first that counts: the companion's log is full by then, as it is after a minute's use.
WARM_UP = 700


class Worker:
    """A `worker.py` with its `words`: it answers a number of requests with its figure."""

    def __init__(self, script: Path, words: Sequence[str]) -> None:
        self.process = subprocess.Popen(
            [sys.executable, str(script), *words],
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


def measure(script: Path, what: str, variants: Sequence[str], rounds: int, requests: int) -> dict[str, list[float]]:
    """Prints what each variant adds to a bare one, and gives it, round by round, in ms.

    `variants`: the first and the last are bare. `what`: an argument of the worker, besides the variant and its folder.
    """
    with tempfile.TemporaryDirectory() as folder:
        workers = []
        for index, name in enumerate(variants):
            place = Path(folder) / str(index)
            place.mkdir()
            workers.append(Worker(script, [name, what, str(place)]))
        for worker in workers:
            worker.run(WARM_UP)
        table: list[list[float]] = []
        for number in range(rounds):
            print(f"\r{what}: round {number + 1} of {rounds}", end="", file=sys.stderr, flush=True)
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
    print(f"\n{what}: bare {cost:.3f} ms of CPU a request; two bare ones differ by {noise:.3f}")
    added = {
        name: [row[index] - base for row, base in zip(table, bare, strict=True)]
        for index, name in enumerate(variants)
        if not name.startswith("bare")
    }
    for name, values in added.items():
        low, high = min(values), max(values)
        print(f"  {name:<26} +{statistics.median(values):.3f} ms   ({low:.3f} to {high:.3f})")
    return added


def compare(added: dict[str, list[float]], there: str, ours: str = "ours") -> float:
    """Prints how many times as much one adds as another, pair by pair, and gives the median."""
    pairs = [other / own for other, own in zip(added[there], added[ours], strict=True) if own > 0]
    print(
        f"  {there} / {ours}, pair by pair: median {statistics.median(pairs):.1f}"
        f"   ({min(pairs):.1f} to {max(pairs):.1f})"
    )
    return statistics.median(pairs)


def hand_on(
    what: str,
    of: str,
    measured: float,
    *,
    at_least: float | None = None,
    at_most: float | None = None,
    figures: dict[str, list[float]] | None = None,
) -> None:
    """Hands a row on to `bench/all.ts`, as `bench/rows.ts` does; `figures`: ms of each round."""
    file = os.environ.get("SESSIONSCOPE_BENCH_ROWS")
    if file is None:
        return
    row = {
        "what": what,
        "of": of,
        "measured": measured,
        **({} if at_least is None else {"atLeast": at_least}),
        **({} if at_most is None else {"atMost": at_most}),
        "figures": {name: f"+{statistics.median(rounds):.3f} ms" for name, rounds in (figures or {}).items()},
    }
    with Path(file).open("a", encoding="utf-8") as rows:
        rows.write(json.dumps(row) + "\n")
