"""Each case for each subject. One that a library can't do is skipped with its reason, which the table repeats."""

from __future__ import annotations

import json
import os
import random
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("fastapi")
pytest.importorskip("flask_session")
pytest.importorskip("quart")

from conftest import does_not_apply
from panel_calls import ask
from sessionscope.core.viewers import Viewer
from sessionscope.observe import mapping_calls

from . import django_subject, flask_subject, quart_subject, starlette_subject
from .subject import CAPABILITIES, Host, Subject

SUBJECTS = [
    *django_subject.SUBJECTS,
    *starlette_subject.SUBJECTS,
    *flask_subject.SUBJECTS,
    *quart_subject.SUBJECTS,
]
DOCS = Path(__file__).resolve().parents[4] / "docs" / "python-libraries.md"

pytestmark = [
    # A look is made by a thread of its own, which sees only what was committed.
    pytest.mark.django_db(transaction=True),
    pytest.mark.filterwarnings("ignore::DeprecationWarning"),
]


@pytest.fixture(params=SUBJECTS, ids=lambda subject: subject.name.replace(" ", "-"))
def subject(request: pytest.FixtureRequest) -> Subject:
    chosen: Subject = request.param
    return chosen


@pytest.fixture
def host(subject: Subject, tmp_path: Path) -> Iterator[Host]:
    with subject.open(tmp_path, True) as opened:
        yield opened
        # Nothing is held of a request that has ended.
        assert not opened.recorded.companion.open
    assert not mapping_calls._observed


def needs(subject: Subject, capability: str) -> None:
    able = subject.capabilities[capability]
    if able is not True:
        does_not_apply(f"{subject.name}: {able}")


def fill(session: Any) -> str:
    session["name"] = "john"
    session["cart"] = {"items": ["A-1"]}
    return "filled"


def app_operations(host: Host) -> list[dict[str, Any]]:
    """Of the last exchange, what the app did."""
    exchange = host.recorded.finished[-1]["exchange"]
    return [e for e in host.recorded.operations if e["exchange"] == exchange and e["actor"] == "app"]


def verdict(host: Host) -> tuple[str, str]:
    """Outcome and reason for the record, in the last exchange."""
    record = host.recorded.finished[-1]["verdict"]["record"]
    return record["outcome"], record["reason"]


def test_each_call_with_its_line(subject: Subject, host: Host) -> None:
    needs(subject, "calls")

    def work(session: Any) -> list[Any]:
        session["a"] = 1
        found = [session["a"], session.get("none"), "a" in session, session.setdefault("b", [])]
        session.update({"c": 3})
        session.pop("c")
        del session["a"]
        return [*found, sorted(session.keys())]

    assert host.visit(fill).body == b"filled"
    assert host.visit(work).status == 200
    operations = app_operations(host)
    assert [(event["operation"], event["call"], event.get("path"), event.get("hit")) for event in operations] == [
        ("set", "[]=", ["a"], None),
        ("get", "[]", ["a"], True),
        ("get", "get", ["none"], False),
        ("get", "in", ["a"], True),
        ("set", "setdefault", ["b"], None),
        ("set", "update", ["c"], None),
        ("delete", "pop", ["c"], True),
        ("delete", "del", ["a"], True),
        ("get", "keys", None, True),
    ]
    for event in operations:
        frame = event["source"]["frames"][0]
        assert frame["file"].endswith("test_conformance.py")
        assert frame["function"].endswith("work")
        assert frame["kind"] == "app"
    assert verdict(host)[0] == "saved"
    assert host.recorded.faults == []


@pytest.mark.parametrize("key", ["", "k" * 500, "with.dots", "größe", "$", "__proto__", "a b"])
def test_keys_of_any_kind(host: Host, key: str) -> None:
    def write(session: Any) -> str:
        session[key] = {key: [key]}
        return "written"

    host.visit(write)
    host.visit(lambda session: session[key][key].append("more"))
    assert host.recorded.faults == []
    sets = [event for event in host.recorded.operations if event["operation"] == "set"]
    assert sets[0]["after"] is not None
    assert sets[-1]["inferred"] is True
    json.dumps(host.recorded.events)


def test_a_nested_change(subject: Subject, host: Host) -> None:
    needs(subject, "nested")
    host.visit(fill)
    host.visit(lambda session: session["cart"]["items"].append("A-2"))
    changes = [event for event in host.recorded.operations if event.get("inferred")]
    assert [event["path"] for event in changes] == [["cart", "items", 1]]
    read = next(event for event in host.recorded.events if event["seq"] == changes[0]["via"])
    assert (read["operation"], read["path"]) == ("get", ["cart"])
    is_saved = subject.capabilities["nested saved"] is True
    assert verdict(host)[0] == ("saved" if is_saved else "not-saved")
    seen: list[Any] = []
    host.visit(lambda session: seen.append(session["cart"]["items"]))
    assert seen == [["A-1", "A-2"] if is_saved else ["A-1"]]


def test_the_stored_form_is_what_the_next_load_gives(subject: Subject, host: Host) -> None:
    needs(subject, "stored form")
    host.visit(fill)
    stored = host.recorded.last("save")["stored"]
    host.visit(lambda session: session.get("name"))
    assert host.recorded.last("load")["state"] == stored
    assert stored["cart"] == {"items": ["A-1"]}


def test_a_look_changes_nothing(subject: Subject, host: Host) -> None:
    needs(subject, "look")
    host.visit(fill)
    before = len(host.recorded.events)
    library = host.recorded.companion.libraries[-1]
    proof = library.prove(host.recorded.events[1]["cookie"]["name"], host.cookie())
    looks = [library.read_store(proof.key, Viewer(all=True)) for _ in range(2)]
    assert [look["outcome"] for look in looks] == ["found", "found"]
    assert looks[0]["state"] == looks[1]["state"]
    assert looks[0]["state"]["name"] == "john"
    assert len(host.recorded.events) == before
    host.visit(lambda session: session.get("name"))
    assert app_operations(host)[0]["hit"] is True


def test_a_value_that_cannot_be_saved(subject: Subject, host: Host) -> None:
    needs(subject, "unserializable")

    def write(session: Any) -> None:
        session["thing"] = object()

    assert host.visit(write).status == 500
    outcome, reason = verdict(host)
    assert (outcome, reason) == ("failed", "not-serializable")
    assert "thing (object)" in host.recorded.finished[-1]["verdict"]["record"]["text"]


def test_a_record_that_is_gone(subject: Subject, host: Host) -> None:
    needs(subject, "missing")
    host.set_cookie(subject.unknown_cookie or "")
    host.visit(lambda session: session.get("name"))
    assert host.recorded.last("load")["outcome"] == "missing"
    assert verdict(host) == ("missing", "missing")
    assert host.recorded.finished[-1]["sessionAfter"] is None


def test_a_cookie_that_is_refused(subject: Subject, host: Host) -> None:
    needs(subject, "refused")
    host.visit(fill)
    cookie = host.cookie() or ""
    other = "A" if cookie[-3] != "A" else "B"
    host.set_cookie(f"{cookie[:-3]}{other}{cookie[-2:]}")
    host.visit(lambda session: session.get("name"))
    assert host.recorded.last("load")["outcome"] == "invalid-signature"
    # Django's engine begins a session of its own then, and saves it over the cookie.
    assert verdict(host) in [("unreadable", "invalid-signature"), ("saved", "overwrote-unreadable")]
    starts = [event for event in host.recorded.events if event["type"] == "exchange-started"]
    assert starts[-1]["cookie"]["signature"] == "invalid"


def test_a_new_key(subject: Subject, host: Host) -> None:
    needs(subject, "rotate")
    assert subject.rotate is not None
    host.visit(fill)
    before = host.recorded.finished[-1]["sessionAfter"]
    host.visit(subject.rotate)
    cycled = host.recorded.last("cycle-key")
    assert cycled["from"] == before
    assert cycled["to"] == host.recorded.finished[-1]["sessionAfter"] != before
    assert cycled["source"]["frames"]
    host.visit(lambda session: session.get("name"))
    assert host.recorded.finished[-1]["sessionBefore"] == cycled["to"]


def test_the_end_of_a_session(subject: Subject, host: Host) -> None:
    needs(subject, "delete")
    host.visit(fill)
    before = host.recorded.finished[-1]["sessionAfter"]
    host.visit(subject.delete)
    assert verdict(host)[0] == "deleted"
    flushed = host.recorded.last("flush")
    assert (flushed["from"], flushed["to"]) == (before, None)
    assert host.recorded.finished[-1]["verdict"]["cookie"]["outcome"] == "expired"
    assert host.recorded.finished[-1]["sessionAfter"] is None


def test_an_expiry(subject: Subject, host: Host) -> None:
    needs(subject, "expiry")
    assert subject.expire is not None
    host.visit(fill)
    host.visit(subject.expire)
    assert host.recorded.last("set-expiry")["actor"] == "app"
    assert "cookieAt" in host.recorded.finished[-1]["expiry"]


def test_an_error_of_the_app(subject: Subject, host: Host) -> None:
    needs(subject, "error")

    def fail(session: Any) -> None:
        session["name"] = "lost?"
        raise LookupError("planted")

    assert host.visit(fail).status == 500
    finished = host.recorded.finished[-1]
    assert finished["status"] == 500
    outcome = verdict(host)[0]
    seen: list[Any] = []
    host.visit(lambda session: seen.append(session.get("name")))
    assert seen == ["lost?" if outcome == "saved" else None]
    assert host.recorded.faults == []


def test_a_change_that_comes_too_late(subject: Subject, host: Host) -> None:
    needs(subject, "late")
    host.visit(fill)

    def late(session: Any) -> str:
        session["late"] = True
        return "late"

    assert host.visit(late, "stream").body.endswith(b"late")
    assert "late" in [event["path"][0] for event in app_operations(host) if event["operation"] == "set"]
    seen: list[Any] = []
    host.visit(lambda session: seen.append(session.get("late")))
    assert seen == [None]


def test_the_same_again_that_comes_too_late_loses_nothing(subject: Subject, host: Host) -> None:
    needs(subject, "late")

    def write(session: Any) -> str:
        session["same"] = [1]
        return "same"

    host.visit(write)
    assert host.visit(write, "stream").body.endswith(b"same")
    assert host.recorded.verdict[0] != "not-saved"


def test_concurrent_requests_are_not_mixed_up(subject: Subject, host: Host) -> None:
    """The suite's servers share a process: what each request did stands under its own exchange."""
    count = 60
    if subject.name == "Django db":
        does_not_apply("SQLite in memory is one connection's: no threads")
    if subject.name == "Django cached_db":
        does_not_apply("SQLite in memory is one connection's: no threads")
    seed = random.randrange(10_000)
    print(f"seed {seed}")
    numbers = random.Random(seed).sample(range(10_000), count)

    def visit(number: int) -> None:
        def work(session: Any) -> str:
            session["number"] = number
            return str(session["number"])

        assert host.another().visit(work).body == str(number).encode()

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(visit, numbers))
    by_exchange: dict[str, list[Any]] = {}
    for event in host.recorded.operations:
        if event.get("path") == ["number"]:
            by_exchange.setdefault(event["exchange"], []).append(event.get("after"))
    assert len(by_exchange) == count
    assert sorted(values[0] for values in by_exchange.values()) == sorted(numbers)
    assert all(values == [values[0]] * 2 for values in by_exchange.values())
    assert host.recorded.faults == []
    assert not host.recorded.companion.open


def test_no_key_and_no_cookie_leaves_the_process(subject: Subject, host: Host) -> None:
    host.visit(fill)
    host.visit(subject.delete)
    host.visit(fill)
    cookie = host.cookie()
    assert cookie
    found = ask("events", {"v": 1, "proofs": {"cookies": [{"name": _name(host), "value": cookie}]}, "after": None,
                           "wait": False}, at=_direct(host))  # fmt: skip
    assert b"john" in found.body
    assert cookie.encode() not in found.body
    assert cookie not in json.dumps(host.recorded.events)


def test_the_gate(host: Host) -> None:
    host.visit(fill)
    at = _direct(host)
    events = {"v": 1, "proofs": {"cookies": [{"name": _name(host), "value": host.cookie()}]}, "after": None}
    assert ask("events", {**events, "wait": False}, at=at).status == 200
    assert ask("events", {**events, "wait": False}, at=at, host="evil.test").code == "refused"
    assert ask("events", {**events, "wait": False}, at=at, origin="http://evil.test").code == "refused"
    assert ask("events", {**events, "wait": False, "proofs": {}}, at=at).code == "proof-needed"
    assert ask("value", {"v": 1}, at=at, method="GET").status == 405
    # Another browser's session is not this one's to see.
    other = host.another()
    other.visit(lambda session: session.update({"name": "of somebody else"}))
    assert b"of somebody else" not in ask("events", {**events, "wait": False}, at=at).body


def _name(host: Host) -> str:
    return str(host.recorded.companion.libraries[0].describe()["cookieNames"][0])


def _direct(host: Host) -> str:
    return str(host.recorded.companion.endpoint._listener.open()["directListener"]["origin"])


STEPS: list[Any] = [
    fill,
    lambda session: session.get("name"),
    lambda session: session["cart"]["items"].append("A-2"),
    lambda session: session.setdefault("b", 1),
    lambda session: session.pop("name", None),
    lambda session: 1 / 0,
    lambda session: sorted(session.items()),
    lambda session: session.clear(),
    lambda session: session.get("name"),
]

#: What raises nothing in a body that is under way.
LATE_STEPS = [fill, STEPS[1], STEPS[3], STEPS[4], STEPS[6], STEPS[7]]


def test_the_same_bytes_with_and_without(subject: Subject, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Keys, times and so signatures differ; what else a response has is the same."""
    replies: list[list[Any]] = []
    for is_observed in (True, False):
        folder = tmp_path / str(is_observed)
        folder.mkdir()
        found = []
        with subject.open(folder, is_observed) as host:
            for page in ("run", "stream"):
                for step in STEPS if page == "run" else LATE_STEPS:
                    reply = host.visit(step, page)
                    # An error that nothing handled is answered outside of Starlette's middleware.
                    is_seen = subject in starlette_subject.SUBJECTS and reply.status == 500
                    assert (reply.discovery is not None) is (is_observed and not is_seen)
                    headers = [(name, _shape(name, value)) for name, value in reply.headers]
                    found.append((page, reply.status, headers, reply.body if reply.status < 500 else b""))
        replies.append(found)
    assert replies[0] == replies[1]


def _shape(name: str, value: str) -> str:
    """A cookie without what differs by chance: its value and the moment of its end."""
    if name == "content-length":
        return "…"
    if name != "set-cookie":
        return value
    _, *attributes = value.split("; ")
    return "; ".join(sorted(each for each in attributes if not each.lower().startswith("expires=")))


def test_no_fault_of_ours_reaches_the_app(subject: Subject, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_args: Any, **_kwargs: Any) -> Any:
        raise RuntimeError("planted")

    for number, (owner, name) in enumerate(subject.hooks):
        folder = tmp_path / str(number)
        folder.mkdir()
        with monkeypatch.context() as patch, subject.open(folder, True) as host:
            patch.setattr(owner, name, fail)
            assert host.visit(fill).body == b"filled", name
            assert host.visit(lambda session: session["name"]).body == b"john", name
    assert not mapping_calls._observed


def table() -> str:
    """What each library can do, as the docs have it."""
    lines = [
        "| | " + " | ".join(subject.name for subject in SUBJECTS) + " |",
        "| --- |" + " --- |" * len(SUBJECTS),
    ]
    notes: dict[str, str] = {}
    for capability, text in CAPABILITIES.items():
        cells = []
        for subject in SUBJECTS:
            able = subject.capabilities[capability]
            cells.append("yes" if able is True else f"no ({notes.setdefault(str(able), str(len(notes) + 1))})")
        lines.append(f"| {text} | " + " | ".join(cells) + " |")
    return "\n".join([*lines, "", *(f"{number}. {note}" for note, number in notes.items()), ""])


def test_every_capability_is_declared() -> None:
    for subject in SUBJECTS:
        assert set(subject.capabilities) == set(CAPABILITIES), subject.name


@pytest.mark.skipif(not DOCS.exists(), reason="the docs are in the repository, not in the sdist")
def test_the_table_of_the_docs() -> None:
    """Written by the run of the newest Starlette with `SESSIONSCOPE_WRITE_DOCS=1`; compared by every other."""
    if not starlette_subject.IS_TRACKING:
        does_not_apply("the table is that of Starlette 1.0 and later")
    page = DOCS.read_text("utf-8")
    begin, end = "<!-- generated: begin -->\n", "<!-- generated: end -->"
    head, rest = page.split(begin)
    old, tail = rest.split(end)
    if os.environ.get("SESSIONSCOPE_WRITE_DOCS") == "1":
        DOCS.write_text(f"{head}{begin}\n{table()}\n{end}{tail}", "utf-8")
        return
    assert "".join(old.split()) == "".join(table().split())
