"""Whether a key's name or a text is a secret, and sentences without the secrets in them.

`redaction_table.json` has the names and forms: the table that every language shares, as `protocol/fixtures` repeats it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path
from typing import Any, NamedTuple

_TABLE: dict[str, Any] = json.loads(Path(__file__).with_name("redaction_table.json").read_text("utf-8"))

#: Shorter than any text that has a secret we know in it: `pin=1`.
SHORTEST_SECRET = 5

#: Stands in a sentence for what was taken out.
REDACTED = "(redacted)"

#: Tells whether a key's name is secret: the protocol's names, and an app's own beside them.
NameRule = Callable[[str], bool]

_PARTS = tuple(_TABLE["nameParts"])
_NAMES = frozenset(_TABLE["names"])
RANDOM_VALUE_NAMES = frozenset(_TABLE["randomValueNames"])
PAIR_NAMES = frozenset(_TABLE["pairNames"])
PAIR_VALUES = frozenset(_TABLE["pairValues"])
_RANDOM_TEXT = re.compile(_TABLE["randomText"])
_CARD_NUMBER = re.compile(_TABLE["cardNumber"])
#: Visa, Mastercard, American Express, Diners, Discover, JCB, UnionPay, Maestro: how they begin.
_CARD_START = re.compile(r"4|5[0-8]|2[2-7]|3[045678]|6")
_NOT_IN_NAMES = re.compile(r"[^a-z0-9]")
#: No form is as short without a character of another kind: most values of a session end here.
_PLAIN = re.compile(r"[A-Za-z0-9 ]{0,12}")


class _Form(NamedTuple):
    pattern: re.Pattern[str]
    #: One of these is in whatever matches: cheaper by far than a search by pattern, and what ends most of them.
    has: tuple[str, ...]
    #: In a sentence, all from the match on is redacted: the secret goes on, nobody knows how far.
    rest: bool
    #: The value must have a digit and six characters, or look random: without quotes, prose reads the same.
    strict: bool


def _forms(name: str) -> tuple[_Form, ...]:
    return tuple(
        _Form(re.compile(form["pattern"]), tuple(form["has"]), form.get("rest", False), form.get("strict", False))
        for form in _TABLE[name]
    )


_SECRET_FORMS = _forms("forms")
#: Group 1 is a key's name. Group 2, where there is one, is its value; else the value is what follows.
_NAMED_FORMS = _forms("namedForms")


def normalize_key_name(name: str) -> str:
    """A key as names are compared: lower case, letters and digits only (`API-Key` → `apikey`)."""
    return _NOT_IN_NAMES.sub("", name.lower())


@lru_cache(maxsize=5_000)
def is_secret_name(name: str) -> bool:
    """Whether a key's name says that its value is a secret."""
    normalized = normalize_key_name(name)
    return normalized in _NAMES or any(part in normalized for part in _PARTS)


def is_secret_under(name: str, value: str) -> bool:
    """Whether `value`, under a key of this name that is no secret by itself, is one: OAuth's `state`."""
    return (
        len(value) >= 16 and normalize_key_name(name) in RANDOM_VALUE_NAMES and _RANDOM_TEXT.search(value) is not None
    )


def is_secret_text(text: str, is_name: NameRule = is_secret_name) -> bool:
    """Whether a text is or has a secret in it, whatever its key. Work linear in its length."""
    if len(text) < SHORTEST_SECRET or _PLAIN.fullmatch(text) is not None:
        return False
    for form in _SECRET_FORMS:
        if _may_match(text, form) and form.pattern.search(text) is not None:
            return True
    if any(map(_is_card_number, _CARD_NUMBER.findall(text))):
        return True
    for form in _NAMED_FORMS:
        if _may_match(text, form) and any(
            _is_secret_match(form, each, is_name) for each in form.pattern.finditer(text)
        ):
            return True
    return False


def _may_match(text: str, form: _Form) -> bool:
    # Written out: this runs for every form and every text.
    for part in form.has:  # noqa: SIM110
        if part in text:
            return True
    return False


def clean_sentence(text: str, is_name: NameRule = is_secret_name) -> str:
    """A sentence (an error's message, a verdict's text, a path) with `(redacted)` in place of each secret in it.

    Of a form whose end nobody knows, in place of all that follows. The same text where it has none.
    """
    if len(text) < SHORTEST_SECRET:
        return text
    cleaned = text
    for form in _NAMED_FORMS:
        if _may_match(cleaned, form):
            cleaned = _clean_named(cleaned, form, is_name)
    for form in _SECRET_FORMS:
        if not _may_match(cleaned, form):
            continue
        if form.rest:
            found = form.pattern.search(cleaned)
            if found is not None:
                cleaned = cleaned[: found.start()] + REDACTED
        else:
            cleaned = form.pattern.sub(REDACTED, cleaned)
    return _CARD_NUMBER.sub(_without_card_number, cleaned)


def _without_card_number(found: re.Match[str]) -> str:
    return REDACTED if _is_card_number(found[0]) else str(found[0])


def _clean_named(text: str, form: _Form, is_name: NameRule) -> str:
    cleaned = ""
    copied = 0
    for match in form.pattern.finditer(text):
        if not _is_secret_match(form, match, is_name):
            continue
        end = match.end()
        if form.rest:
            return cleaned + text[copied:end] + REDACTED
        if end < copied:
            continue
        cleaned += text[copied:end] + REDACTED
        copied = end + len(match[2])
    return text if copied == 0 else cleaned + text[copied:]


def _is_secret_match(form: _Form, match: re.Match[str], is_name: NameRule) -> bool:
    # A sentence that was cleaned may be cleaned again.
    if match.string.startswith(REDACTED, match.end()):
        return False
    name = match[1]
    value = match[2] if form.pattern.groups > 1 else None
    if value is not None and is_secret_under(name, value):
        return True
    if not is_name(name):
        return False
    if not form.strict:
        return True
    text = value or ""
    return (len(text) >= 6 and re.search("[0-9]", text) is not None) or _RANDOM_TEXT.search(text) is not None


def _is_card_number(text: str) -> bool:
    digits = text.replace(" ", "").replace("-", "")
    if _CARD_START.match(digits) is None:
        return False
    total = 0
    for index, digit in enumerate(reversed(digits)):
        doubled = int(digit) * 2 if index % 2 else int(digit)
        total += doubled - 9 if doubled > 9 else doubled
    return total % 10 == 0
