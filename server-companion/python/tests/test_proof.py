"""Panel and companion prove to each other that they share a key; the token is sent once."""

from __future__ import annotations

import hashlib
import hmac
import json
import os
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from fixtures import FOLDER
from panel_calls import ORIGIN, ask, ask_inside, pair, prove
from sessionscope.core.identity import Identity, load_identity
from sessionscope.core.state_directory import read_state, with_state_lock
from sessionscope.django.companion import companion_of
from sessionscope.endpoint.gate import CallRefused
from sessionscope.endpoint.paired_keys import PairedKeys, StoredKey, key_id_of, key_of
from sessionscope.endpoint.pairing import Pairing
from sessionscope.endpoint.proof import WINDOW, Proofs, UsedCounts, companion_proof, panel_mac, parse_proof

pytestmark = pytest.mark.django_db

EVENTS = {"v": 1, "proofs": {}, "after": None, "wait": False}
UNKNOWN = f"chrome-extension://{'a' * 32}"
GOLDEN = FOLDER / "proof.json"


def code_in(printed: list[str]) -> str:
    return printed[-1].split(": ")[2].split(" ")[0]


# ── the companion's proof ────────────────────────────────────────────────────


def test_hello_proves_that_the_companion_has_the_key() -> None:
    token = pair()
    key = hashlib.sha256(token.encode()).digest()
    challenge = "0123456789abcdef" * 2
    named = {"versions": [1], "challenge": challenge, "key": hashlib.sha256(key).hexdigest()[:16]}
    answer = ask("hello", named).json
    assert answer["paired"] is True
    lines = ["companion", challenge, answer["nonce"], answer["app"]]
    assert answer["proof"] == hmac.new(key, "\n".join(lines).encode(), hashlib.sha256).hexdigest()
    # Another origin, another key, no challenge: nothing is proven.
    other = ask("hello", named, origin="moz-extension://01234567-89ab-cdef-0123-456789abcdef").json
    assert (other["paired"], "proof" in other) == (False, False)
    assert "proof" not in ask("hello", {**named, "key": "0" * 16}).json
    assert not {"nonce", "proof"} & set(ask("hello", {"versions": [1], "key": named["key"]}).json)
    # A panel can use the nonce.
    body = json.dumps(EVENTS).encode()
    header = prove(token, "events", ORIGIN, body, answer["nonce"])
    assert ask("events", body, headers={"Sessionscope-Proof": header}).status == 200


def test_the_token_is_in_no_request_and_no_file() -> None:
    token = pair()
    identity = companion_of().identity
    (file,) = identity.directory.glob("*.pairing.json")
    assert token not in file.read_text()
    assert ask("events", EVENTS, headers={"Sessionscope-Token": token}).code == "proof-needed"
    assert token not in json.dumps(ask("hello", {"versions": [1]}).json)


# ── the panel's proofs ───────────────────────────────────────────────────────


def sent(token: str, *, call: str = "events", body: bytes | None = None, **header: Any) -> str:
    text = json.dumps(EVENTS).encode() if body is None else body
    made = prove(token, header.get("call", "events"), header.get("origin", ORIGIN), header.get("over", text))
    reply = ask(call, text, headers={"Sessionscope-Proof": made})
    return "ok" if reply.status == 200 else reply.code


def test_a_proof_is_of_one_call() -> None:
    token = pair()
    assert sent(token) == "ok"
    assert sent(token, call="session") == "not-paired"
    assert sent(token, over=b"{}") == "not-paired"
    assert sent(token, origin="chrome-extension://another") == "not-paired"
    assert sent("x" * 43) == "not-paired"
    for header in ("", "nonsense", f"{'0' * 16} {'n' * 20} 0 {'0' * 64}", f"{'0' * 16} {'n' * 20} 1 {'0' * 63}"):
        assert ask("events", EVENTS, headers={"Sessionscope-Proof": header}).code == "not-paired"


def test_a_proof_serves_once() -> None:
    token = pair()
    body = json.dumps(EVENTS).encode()
    header = prove(token, "events", ORIGIN, body)
    assert ask("events", body, headers={"Sessionscope-Proof": header}).status == 200
    assert ask("events", body, headers={"Sessionscope-Proof": header}).code == "stale-proof"


def test_a_nonce_lives_for_twelve_hours(monkeypatch: pytest.MonkeyPatch) -> None:
    token = pair()
    proofs = companion_of().endpoint.proofs
    nonce = proofs.new_nonce()
    for hours, code in ((11.9, 200), (12.1, 403), (-11.9, 200), (-12.1, 403)):
        monkeypatch.setattr(proofs, "_now", lambda hours=hours: time.time() + hours * 3_600)
        body = json.dumps(EVENTS).encode()
        reply = ask("events", body, headers={"Sessionscope-Proof": prove(token, "events", ORIGIN, body, nonce)})
        assert reply.status == code
    assert reply.code == "stale-proof"
    forged = f"{nonce[:-1]}{'0' if nonce[-1] != '0' else '1'}"
    monkeypatch.undo()
    reply = ask("events", body, headers={"Sessionscope-Proof": prove(token, "events", ORIGIN, body, forged)})
    assert reply.code == "stale-proof"


def test_a_proof_serves_inside_the_app_too(client: Client) -> None:
    assert ask_inside(client, "events", EVENTS).code == "not-paired"
    assert ask_inside(client, "events", EVENTS, token=pair()).status == 200


def test_without_an_origin_a_proof_is_needed() -> None:
    assert ask("events", EVENTS, origin=None).code == "refused"
    assert ask("events", EVENTS, origin=None, token=pair()).status == 200


def test_an_extension_that_nobody_knows_may_pair() -> None:
    assert ask("hello", {"versions": [1]}, origin=UNKNOWN).status == 200
    assert ask("events", EVENTS, origin=UNKNOWN).code == "not-paired"
    assert ask("events", EVENTS, origin=UNKNOWN, token=pair(UNKNOWN)).status == 200


@pytest.mark.parametrize("origin", [ORIGIN, UNKNOWN, None])
def test_over_a_nonce_that_is_too_old_every_paired_caller_is_asked_to_say_hello_again(origin: str | None) -> None:
    token = pair(origin or "")
    old = f"1.{'0' * 24}.{'0' * 32}"
    proof = prove(token, "events", origin, json.dumps(EVENTS).encode(), old)
    assert ask("events", EVENTS, origin=origin, headers={"Sessionscope-Proof": proof}).code == "stale-proof"


def test_used_counts_are_bounded() -> None:
    used = UsedCounts(max_nonces=2)
    assert [used.take("a", count, 1) for count in (1, 2, 2, 1, 3)] == [True, True, False, False, True]
    assert used.take("a", 10_000, 1)
    assert not used.take("a", 10_000 - WINDOW, 1)
    assert used.take("a", 10_001 - WINDOW, 1)
    for count in range(10_001, 20_000):
        assert used.take("a", count, 1)
    assert len(used._known["a"].window) <= 2 * WINDOW
    assert used.take("b", 1, 2)
    assert used.take("c", 1, 3)
    # `a` had to be forgotten: what it used is not known any more.
    assert not used.take("a", 30_000, 1)


@pytest.mark.skipif(not GOLDEN.exists(), reason="the golden cases are in the repository, not in the sdist")
def test_golden_cases() -> None:
    golden = json.loads(GOLDEN.read_text("utf-8"))
    key = key_of(golden["token"])
    assert (key.hex(), key_id_of(key)) == (golden["key"], golden["id"])
    for case in golden["companion"]:
        assert companion_proof(key, case["challenge"], case["nonce"], case["app"]) == case["proof"]
    for case in golden["panel"]:
        proof = parse_proof(case["header"])
        assert proof is not None
        assert (proof.key_id, proof.nonce, proof.number) == (golden["id"], case["nonce"], case["count"])
        body = case["body"].encode()
        assert panel_mac(key, case["nonce"], case["count"], case["call"], case["origin"], body) == proof.mac


# ── one project, several processes ───────────────────────────────────────────


def process(identity: Identity, printed: list[str]) -> Pairing:
    return Pairing(identity, PairedKeys(identity), printed.append)


def test_a_code_is_good_for_every_process(tmp_path: Path) -> None:
    identity = load_identity(str(tmp_path), "shop", tmp_path / "state")
    printed: list[str] = []
    one, other = process(identity, printed), process(identity, printed)
    one.begin()
    # The other knows of it, and prints none.
    assert other.begin()["expiresInMs"] <= 120_000
    assert len(printed) == 1
    with pytest.raises(CallRefused, match="4 tries"):
        one.complete("WRONG", ORIGIN)
    with pytest.raises(CallRefused, match="3 tries"):
        other.complete("WRONG", ORIGIN)
    token = other.complete(code_in(printed), ORIGIN)["token"]
    with pytest.raises(CallRefused, match="already used"):
        one.complete(code_in(printed), ORIGIN)
    # A nonce of one serves at the other.
    keys = PairedKeys(identity)
    nonce = Proofs(identity, keys).new_nonce()
    key = key_of(token)
    mac = panel_mac(key, nonce, 1, "events", ORIGIN, b"{}")
    proof = parse_proof(f"{key_id_of(key)} {nonce} 1 {mac}")
    assert proof is not None
    Proofs(identity, PairedKeys(identity)).check(proof, "events", ORIGIN, b"{}")


def test_two_panels_that_pair_at_once_are_both_kept(tmp_path: Path) -> None:
    identity = load_identity(str(tmp_path), "shop", tmp_path / "state")
    keys = PairedKeys(identity)

    def locked(number: int) -> None:
        def work() -> None:
            state = keys.read()
            time.sleep(0.002)
            stored = StoredKey(f"{number:064x}", ORIGIN)
            keys.write(state._replace(tokens=(*state.tokens, stored)))

        with_state_lock(identity.directory, identity.root, "pairing", work)

    threads = [threading.Thread(target=locked, args=(number,)) for number in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(keys.read().tokens) == 12


def test_a_lock_that_a_dead_process_left_is_broken(tmp_path: Path) -> None:
    identity = load_identity(str(tmp_path), "shop", tmp_path / "state")
    (name,) = identity.directory.glob("*.identity.json")
    lock = identity.directory / f"{name.name.removesuffix('.identity.json')}.pairing.json.lock"
    lock.touch()
    os.utime(lock, (time.time() - 60, time.time() - 60))
    assert with_state_lock(identity.directory, identity.root, "pairing", lambda: "done") == "done"
    assert not lock.exists()


# ── the folder and the file ──────────────────────────────────────────────────


@pytest.mark.skipif(not hasattr(os, "getuid"), reason="Windows has no modes")
def test_a_folder_and_a_file_that_others_can_write(tmp_path: Path) -> None:
    token = pair()
    identity = companion_of().identity
    identity.directory.chmod(0o777)
    (file,) = identity.directory.glob("*.pairing.json")
    # Whoever could write in the folder could have put the file there.
    file.chmod(0o666)
    assert ask("events", EVENTS, token=token).code == "not-paired"
    assert len(pair()) == 43
    assert identity.directory.stat().st_mode & 0o777 == 0o700
    assert file.stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("content", ["", "{", "[]", '{"tokens": {}}', '{"tokens": [7, {"hash": 1}]}', "[" * 100_000])
def test_a_damaged_file_pairs_nobody_and_breaks_nothing(content: str) -> None:
    token = pair()
    (file,) = companion_of().identity.directory.glob("*.pairing.json")
    file.write_text(content)
    assert ask("events", EVENTS, token=token).code == "not-paired"
    assert ask("hello", {"versions": [1]}).status == 200
    assert ask("events", EVENTS, token=pair()).status == 200


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no pipes here")
def test_a_pipe_or_a_link_in_place_of_the_file(tmp_path: Path) -> None:
    identity = load_identity(str(tmp_path), "shop", tmp_path / "state")
    (name,) = identity.directory.glob("*.identity.json")
    file = identity.directory / name.name.replace("identity", "pairing")
    os.mkfifo(file)
    assert read_state(identity.directory, identity.root, "pairing") is None
    file.unlink()
    (tmp_path / "elsewhere").write_text("{}")
    file.symlink_to(tmp_path / "elsewhere")
    assert read_state(identity.directory, identity.root, "pairing") is None


def test_a_relative_state_folder_counts_for_nothing(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    from sessionscope.core.state_directory import state_directory

    monkeypatch.setenv("XDG_STATE_HOME", "state")
    monkeypatch.setenv("HOME", str(tmp_path))
    assert state_directory() == tmp_path / ".local" / "state" / "sessionscope"


def test_a_projects_name_moves_no_cursor(tmp_path: Path) -> None:
    identity = load_identity(str(tmp_path), "shop\x1b[2J\u202eevil\nline", tmp_path / "state")
    printed: list[str] = []
    process(identity, printed).begin()
    assert "shop[2Jevilline" in printed[0]
    assert printed[0].isprintable()


def test_the_state_folder_of_another_process(tmp_path: Path) -> None:
    """A code that one process printed is taken by another: real processes, not threads."""
    here = Path(__file__).parent.parent / "src"
    code = (
        "import sys; from pathlib import Path; from sessionscope.core.identity import load_identity;"
        "from sessionscope.endpoint.paired_keys import PairedKeys; from sessionscope.endpoint.pairing import Pairing;"
        "i = load_identity(sys.argv[1], 'shop', Path(sys.argv[1]) / 'state');"
        "print(Pairing(i, PairedKeys(i), print).begin()['state'])"
    )
    ended = subprocess.run(
        [sys.executable, "-c", code, str(tmp_path)], env={"PYTHONPATH": str(here)}, capture_output=True, text=True
    )
    printed = ended.stdout.splitlines()
    assert printed[1] == "code-printed", ended.stderr
    identity = load_identity(str(tmp_path), "shop", tmp_path / "state")
    assert len(process(identity, []).complete(code_in(printed[:1]), ORIGIN)["token"]) == 43
