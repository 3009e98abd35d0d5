"""The recording store behaves as the bare one, over random programs, for every engine."""

from __future__ import annotations

import copy
import pickle
import random
from pathlib import Path
from typing import Any

import pytest
from django.contrib.sessions.backends import base
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from engines import ENGINES, empty, use_engine
from rig import faults
from sessionscope.django.companion import companion_of
from sessionscope.django.exchange import Exchange, current_exchange
from sessionscope.django.recording import recording_class

KEYS = st.sampled_from(["a", "b", "$", "__proto__", "ключ", "_session_expiry"])
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-5, 2**60) | st.text(max_size=5) | st.floats(allow_nan=False),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=5,
)
STEPS = st.one_of(
    st.tuples(st.just("__setitem__"), KEYS, VALUES),
    st.tuples(st.sampled_from(["__getitem__", "__delitem__", "__contains__", "has_key", "get", "pop"]), KEYS),
    st.tuples(st.sampled_from(["get", "pop", "setdefault"]), KEYS, VALUES),
    st.tuples(st.just("update"), st.dictionaries(KEYS, VALUES, max_size=3)),
    st.tuples(st.sampled_from(["keys", "values", "items", "clear", "flush", "cycle_key", "is_empty", "save"])),
    st.tuples(st.sampled_from(["set_test_cookie", "test_cookie_worked", "delete_test_cookie", "create", "delete"])),
    st.tuples(st.just("set_expiry"), st.sampled_from([0, 60, None])),
    st.tuples(st.sampled_from(["get_expiry_age", "get_expire_at_browser_close", "load", "key_salt"])),
    # Not calls: what an app does to what it was given, and to the session's attributes.
    st.tuples(st.just("mutate"), KEYS),
    st.tuples(st.just("modified"), st.booleans()),
    st.tuples(st.just("reopen")),
)
PROGRAMS = st.lists(STEPS, max_size=25)


def execute(store: Any, program: list[tuple[Any, ...]]) -> list[Any]:
    """Runs a program on sessions of a class; gives everything that the app could see of it."""
    seen: list[Any] = []
    session = store()
    for name, *args in program:
        args = copy.deepcopy(args)
        try:
            if name == "mutate":
                value = session.get(args[0])
                result: Any = value
                if isinstance(value, list):
                    value.append("changed")
                elif isinstance(value, dict):
                    value["changed"] = True
            elif name == "modified":
                session.modified = args[0]
                result = None
            elif name == "reopen":
                session = store(session.session_key)
                result = None
            elif name == "key_salt":
                result = session.key_salt
            else:
                result = getattr(session, name)(*args)
                if name in ("keys", "values", "items"):
                    result = list(result)
        except Exception as error:
            result = (type(error).__name__, str(error))
        state = {key: value for key, value in vars(session).items() if key not in ("_cache", "model")}
        seen.append(copy.deepcopy((name, result, state)))
    return seen


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("engine", ENGINES)
def test_a_recording_session_is_the_engines_own(
    engine: str, tmp_path: Path, rf: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("django.core.signing.time.time", lambda: 1_700_000_000.0)

    with use_engine(engine, tmp_path) as store:

        @hypothesis_settings(
            max_examples=60, deadline=None, database=None, suppress_health_check=list(HealthCheck), derandomize=True
        )
        @given(PROGRAMS)
        def holds(program: list[tuple[Any, ...]]) -> None:
            runs = []
            for kind in (store, recording_class(store)):
                empty(tmp_path)
                numbers = random.Random(7)
                monkeypatch.setattr(
                    base,
                    "get_random_string",
                    lambda length, chars, numbers=numbers: "".join(numbers.choices(chars, k=length)),
                )
                exchange = Exchange(companion_of(), rf.get("/"))
                token = current_exchange.set(exchange if kind is not store else None)
                try:
                    runs.append(execute(kind, program))
                finally:
                    current_exchange.reset(token)
            assert runs[1] == runs[0]

        holds()
    assert faults() == []
    assert companion_of().log.last_seq > 100  # type: ignore[attr-defined]


@pytest.mark.parametrize("engine", ENGINES)
def test_its_class_passes_for_the_engines_own(engine: str, tmp_path: Path, db: None) -> None:
    with use_engine(engine, tmp_path) as store:
        recording: Any = recording_class(store)
        assert issubclass(recording, store)
        assert recording_class(recording) is recording
        for name in ("__name__", "__qualname__", "__module__", "__doc__"):
            assert getattr(recording, name) == getattr(store, name)
        assert recording().key_salt == store().key_salt  # type: ignore[attr-defined]
        session = recording()
        assert "_sessionscope" not in vars(session)
        assert set(vars(session)) == set(vars(store()))
        if engine in ("db", "file", "signed_cookies"):
            session["a"] = [1]
            for twin in (pickle.loads(pickle.dumps(session)), copy.copy(session)):
                assert type(twin) is store
                assert vars(twin) == vars(session)
