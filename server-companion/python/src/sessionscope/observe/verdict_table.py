"""Verdict rules as tables: the first row that holds decides, and the last one always holds.

A table is not shorter than `if`s. It can be listed: a test asserts that every row decides in some case.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from ..core import protocol
from ..core.encode import shorten

#: A sentence, or what makes it of the facts.
Say = str | Callable[[Any], str]


class VerdictRow(NamedTuple):
    """One rule of a library: when it holds, what became of the record or the cookie, and why."""

    #: Kebab case, stable for one library.
    reason: str
    outcome: str | Callable[[Any], str]
    when: Callable[[Any], bool]
    text: Say
    #: The setting that decided, as written in code.
    setting: Say | None = None
    #: What to do, where there is something to do.
    fix: Say | None = None
    #: Of a cookie: without it the next request can't carry this session.
    due: bool = False


def always(_facts: Any) -> bool:
    """The condition of a table's last row."""
    return True


def deciding_row(rows: Sequence[VerdictRow], facts: Any) -> VerdictRow:
    """The row that decides."""
    return next(row for row in rows if row.when(facts))


def decide(rows: Sequence[VerdictRow], facts: Any) -> dict[str, Any]:
    """The decision as the wire has it."""
    row = deciding_row(rows, facts)

    def said(say: Say) -> str:
        return shorten(say if isinstance(say, str) else say(facts), protocol.SENTENCE_LENGTH)

    decision: dict[str, Any] = {
        "outcome": row.outcome if isinstance(row.outcome, str) else row.outcome(facts),
        "reason": row.reason,
        "text": said(row.text),
    }
    if row.setting is not None:
        decision["setting"] = said(row.setting)
    if row.fix is not None:
        decision["fix"] = said(row.fix)
    if row.due:
        decision["due"] = True
    return decision
