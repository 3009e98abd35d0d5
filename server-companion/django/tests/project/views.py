from __future__ import annotations

import asyncio
import contextlib
import time

from django.contrib import messages
from django.contrib.auth import login
from django.contrib.auth.models import User
from django.contrib.sessions.backends.db import SessionStore as BareStore
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import render


def set_session(request: HttpRequest) -> HttpResponse:
    request.session["username"] = "john_doe"
    request.session["is_logged_in"] = True
    return HttpResponse("set")


def get_session(request: HttpRequest) -> HttpResponse:
    username = request.session.get("username", "Guest")
    logged_in = request.session.get("is_logged_in", False)
    return HttpResponse(f"{username} {logged_in}")


def untouched(request: HttpRequest) -> HttpResponse:
    return HttpResponse("nothing")


def nested(request: HttpRequest) -> HttpResponse:
    if "cart" not in request.session:
        request.session["cart"] = {"items": [{"sku": "TEA", "qty": 1}]}
        return HttpResponse("made")
    request.session["cart"]["items"][0]["qty"] += 1
    return HttpResponse("changed")


def nested_marked(request: HttpRequest) -> HttpResponse:
    request.session["cart"]["items"][0]["qty"] += 1
    request.session.modified = True
    return HttpResponse("changed")


def methods(request: HttpRequest) -> HttpResponse:
    session = request.session
    session.setdefault("a", [1])
    session.setdefault("a", 2)
    session.update({"b": 2, "c": None})
    session.pop("b")
    session.pop("none", None)
    found = "a" in session, session.has_key("c"), list(session.keys()), list(session.items())
    del session["c"]
    session.set_test_cookie()
    found += (session.test_cookie_worked(),)
    session.delete_test_cookie()
    with contextlib.suppress(KeyError):
        session["missing"]
    return HttpResponse(repr(found))


def clear(request: HttpRequest) -> HttpResponse:
    request.session.clear()
    return HttpResponse("cleared")


def flush(request: HttpRequest) -> HttpResponse:
    request.session.flush()
    return HttpResponse("flushed")


def cycle(request: HttpRequest) -> HttpResponse:
    request.session.cycle_key()
    return HttpResponse("cycled")


def expiry(request: HttpRequest) -> HttpResponse:
    value = request.GET.get("value", "60")
    request.session.set_expiry(None if value == "none" else int(value))
    request.session["seen"] = True
    return HttpResponse(str(request.session.get_expiry_age()))


def error(request: HttpRequest) -> HttpResponse:
    request.session["lost"] = True
    return HttpResponse("error", status=503)


def unfit(request: HttpRequest) -> HttpResponse:
    request.session["user"] = object()
    return HttpResponse("never seen")


def interrupted(request: HttpRequest) -> HttpResponse:
    request.session["late"] = 1
    type(request.session)(request.session.session_key).delete()
    return HttpResponse("never seen")


def log_in(request: HttpRequest) -> HttpResponse:
    user, _ = User.objects.get_or_create(username="john_doe")
    login(request, user, backend="django.contrib.auth.backends.ModelBackend")
    return HttpResponse(request.user.username)


def message(request: HttpRequest) -> HttpResponse:
    messages.info(request, "hello")
    return HttpResponse("told")


def template(request: HttpRequest) -> HttpResponse:
    return render(request, "session.html")


def streaming(request: HttpRequest) -> StreamingHttpResponse:
    request.session["streamed"] = 1

    def pieces():
        yield "a"
        request.session["late"] = True
        yield "b"

    return StreamingHttpResponse(pieces())


def secret(request: HttpRequest) -> HttpResponse:
    request.session["api_key"] = "canary-value-of-a-secret"
    request.session["nested"] = {"a": [{"Password": "canary-value-of-a-secret"}]}
    request.session["text"] = '{"password": "canary-value-of-a-secret"}'
    return HttpResponse("kept")


def canary(request: HttpRequest) -> HttpResponse:
    value = request.GET["value"]
    request.session["canary"] = value
    time.sleep(0)
    return HttpResponse(request.session["canary"])


class Trap:
    @property
    def value(self) -> None:
        raise AssertionError("a property was called")

    def __reduce_ex__(self, protocol: object) -> None:  # type: ignore[override]
        raise AssertionError("a value was asked to be pickled")


def huge(request: HttpRequest) -> HttpResponse:
    deep: list[object] = []
    for _ in range(100_000):
        deep = [deep]
    circular: dict[str, object] = {}
    circular["again"] = circular
    session = request.session
    for name, value in {"long": "x" * 50_000_000, "deep": deep, "circular": circular, "getter": Trap()}.items():
        session[name] = value
        session.get(name)
    # None of it can be stored.
    session.clear()
    return HttpResponse("done")


def says(request: HttpRequest, key: str) -> HttpResponse:
    request.session["link"] = f"https://shop.test/?s={request.session.session_key}"
    request.session["nested"] = {key: [f"file sessionid{key}"]}
    return HttpResponse("said")


def elsewhere(request: HttpRequest) -> HttpResponse:
    store = BareStore()
    store["by"] = "other code"
    store.create()
    return HttpResponse(store.session_key)


async def asynchronous(request: HttpRequest) -> HttpResponse:
    session = request.session
    await session.aset("a", [1])
    await session.aupdate({"b": 2})
    await session.aget("a")
    await session.apop("b")
    await asyncio.gather(session.aget("a"), session.aset("c", 3))
    await session.aset_expiry(60)
    await session.acycle_key()
    return HttpResponse(str(await session.ahas_key("a")))


def slow(request: HttpRequest) -> HttpResponse:
    request.session["order"] = {"draft": True}
    time.sleep(float(request.GET.get("s", "0.3")))
    request.session["step"] = "confirmed"
    return HttpResponse("done")
