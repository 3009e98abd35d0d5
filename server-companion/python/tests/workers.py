"""Servers of several processes that share one log."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

from services import REDIS

if TYPE_CHECKING:
    from test_servers import Server

#: So few that one look can meet each of them.
SHARING = 2


def hellos_of_one_log(server: Server) -> list[dict[str, Any]]:
    """What each worker says of itself, once all of them write to one log.

    A worker whose Redis answers late keeps a log of its own until then, so no test may begin before. Several ask at
    once: an idle machine gives one worker all that comes one by one.
    """
    found: dict[str, dict[str, Any]] = {}
    with ThreadPoolExecutor(8) as callers:
        for _ in range(200):
            list(callers.map(lambda _: server.get("/"), range(16)))
            answers = callers.map(lambda _: server.hello(), range(16))
            found = {hello["directListener"]["origin"]: hello for hello in answers}
            if len(found) == SHARING and len({hello["epoch"] for hello in found.values()}) == 1:
                return list(found.values())
            time.sleep(0.05)
    raise AssertionError(f"{SHARING} workers with one log never came: {found}")


def forget_log(app: str) -> None:
    """Takes an app's shared log out of Redis."""
    import redis

    client = redis.Redis.from_url(REDIS)
    for key in client.scan_iter(f"sessionscope:{app}:*"):
        client.delete(key)
    client.close()
