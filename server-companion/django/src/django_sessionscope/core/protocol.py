"""The contract with the panel as data: limits, names, what is held back. `docs/protocol.md` is its reference.

`protocol/fixtures/` holds the cases that this side and the TypeScript side must both pass.
"""

from __future__ import annotations

import re
from typing import Any

PROTOCOL_VERSION = 1
#: Bears the token of a paired panel.
TOKEN_HEADER = "sessionscope-token"
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
FETCHED_TEXT_LENGTH = 16_384
FETCHED_ENTRIES = 1_000
FETCHED_NODES = 5_000
FETCHED_DEPTH = 32
BINARY_HEAD = 48
NAME_LENGTH = 256
SENTENCE_LENGTH = 1_024
FRAMES = 5
KEY_PATH_STEPS = 32
#: Approximate bytes of one encoded value in the log.
VALUE_BYTES = 65_536
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

SECRET_NAME_PARTS = (
    "password",
    "passwd",
    "passphrase",
    "secret",
    "token",
    "apikey",
    "accesskey",
    "privatekey",
    "authorization",
    "credential",
    "sessionkey",
    "sessionid",
    "creditcard",
    "cardnumber",
    "csrf",
    "xsrf",
    "authuserhash",
    "jwt",
    "bearer",
)
SECRET_NAMES = frozenset(
    [
        "pwd",
        "pass",
        "pin",
        "otp",
        "totp",
        "mfa",
        "ssn",
        "cvv",
        "cvc",
        "iban",
        "auth",
        "sid",
        "cookie",
        "cookies",
        "salt",
        "signature",
        "pan",
    ]
)
SECRET_SHAPES = tuple(
    re.compile(pattern, re.ASCII)
    for pattern in (
        r"\beyJ[A-Za-z0-9_-]{8,2048}\.[A-Za-z0-9_-]{4,}\.[A-Za-z0-9_-]*",
        r"^(?:Bearer|Basic|Token) +[A-Za-z0-9+/=._~-]{8,}\Z",
        r"-----(?:BEGIN|END) [A-Z ]*PRIVATE KEY-----",
        r"^(?:\$2[abxy]?\$|\$argon2|\$scrypt\$|pbkdf2_sha(?:1|256)\$|bcrypt(?:_sha256)?\$|argon2\$|scrypt\$)",
        r"\b(?:AKIA|ASIA)[A-Z0-9]{16}\b",
        r"\b(?:gh[pousr]_[A-Za-z0-9]{20,}|github_pat_[A-Za-z0-9_]{20,})",
        r"\bxox[abeoprs]-[A-Za-z0-9-]{10,}",
        r"\b(?:sk|rk|pk|whsec)_(?:live|test)?_?[A-Za-z0-9]{16,}",
        r"\bAIza[A-Za-z0-9_-]{30,}",
        r"^s:[A-Za-z0-9_-]{16,}\.[A-Za-z0-9+/=]{20,}\Z",
        r"\b[a-z][a-z0-9+.-]{0,30}://[^\s/:@]*:[^\s/@]+@",
    )
)
CARD_NUMBER = re.compile(r"^\d(?:[ -]?\d){12,18}\Z", re.ASCII)
_NOT_IN_NAMES = re.compile(r"[^a-z0-9]")


def normalize_key_name(name: str) -> str:
    """A key as names are compared: lower case, letters and digits only (`API-Key` → `apikey`)."""
    return _NOT_IN_NAMES.sub("", name.lower())


def is_secret_name(name: str) -> bool:
    """Whether a key's name says that its value is a secret."""
    normalized = normalize_key_name(name)
    return normalized in SECRET_NAMES or any(part in normalized for part in SECRET_NAME_PARTS)


def is_secret_text(text: str) -> bool:
    """Whether a text looks like a secret, whatever its key."""
    return any(shape.search(text) for shape in SECRET_SHAPES) or (
        CARD_NUMBER.match(text) is not None and _passes_luhn(text)
    )


def _passes_luhn(text: str) -> bool:
    total = 0
    for index, digit in enumerate(reversed([int(char) for char in text if char.isdigit()])):
        doubled = digit * 2 if index % 2 else digit
        total += doubled - 9 if doubled > 9 else doubled
    return total % 10 == 0


def is_tagged(value: EncodedValue) -> bool:
    """True for what stands for something JSON cannot say."""
    return type(value) is dict and "$" in value


def format_discovery(path: str, app: str, at: str, epoch: str) -> str:
    """The `Sessionscope` header up to the exchange's id, which the caller appends with a closing quote.

    Raises ValueError where a panel would refuse it.
    """
    if len(path) > PATH_LENGTH or not PATH.fullmatch(path):
        raise ValueError(f"the endpoint's path {path!r} is not a plain absolute path")
    if not (APP.fullmatch(app) and AT.fullmatch(at) and EPOCH.fullmatch(epoch)):
        raise ValueError(f"not a discovery header: app {app!r}, at {at!r}, epoch {epoch!r}")
    return f'"{path}";v={PROTOCOL_VERSION};app="{app}";at="{at}";epoch="{epoch}";exchange="'
