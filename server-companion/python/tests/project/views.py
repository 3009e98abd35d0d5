from __future__ import annotations

import asyncio
import contextlib
import time

from asgiref.sync import sync_to_async
from django.contrib import messages
from django.contrib.auth import login, logout
from django.contrib.auth.models import User
from django.contrib.sessions.backends.db import SessionStore as BareStore
from django.core.cache import cache
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


def saved_error(request: HttpRequest) -> HttpResponse:
    if "touch" in request.GET:
        request.session.modified = True
        return HttpResponse("failed", status=503)
    request.session["draft"] = "x"
    getattr(request.session, request.GET["by"])()
    if "flush" in request.GET:
        request.session.flush()
    else:
        request.session["draft"] = request.GET["draft"]
    return HttpResponse("failed", status=503)


def cycle(request: HttpRequest) -> HttpResponse:
    request.session.cycle_key()
    return HttpResponse("cycled")


def expiry(request: HttpRequest) -> HttpResponse:
    value = request.GET.get("value", "60")
    request.session.set_expiry(None if value == "none" else int(value))
    request.session["seen"] = True
    return HttpResponse(str(request.session.get_expiry_age()))


def missing(request: HttpRequest) -> HttpResponse:
    return HttpResponse(request.session["missing"])


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
    return HttpResponse("recorded")


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
    hidden = "canary-value-of-a-secret"
    request.session["prices"] = {1: "one", "password": hidden, "tokens": {"deep": [hidden]}, "pin": {5: hidden}}
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


def user(request: HttpRequest) -> HttpResponse:
    return HttpResponse(request.user.username)


def log_out(request: HttpRequest) -> HttpResponse:
    logout(request)
    return HttpResponse("out")


def cleared_cache(request: HttpRequest) -> HttpResponse:
    request.session["a"] = 1
    request.session.create()
    cache.clear()
    return HttpResponse("never seen")


def _set_in_thread(session: object) -> None:
    session["a"] = 1  # type: ignore[index]
    session.save()  # type: ignore[attr-defined]


async def async_first(request: HttpRequest) -> HttpResponse:
    await sync_to_async(_set_in_thread)(request.session)
    return HttpResponse("set")


async def async_caught(request: HttpRequest) -> HttpResponse:
    with contextlib.suppress(Exception):
        request.session["a"]
    return HttpResponse("caught")


def rows(request: HttpRequest) -> HttpResponse:
    if "rows" not in request.session:
        request.session["rows"] = [{"sku": index} for index in range(20_000)]
        return HttpResponse("made")
    request.session["rows"][14321]["sku"] = -1
    request.session.modified = True
    return HttpResponse("changed")


def loaded_again(request: HttpRequest) -> HttpResponse:
    """What a view does that wants the record as it is now."""
    request.session.clear()
    request.session.load()
    return HttpResponse("loaded")


def int_keys(request: HttpRequest) -> HttpResponse:
    request.session["cart"] = {12: {"qty": 1}}
    request.session["pair"] = (1, 2)
    request.session[7] = "seven"
    return HttpResponse("kept")


def created(request: HttpRequest) -> HttpResponse:
    list(request.session.keys())
    request.session.create()
    return HttpResponse("created")


def moved(request: HttpRequest) -> HttpResponse:
    request.session.get("cart")
    headers = {"Location": "https://shop.test/cart/?token=secret", "Cache-Control": "max-age=60"}
    return HttpResponse(status=302, headers=headers)
