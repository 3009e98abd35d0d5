"""The contract with the panel as data: limits and names. `docs/protocol.md` is its reference.

`protocol/fixtures/` holds the cases that this side and the TypeScript side must both pass.
"""

from __future__ import annotations

import re
from typing import Any

PROTOCOL_VERSION = 1
#: A paired panel's proof: `keyId nonce count mac`. The token itself is sent once, in the answer to `pair`.
PROOF_HEADER = "sessionscope-proof"
DISCOVERY_HEADER = "Sessionscope"
CALLS = ("hello", "pair", "session", "events", "value")

HEADER_BYTES = 4096
PATH_LENGTH = 256
REQUEST_BYTES = 65_536
PROOFS = 64
EVENTS_PER_ANSWER = 2_000
#: UTF-16 code units of one encoded text; the middle is cut out of a longer one.
TEXT_LENGTH = 2_048
TEXT_HEAD = 768
TEXT_TAIL = 256
ENTRIES = 100
NODES = 2_000
DEPTH = 16
#: As the four above, of a value that was asked for on demand: what the log holds beyond its events.
FETCHED_TEXT_LENGTH = 131_072
FETCHED_ENTRIES = 10_000
FETCHED_NODES = 50_000
FETCHED_DEPTH = 32
BINARY_HEAD = 48
NAME_LENGTH = 256
SENTENCE_LENGTH = 1_024
FRAMES = 5
MIDDLEWARES = 64
COOKIE_NAMES = 16
KEY_PATH_STEPS = 32
#: Approximate bytes of one encoded value in an event.
VALUE_BYTES = 65_536
#: Approximate bytes that the log keeps of one value: a list of 10,000 small items, and a sixteenth of the log.
LOG_VALUE_BYTES = 524_288
MAX_SAFE_INTEGER = 2**53 - 1

#: A value as it travels: JSON, with `{"$": …}` for what JSON cannot say.
EncodedValue = Any
#: One step from a container to a part of it.
KeyPath = list[Any]
#: An event as it travels.
Event = dict[str, Any]

APP = re.compile(r"[A-Za-z0-9_-]{8,64}")
AT = re.compile(r"https?://(?:[a-z0-9.-]+|\[[0-9a-f:]+\])(?::\d{1,5})?")
EXCHANGE = re.compile(r"[0-9a-f]{32}")
EPOCH = re.compile(r"[0-9a-z]{8,32}")
FINGERPRINT = re.compile(r"[0-9a-f]{12}")
#: One or more plain segments: `//host`, `/..`, `%` and queries are other places to a URL parser.
PATH = re.compile(r"(?:/(?!\.{1,2}(?:/|$))[A-Za-z0-9._~@-]+)+")


def is_tagged(value: EncodedValue) -> bool:
    """True for what stands for something JSON cannot say."""
    return type(value) is dict and "$" in value
