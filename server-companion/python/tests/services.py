"""What tests need beside Python: skipped aloud where it is missing, or failed where CI demands it."""

from __future__ import annotations

import os
import socket

import pytest

REDIS = "redis://127.0.0.1:6379/0"


def _answers(port: int) -> bool:
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=1):
            return True
    except OSError:
        return False


needs_redis = pytest.mark.skipif(
    not _answers(6379) and os.environ.get("SESSIONSCOPE_REQUIRE_SERVICES") != "1",
    reason="no Redis answers on 127.0.0.1:6379",
)
